import { EXIT } from "../core/exit_codes.ts";
import { type CaPaths, judgeCredentials, keyModeProblems, type KeyProblem, readRevocations } from "../keys/mod.ts";
import { readText, type RevocationList, revocationText } from "../keys/mod.ts";
import { errorText } from "../core/errors.ts";
import type { KeyOptions } from "./keys_call.ts";
import {
  caPathsOf,
  infoLines,
  type KeysHost,
  optionalText,
  printResult,
  problemLines,
  shownInfo,
} from "./keys_context.ts";

interface FileRow {
  readonly path: string;
  readonly exists: boolean;
  /** For example "0600". */
  readonly mode?: string;
}

/** What is at each of these paths. */
export function fileRows(host: KeysHost, paths: readonly string[]): readonly FileRow[] {
  return paths.map((path) => {
    const found = host.keys.files.stat(path);
    return { path, exists: found !== undefined, ...(found === undefined ? {} : { mode: modeText(found.mode) }) };
  });
}

function modeText(mode: number): string {
  return `0${(mode & 0o777).toString(8)}`;
}

/** For people. */
export function fileLines(rows: readonly FileRow[]): readonly string[] {
  return rows.map(({ path, mode }) => `file        ${mode ?? "none"}  ${path}`);
}

async function revocations(host: KeysHost, paths: CaPaths, cert: string) {
  const problems: KeyProblem[] = [];
  const crl = optionalText(host, paths.crl, "revocation list");
  if (crl === undefined) return { problems };
  try {
    const list: RevocationList = await readRevocations(crl, cert);
    if (list.nextMs !== undefined && list.nextMs < host.clock().wallMs) {
      const text = "it is too old, and brokers refuse everybody by it; the next revocation renews it";
      problems.push({ level: "warning", text: `Revocation list "${paths.crl}": ${text}` });
    }
    return { list, problems };
  } catch (thrown) {
    problems.push({ level: "error", text: errorText(thrown) });
    return { problems };
  }
}

/** `hearth ca info`: files, certificate, what is wrong, and what is revoked. */
export async function caInfo(host: KeysHost, options: KeyOptions): Promise<number> {
  const paths = caPathsOf(host, options);
  const { files } = host.keys;
  const { wallMs } = host.clock();
  const cert = readText(files, paths.cert, "CA certificate");
  const key = optionalText(host, paths.key, "CA key");
  const { chain, problems } = await judgeCredentials(
    { cert, ...(key === undefined ? {} : { key }) },
    { wallMs, what: "CA certificate" },
  );
  const mode = files.stat(paths.key)?.mode;
  const revoked = await revocations(host, paths, cert);
  const all = [...problems, ...(mode === undefined ? [] : keyModeProblems(paths.key, mode)), ...revoked.problems];
  const rows = fileRows(host, [paths.cert, paths.key, paths.publicKey, paths.crl, paths.certs]);
  const keys = files.list(paths.certs);
  const info = chain[0];
  printResult(
    host,
    options.json,
    {
      files: rows,
      certificate: info === undefined ? null : shownInfo(info, wallMs),
      problems: all,
      revoked: revoked.list?.entries ?? [],
      keys,
    },
    [
      ...fileLines(rows),
      ...(info === undefined ? [] : infoLines(info, wallMs)),
      `keys        ${keys.join(", ") || "none"}`,
      ...(revoked.list?.entries ?? []).map((entry) => `revoked     ${revocationText(entry)}`),
      ...problemLines(all),
    ],
  );
  return all.some(({ level }) => level === "error") ? EXIT.configuration : EXIT.ok;
}
