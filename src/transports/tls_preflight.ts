import { X509Certificate } from "node:crypto";
import { Buffer } from "node:buffer";
import { errorText } from "../core/errors.ts";
import { isWallTrusted } from "../core/wall_clock.ts";
import { openClientKey, pairProblem } from "./client_key.ts";
import { clockDoubt, isoSeconds } from "./clock_doubt.ts";
import { readDerCertificate } from "./der_certificate.ts";
import { certificateBlocks, looksLikeDer } from "./pem_blocks.ts";

/** PEM texts of one TLS connection. `cert` and `key` come together or not at all. */
export interface TlsTexts {
  readonly ca: string;
  readonly cert?: string;
  readonly key?: string;
  /** Of an encrypted `key`. */
  readonly passphrase?: string;
  /** Whether the broker's certificate must name the host that was asked for. Default true; the chain is checked in any case. */
  readonly checkHostname?: boolean;
}

/** Where the PEM files are, with the name of the setting that says so, for messages. */
export interface TlsFiles {
  readonly ca: TlsFile;
  readonly cert?: TlsFile;
  readonly key?: TlsFile;
}

/** One configured file. */
export interface TlsFile {
  /** Name of the setting, for example "SCADA_GRIDWORKS_MQTT__TLS__PATHS__CA_CERT_PATH". */
  readonly setting: string;
  readonly path: string;
}

/** What is wrong with a file or a certificate: an `error` prevents a connection, a `warning` may. */
export interface TlsProblem {
  readonly level: "error" | "warning";
  readonly item: "ca" | "cert" | "key";
  readonly text: string;
  /** Time alone may end it, or a clock that is set: no reason not to start. */
  readonly isOfDate?: true;
}

/** One certificate or key file may be this long, bytes: a hundred chains of ten. */
export const PEM_BYTES_MAX = 1_048_576;

/** Permission bits of everybody but the owner. */
const OTHERS = 0o077;

const ITEM_NAMES = { ca: "CA certificate", cert: "client certificate", key: "client key" } as const;

type Item = TlsProblem["item"];

/**
 * Reads the configured files. Every problem is reported, not only the first; a key that others may read is a warning.
 *
 * @returns The texts, absent when there is an error.
 */
export function readTlsFiles(files: TlsFiles): { texts?: TlsTexts; problems: TlsProblem[] } {
  const problems: TlsProblem[] = [];
  const ca = readOne("ca", files.ca, problems);
  const cert = files.cert && readOne("cert", files.cert, problems);
  const key = files.key && readOne("key", files.key, problems);
  if (problems.some(({ level }) => level === "error") || ca === undefined) return { problems };
  return { texts: { ca, ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) }, problems };
}

function readOne(item: Item, file: TlsFile, problems: TlsProblem[]): string | undefined {
  const what = `Cannot read ${ITEM_NAMES[item]} "${file.path}" (setting ${file.setting}) as`;
  try {
    const { isFile, isDirectory, size, mode } = Deno.statSync(file.path);
    if (item === "key" && isFile && ((mode ?? 0) & OTHERS) !== 0) problems.push(openToOthers(file, mode ?? 0));
    if (!isFile) {
      // A pipe or a device would never end.
      const found = isDirectory ? "it is a folder" : "it is a pipe, a socket or a device";
      problems.push(problem(item, `${what} it must be a readable file: ${found}`));
    } else if (size > PEM_BYTES_MAX) {
      problems.push(problem(item, `${what} it must have at most ${PEM_BYTES_MAX} bytes: it has ${size}`));
    } else return Deno.readTextFileSync(file.path);
  } catch (thrown) {
    const found = thrown instanceof Deno.errors.NotFound ? "there is no such file" : errorText(thrown);
    problems.push(problem(item, `${what} it must be a readable file: ${found}`));
  }
  return undefined;
}

/**
 * Checks what a TLS connection would use, before the TLS stack sees it: a key that does not match its certificate, or an
 * X.509 v1 certificate, ends the whole process on the floor runtime (spec/toolchain.md §4).
 *
 * @param wallMs Wall clock, ms since 1970; 0 when it is not known: dates are not judged. Before 2020 it is wrong for sure:
 *   what must not be used yet is still named, as the TLS stack will refuse it by the same clock, but nothing has expired.
 */
export function checkTls(tls: TlsTexts, wallMs: number): TlsProblem[] {
  const problems: TlsProblem[] = [];
  const { found: ca, problems: caProblems } = pemCertificates("ca", tls.ca);
  problems.push(...caProblems);
  problems.push(...authorityProblems(ca, wallMs));
  if (tls.cert === undefined && tls.key === undefined) return problems;
  if (tls.cert === undefined || tls.key === undefined) {
    const found = tls.cert === undefined ? "there is only a key" : "there is only a certificate";
    problems.push(problem("cert", `Cannot use a client certificate as it must come with its key: ${found}`));
    return problems;
  }
  const { found: chain, problems: chainProblems } = pemCertificates("cert", tls.cert);
  problems.push(...chainProblems);
  for (const certificate of chain) checkDates("cert", certificate, wallMs, problems);
  problems.push(...chainOrderProblems(chain));
  const opened = openClientKey(tls.key, tls.passphrase);
  if (opened.kind === "wrong") problems.push(problem("key", opened.text));
  const own = chain[0];
  if (opened.kind === "open" && own !== undefined && chainProblems.length === 0) {
    const der = Buffer.from(certificateBlocks(tls.cert).bodies[0] ?? "", "base64");
    const text = pairProblem(der, opened.key, subjectOf(own));
    if (text !== undefined) problems.push(problem("key", text));
  }
  return problems;
}

