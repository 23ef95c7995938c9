import { EXIT } from "../core/exit_codes.ts";
import { judgeCredentials, keyModeProblems, readText } from "../keys/mod.ts";
import { fileLines, fileRows } from "./ca_info.ts";
import type { KeyPlaceOptions } from "./keys_call.ts";
import {
  caPathsOf,
  infoLines,
  keyPathsOf,
  type KeysHost,
  optionalText,
  printResult,
  problemLines,
} from "./keys_context.ts";
import { shownInfo } from "./keys_context.ts";

/** `hearth key info`: what the certificate says, and whether key, CA, dates and permissions fit. */
export async function keyInfo(
  host: KeysHost,
  options: KeyPlaceOptions & { readonly files: boolean },
): Promise<number> {
  const paths = keyPathsOf(host, options);
  const caFiles = caPathsOf(host, options);
  const { files } = host.keys;
  const { wallMs } = host.clock();
  const cert = readText(files, paths.cert, "certificate");
  const key = optionalText(host, paths.key, "private key");
  const ca = optionalText(host, paths.ca, "CA certificate") ?? optionalText(host, caFiles.cert, "CA certificate");
  // The list of another CA says nothing about this key.
  const isCasOwn = ca !== undefined && ca === optionalText(host, caFiles.cert, "CA certificate");
  const crl = isCasOwn ? optionalText(host, caFiles.crl, "revocation list") : undefined;
  const judged = await judgeCredentials({
    cert,
    ...(key === undefined ? {} : { key }),
    ...(ca === undefined ? {} : { ca }),
    ...(crl === undefined ? {} : { crl }),
  }, { wallMs, what: "certificate" });
  const mode = files.stat(paths.key)?.mode;
  const problems = [...judged.problems, ...(mode === undefined ? [] : keyModeProblems(paths.key, mode))];
  const rows = fileRows(host, [paths.cert, paths.key, paths.ca, paths.csr, paths.publicKey]);
  const info = judged.chain[0];
  printResult(host, options.json, {
    name: paths.stem,
    certificate: info === undefined ? null : shownInfo(info, wallMs),
    problems,
    ...(options.files ? { files: rows } : {}),
  }, [
    paths.cert,
    ...(info === undefined ? [] : infoLines(info, wallMs)),
    ...(options.files ? fileLines(rows) : []),
    ...problemLines(problems),
  ]);
  return problems.some(({ level }) => level === "error") ? EXIT.configuration : EXIT.ok;
}
