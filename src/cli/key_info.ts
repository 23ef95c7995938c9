import { OutsideDataError } from "../core/errors.ts";
import { EXIT } from "../core/exit_codes.ts";
import { judgeCredentials, keyModeProblems, type KeyProblem, readText } from "../keys/mod.ts";
import { fileLines, fileRows } from "./ca_info.ts";
import type { KeyInfoOptions } from "./keys_call.ts";
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
import { openKey } from "./keys_password.ts";

/** A key to judge, or why it cannot be judged. */
function openedKey(
  host: KeysHost,
  key: string,
  { link, options }: { readonly link: string; readonly options: KeyInfoOptions },
): { readonly plain?: string; readonly problems: readonly KeyProblem[] } {
  try {
    const { plain, warnings } = openKey(host, key, { ...options, link });
    if (plain !== undefined) return { plain, problems: warnings.map((text) => ({ level: "warning", text })) };
    const text = "The private key is encrypted: whether it belongs to the certificate is not known (--password-file)";
    return { problems: [{ level: "warning", text }] };
  } catch (thrown) {
    if (!(thrown instanceof OutsideDataError)) throw thrown;
    return { problems: [{ level: "error", text: thrown.message }] };
  }
}

/** `hearth key info`: what the certificate says, and whether key, CA, dates and permissions fit. */
export async function keyInfo(host: KeysHost, options: KeyInfoOptions): Promise<number> {
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
  const opened = key === undefined ? undefined : openedKey(host, key, { link: paths.stem, options });
  const judged = await judgeCredentials({
    cert,
    ...(opened?.plain === undefined ? {} : { key: opened.plain }),
    ...(ca === undefined ? {} : { ca }),
    ...(crl === undefined ? {} : { crl }),
  }, { wallMs, what: "certificate" });
  const mode = files.stat(paths.key)?.mode;
  const problems = [
    ...judged.problems,
    ...opened?.problems ?? [],
    ...(mode === undefined ? [] : keyModeProblems(paths.key, mode)),
  ];
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
