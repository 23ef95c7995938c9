import { OutsideDataError } from "../core/errors.ts";
import { type CertificateInfo, judgeCredentials, type KeyPaths, keyPaths, type KeyProblem } from "../keys/mod.ts";
import { placeFiles, refuseExisting } from "../keys/mod.ts";
import type { LinkPlaceOptions } from "./keys_call.ts";
import { infoLines, type KeysHost, linkCertsDir, problemLines, shownInfo } from "./keys_context.ts";
import { mustOpenKey } from "./keys_password.ts";

/** What is to be placed for a link. */
export interface KeySource {
  readonly ca: string;
  readonly cert: string;
  /** As it will be placed: encrypted when it came so. */
  readonly key: string;
  readonly problems: readonly KeyProblem[];
}

/** What was checked and may be placed. */
export interface JudgedSource {
  readonly info: CertificateInfo;
  readonly warnings: readonly KeyProblem[];
}

/**
 * Files of a link, none of which may exist without --force.
 *
 * @throws {RangeError} If the link is no plain name.
 * @throws {OutsideDataError} If a file exists.
 */
export function linkPaths(host: KeysHost, link: string, options: LinkPlaceOptions): KeyPaths {
  // A path would lead out of the folder that the agent reads.
  if (link.includes("/")) throw new RangeError(`Cannot use link as it must be a plain name: found "${link}"`);
  const paths = keyPaths(link, { certsDir: linkCertsDir(host, options.certsDir), cwd: host.init.cwd });
  if (!options.force) {
    refuseExisting(host.keys.files, [paths.key, paths.ca, paths.cert], `certificates of link "${paths.stem}"`);
  }
  return paths;
}

/** Checks what would be placed. @throws {OutsideDataError} With everything that is wrong. */
export async function judgeSource(
  host: KeysHost,
  { ca, cert, key, problems }: KeySource,
  { link, options }: { readonly link: string; readonly options: LinkPlaceOptions },
): Promise<JudgedSource> {
  const usage = options.server ? "server" : "client";
  const { plain, warnings } = mustOpenKey(host, key, { ...options, link });
  const judged = await judgeCredentials({ ca, cert, key: plain }, {
    wallMs: host.clock().wallMs,
    usage,
    what: `${usage} certificate`,
  });
  const errors = judged.problems.filter(({ level }) => level === "error");
  if (errors.length > 0) throw new OutsideDataError(errors.map(({ text }) => text).join("\n"));
  const said = warnings.map((text) => ({ level: "warning" as const, text }));
  return { info: judged.chain[0]!, warnings: [...problems, ...judged.problems, ...said] };
}

/** Places the files of a link, all or none. */
export function placeSource(host: KeysHost, { ca, cert, key }: KeySource, { paths, force }: {
  readonly paths: KeyPaths;
  readonly force: boolean;
}): void {
  placeFiles(host.keys.files, [
    { path: paths.key, content: key, isPrivate: true },
    { path: paths.ca, content: ca, isPrivate: false },
    { path: paths.cert, content: cert, isPrivate: false },
  ], { replace: force });
}

/** For programs: what was placed. */
export function placedResult(paths: KeyPaths, { info, warnings }: JudgedSource, wallMs: number): object {
  return {
    link: paths.stem,
    files: { ca: paths.ca, cert: paths.cert, key: paths.key },
    certificate: shownInfo(info, wallMs),
    problems: warnings,
  };
}

/** For people: what was placed. */
export function placedLines(paths: KeyPaths, { info, warnings }: JudgedSource, wallMs: number): readonly string[] {
  return [
    `installed link "${paths.stem}" in ${paths.folder}`,
    ...infoLines(info, wallMs),
    ...problemLines(warnings),
  ];
}
