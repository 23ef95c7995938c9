import { OutsideDataError } from "../core/errors.ts";
import {
  type CaPaths,
  caPaths,
  type CaTexts,
  type CertificateInfo,
  isoSeconds,
  type IssueContext,
} from "../keys/mod.ts";
import { EXPIRY_DAYS_WARNED, type KeyPaths, keyPaths, type KeyProblem, readText } from "../keys/mod.ts";
import { DAY_MS, keyModeProblems } from "../keys/mod.ts";
import { joinPath, xdgFolders } from "../settings/mod.ts";
import type { CliHost } from "./cli_host.ts";
import type { KeyOptions, KeyPlaceOptions } from "./keys_call.ts";

/** What the key commands use of a host. */
export type KeysHost = Pick<CliHost, "init" | "print" | "clock" | "keys" | "readText" | "onStop">;

/** What making certificates needs. */
export function issueContext(host: KeysHost): IssueContext {
  return { wallMs: host.clock().wallMs, randomBytes: (count) => host.keys.randomBytes(count) };
}

/** Files of the CA that a command names, or of the default one. Source: gwcert. */
export function caPathsOf(host: KeysHost, { caDir }: Pick<KeyOptions, "caDir">): CaPaths {
  const { dataHome } = xdgFolders(host.init.env);
  return caPaths(joinPath(host.init.cwd, caDir ?? `${dataHome}/gridworks/ca`).replace(/(?<=.)\/+$/, ""));
}

/** Folder of the certificates of the scada's links. */
export function linkCertsDir(host: KeysHost, certsDir: string | undefined): string {
  const { configHome } = xdgFolders(host.init.env);
  return joinPath(host.init.cwd, certsDir ?? `${configHome}/gridworks/scada/certs`);
}

/** Files of the key that a command names. @throws {RangeError} If the name is none. */
export function keyPathsOf(host: KeysHost, options: KeyPlaceOptions): KeyPaths {
  const { cwd } = host.init;
  const { certsDir, privateKeyPath } = options;
  return keyPaths(options.name, {
    cwd,
    certsDir: certsDir === undefined ? caPathsOf(host, options).certs : joinPath(cwd, certsDir),
    ...(privateKeyPath === undefined ? {} : { privateKey: joinPath(cwd, privateKeyPath) }),
  });
}

/** Certificate and key of the CA that a command names. @throws {OutsideDataError} If one cannot be read. */
export function readCa(
  host: KeysHost,
  options: Pick<KeyPlaceOptions, "caDir" | "caCertificatePath" | "caPrivateKeyPath">,
): CaTexts {
  const paths = caPathsOf(host, options);
  const { cwd } = host.init;
  const { files } = host.keys;
  const cert = joinPath(cwd, options.caCertificatePath ?? paths.cert);
  if (files.stat(cert) === undefined) {
    const hint = '"hearth ca create NAME" makes one';
    throw new OutsideDataError(`Cannot sign as there must be a CA: there is no "${cert}" (${hint})`);
  }
  const key = joinPath(cwd, options.caPrivateKeyPath ?? paths.key);
  // gwcert leaves it for everybody: who only signs never looks at "ca info".
  for (const { text } of keyModeProblems(key, files.stat(key)?.mode ?? 0)) host.print("stderr", `warning: ${text}\n`);
  return { cert: readText(files, cert, "CA certificate"), key: readText(files, key, "CA key") };
}

/** Text of a file, or undefined when there is none. */
export function optionalText(host: KeysHost, path: string, what: string): string | undefined {
  return host.keys.files.stat(path) === undefined ? undefined : readText(host.keys.files, path, what);
}

/** Prints a result: the object with --json, else the lines. */
export function printResult(host: KeysHost, json: boolean, result: object, lines: readonly string[]): void {
  host.print("stdout", json ? `${JSON.stringify(result)}\n` : `${lines.join("\n")}\n`);
}

/** How a certificate stands by its dates. */
export function dateState(info: CertificateInfo, wallMs: number): "ok" | "expires soon" | "expired" | "not yet valid" {
  if (wallMs > info.notAfterMs) return "expired";
  if (wallMs < info.notBeforeMs) return "not yet valid";
  return info.notAfterMs - wallMs < EXPIRY_DAYS_WARNED * DAY_MS ? "expires soon" : "ok";
}

/** Whole days until a certificate ends; below 0 when it has. */
export function daysLeft(info: CertificateInfo, wallMs: number): number {
  return Math.floor((info.notAfterMs - wallMs) / DAY_MS);
}

/** For people: what a certificate says. */
export function infoLines(info: CertificateInfo, wallMs: number): readonly string[] {
  return [
    `subject     ${info.subject}`,
    `signed by   ${info.issuer}`,
    `names       ${[...info.dns, ...info.ips].join(", ") || "none"}`,
    `for         ${usageText(info)}`,
    `key         ${info.key}`,
    `valid       ${isoSeconds(info.notBeforeMs)} to ${isoSeconds(info.notAfterMs)}, ${
      daysLeft(info, wallMs)
    } days left`,
    `serial      ${info.serialNumber}`,
    `SHA-256     ${info.fingerprint}`,
  ];
}

/** What a certificate is for, in words. */
export function usageText({ isCa, usages }: CertificateInfo): string {
  if (isCa) return "signing others";
  return usages === undefined ? "anything (it does not say)" : usages.join(" and ");
}

/** For people: problems and warnings, each a line. */
export function problemLines(problems: readonly KeyProblem[]): readonly string[] {
  return problems.map(({ level, text }) => `${level === "error" ? "problem" : "warning"}: ${text}`);
}

/** For programs: a certificate with dates as text. */
export function shownInfo(info: CertificateInfo, wallMs: number): object {
  const { notBeforeMs, notAfterMs, ...rest } = info;
  return {
    ...rest,
    notBefore: isoSeconds(notBeforeMs),
    notAfter: isoSeconds(notAfterMs),
    daysLeft: daysLeft(info, wallMs),
    state: dateState(info, wallMs),
  };
}