/** While a CA is replaced its file holds the old one, too: dates of one of several prevent nothing. */
function authorityProblems(authorities: readonly X509Certificate[], wallMs: number): TlsProblem[] {
  const problems: TlsProblem[] = [];
  const dated = authorities.map((certificate) => {
    const dates: TlsProblem[] = [];
    checkDates("ca", certificate, wallMs, dates);
    return dates;
  });
  const isOneGood = dated.some((dates) => dates.length === 0);
  authorities.forEach((certificate, index) => {
    problems.push(...dated[index]!.map((one): TlsProblem => isOneGood ? { ...one, level: "warning" } : one));
    if (certificate.ca) return;
    const text = `Cannot trust "${subjectOf(certificate)}" to sign others as it must be marked as a CA: it is not`;
    problems.push({ level: "warning", item: "ca", text });
  });
  return problems;
}

/** Source: RFC 5246 §7.4.2: each certificate of the list certifies the one before it. TLS 1.3 forgives, brokers may not. */
function chainOrderProblems(chain: readonly X509Certificate[]): TlsProblem[] {
  return chain.slice(1).flatMap((issuer, index): TlsProblem[] => {
    const before = chain[index]!;
    if (before.issuer === issuer.subject) return [];
    const must = `it must follow a certificate that it has signed: "${subjectOf(before)}" is before it`;
    return [{ level: "warning", item: "cert", text: `Cannot use "${subjectOf(issuer)}" in the chain as ${must}` }];
  });
}

function openToOthers({ setting, path }: TlsFile, mode: number): TlsProblem {
  const text = `Private key "${path}" (setting ${setting}) should be readable by its owner alone`;
  return { level: "warning", item: "key", text: `${text}: its mode is 0${(mode & 0o777).toString(8)}` };
}

function problem(item: Item, text: string): TlsProblem {
  return { level: "error", item, text };
}

/** The certificates of a PEM text, in their order, and what is wrong with the others. Never throws for what it holds. */
export function pemCertificates(
  item: "ca" | "cert",
  pem: string,
): { readonly found: readonly X509Certificate[]; readonly problems: readonly TlsProblem[] } {
  const found: X509Certificate[] = [];
  const problems: TlsProblem[] = [];
  const what = `Cannot use the ${ITEM_NAMES[item]} as`;
  const { bodies, broken } = certificateBlocks(pem);
  if (broken > 0) problems.push(problem(item, `${what} each certificate of its file must be whole: ${broken} is not`));
  for (const body of bodies) {
    const der = Buffer.from(body, "base64");
    // A root of v1 is trusted by its key alone, but neither stack of the two runtimes takes one.
    if (isVersion1(der)) {
      problems.push(problem(item, `${what} it must be X.509 version 3: it is version 1`));
      continue;
    }
    const read = readDerCertificate(der);
    if (read.kind === "wrong") {
      problems.push(problem(item, `${what} it must be an X.509 certificate: ${read.found}`));
      continue;
    }
    try {
      found.push(readable(new X509Certificate(der)));
    } catch (thrown) {
      problems.push(problem(item, `${what} it must be an X.509 certificate: ${errorText(thrown)}`));
    }
  }
  if (found.length === 0 && problems.length === 0) {
    const form = looksLikeDer(pem) ? "it is in binary form (DER)" : "there is none";
    problems.push(problem(item, `${what} it must be PEM with at least one certificate: ${form}`));
  }
  return { found, problems };
}

/** The runtime reads parts of a certificate only when they are asked for. @throws {Error} If one of them cannot be read. */
function readable(certificate: X509Certificate): X509Certificate {
  const { issuer, validFrom, validTo } = certificate;
  subjectOf(certificate);
  if (typeof issuer !== "string") throw new SyntaxError("its issuer cannot be read");
  if (Number.isNaN(Date.parse(validFrom)) || Number.isNaN(Date.parse(validTo))) {
    throw new SyntaxError("its dates cannot be read");
  }
  return certificate;
}

/** RFC 5280 §4.1: Certificate, tbsCertificate, then [0] version, which version 1 leaves out. */
function isVersion1(der: Uint8Array): boolean {
  const inner = derContent(der, 0);
  const first = inner === undefined ? undefined : derContent(der, inner);
  return first !== undefined && der[first] === 0x02;
}

function derContent(der: Uint8Array, at: number): number | undefined {
  const length = der[at + 1];
  if (der[at] !== 0x30 || length === undefined) return undefined;
  return at + 2 + (length >= 0x80 ? length & 0x7f : 0);
}

function checkDates(item: Item, certificate: X509Certificate, wallMs: number, problems: TlsProblem[]): void {
  if (wallMs <= 0) return;
  const what = `Cannot use the ${ITEM_NAMES[item]} "${subjectOf(certificate)}" as it must be valid now`;
  const fromMs = Date.parse(certificate.validFrom);
  const toMs = Date.parse(certificate.validTo);
  if (wallMs < fromMs) {
    const text = `${what}: it is not valid before ${isoSeconds(fromMs)}, ${clockDoubt(wallMs)}`;
    problems.push({ ...problem(item, text), isOfDate: true });
  }
  if (wallMs > toMs && isWallTrusted(wallMs)) {
    const text = `${what}: it expired at ${isoSeconds(toMs)}, and the clock says ${isoSeconds(wallMs)}`;
    problems.push({ ...problem(item, text), isOfDate: true });
  }
}

/** The subject in one line, for people. One may be empty, and then the runtime has none. */
export function subjectOf({ subject }: X509Certificate): string {
  return (subject as string | undefined)?.replaceAll("\n", ", ") ?? "";
}
