import { OutsideDataError } from "../core/errors.ts";
import { EXIT } from "../core/exit_codes.ts";
import { type CertificateInfo, judgeCredentials, keyModeProblems, keyPaths, type KeyProblem } from "../keys/mod.ts";
import { placeFiles, readText, refuseExisting, unpackTar } from "../keys/mod.ts";
import { joinPath } from "../settings/mod.ts";
import type { KeyInstallOptions } from "./keys_call.ts";
import { infoLines, type KeysHost, linkCertsDir, printResult, problemLines, shownInfo } from "./keys_context.ts";

/** What a source holds. */
interface Source {
  readonly link: string;
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
  readonly problems: readonly KeyProblem[];
}

/** A folder of gwcert or ours: named after the key. */
function readFolder(host: KeysHost, folder: string): Source {
  const { files } = host.keys;
  const link = folder.slice(folder.lastIndexOf("/") + 1);
  const paths = keyPaths(`${folder}/${link}`, { certsDir: folder, cwd: "/" });
  return {
    link,
    ca: readText(files, paths.ca, "CA certificate"),
    cert: readText(files, paths.cert, "certificate"),
    key: readText(files, paths.key, "private key"),
    problems: keyModeProblems(paths.key, files.stat(paths.key)?.mode ?? 0),
  };
}

function readArchive(host: KeysHost, path: string, mode: number): Source {
  const all = unpackTar(host.keys.files.read(path));
  const link = /^([^/]+)\/ca\.crt$/.exec(all.find(({ name }) => name.endsWith("/ca.crt"))?.name ?? "")?.[1] ?? "";
  function text(name: string): string {
    const file = all.find((one) => one.name === name);
    if (file !== undefined) return new TextDecoder().decode(file.content);
    throw new OutsideDataError(
      `Cannot install "${path}" as it must be made by "hearth key bundle": "${name}" is not in it`,
    );
  }
  return {
    link,
    ca: text(`${link}/ca.crt`),
    cert: text(`${link}/${link}.crt`),
    key: text(`${link}/private/${link}.pem`),
    problems: keyModeProblems(path, mode),
  };
}

function readSource(host: KeysHost, source: string): Source {
  const path = joinPath(host.init.cwd, source).replace(/(?<=.)\/+$/, "");
  const found = host.keys.files.stat(path);
  if (found === undefined) {
    throw new OutsideDataError(`Cannot install "${path}" as it must be an archive or a folder: there is nothing`);
  }
  if (found.kind === "folder") return readFolder(host, path);
  readText(host.keys.files, path, "archive");
  return readArchive(host, path, found.mode);
}

/** `hearth key install`: nothing is placed when something is wrong. */
export async function keyInstall(host: KeysHost, options: KeyInstallOptions): Promise<number> {
  const { wallMs } = host.clock();
  const { files } = host.keys;
  const source = readSource(host, options.source);
  const usage = options.server ? "server" : "client";
  const link = options.link ?? source.link;
  // A path would lead out of the folder that the agent reads.
  if (link.includes("/")) throw new RangeError(`Cannot use link as it must be a plain name: found "${link}"`);
  const paths = keyPaths(link, {
    certsDir: linkCertsDir(host, options.certsDir),
    cwd: host.init.cwd,
  });
  const placedPaths = [paths.key, paths.ca, paths.cert];
  if (!options.force) refuseExisting(files, placedPaths, `certificates of link "${paths.stem}"`);
  const { ca, cert, key } = source;
  const judged = await judgeCredentials({ ca, cert, key }, { wallMs, usage, what: `${usage} certificate` });
  const errors = judged.problems.filter(({ level }) => level === "error");
  if (errors.length > 0) throw new OutsideDataError(errors.map(({ text }) => text).join("\n"));
  placeFiles(files, [
    { path: paths.key, content: key, isPrivate: true },
    { path: paths.ca, content: ca, isPrivate: false },
    { path: paths.cert, content: cert, isPrivate: false },
  ], { replace: options.force });
  const warnings = [...source.problems, ...judged.problems];
  const info: CertificateInfo = judged.chain[0]!;
  printResult(host, options.json, {
    link: paths.stem,
    files: { ca: paths.ca, cert: paths.cert, key: paths.key },
    certificate: shownInfo(info, wallMs),
    problems: warnings,
  }, [`installed link "${paths.stem}" in ${paths.folder}`, ...infoLines(info, wallMs), ...problemLines(warnings)]);
  return EXIT.ok;
}
