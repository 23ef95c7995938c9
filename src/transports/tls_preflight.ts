import { createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { Buffer } from "node:buffer";
import { errorText } from "../core/errors.ts";
import { isWallTrusted } from "../core/wall_clock.ts";
import { clockDoubt, isoSeconds } from "./clock_doubt.ts";

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

const ITEM_NAMES = { ca: "CA certificate", cert: "client certificate", key: "client key" } as const;

type Item = TlsProblem["item"];

/**
 * Reads the configured files. Every problem is reported, not only the first.
 *
 * @returns The texts, absent when there is a problem.
 */
export function readTlsFiles(files: TlsFiles): { texts?: TlsTexts; problems: TlsProblem[] } {
  const problems: TlsProblem[] = [];
  const ca = readOne("ca", files.ca, problems);
  const cert = files.cert && readOne("cert", files.cert, problems);
  const key = files.key && readOne("key", files.key, problems);
  if (problems.length > 0 || ca === undefined) return { problems };
  return { texts: { ca, ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) }, problems };
}

function readOne(item: Item, file: TlsFile, problems: TlsProblem[]): string | undefined {
  const what = `Cannot read ${ITEM_NAMES[item]} "${file.path}" (setting ${file.setting}) as`;
  try {
    const bytes = Deno.statSync(file.path).size;
    if (bytes <= PEM_BYTES_MAX) return Deno.readTextFileSync(file.path);
    problems.push(problem(item, `${what} it must have at most ${PEM_BYTES_MAX} bytes: it has ${bytes}`));
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
  const key = privateKey(tls.key, tls.passphrase, problems);
  const own = chain[0];
  if (key !== undefined && own !== undefined && !keyMatches(own, key)) {
    const text = `Cannot use the client key as it must belong to the client certificate "${subjectOf(own)}"`;
    problems.push(problem("key", `${text}: its public key is another`));
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

/** The key as plain PKCS #8 PEM, decrypted when it has a passphrase. @throws {Error} If `checkTls` has errors. */
export function plainKey(key: string, passphrase: string | undefined): string {
  if (passphrase === undefined) return key;
  return createPrivateKey({ key, passphrase }).export({ type: "pkcs8", format: "pem" }) as string;
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
  for (const match of pem.matchAll(/-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----/g)) {
    const der = Buffer.from(match[1] ?? "", "base64");
    // A root of v1 is trusted by its key alone, but neither stack of the two runtimes takes one.
    if (isVersion1(der)) {
      problems.push(problem(item, `${what} it must be X.509 version 3: it is version 1`));
      continue;
    }
    try {
      found.push(new X509Certificate(der));
    } catch (thrown) {
      problems.push(problem(item, `${what} it must be an X.509 certificate: ${errorText(thrown)}`));
    }
  }
  if (found.length === 0 && problems.length === 0) {
    problems.push(problem(item, `${what} it must be PEM with at least one certificate: there is none`));
  }
  return { found, problems };
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

function privateKey(key: string, passphrase: string | undefined, problems: TlsProblem[]): KeyObject | undefined {
  if (!/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(key)) {
    problems.push(problem("key", "Cannot use the client key as it must be PEM with a private key: there is none"));
    return undefined;
  }
  if (passphrase === undefined && /ENCRYPTED/.test(key)) {
    const text = "Cannot use the client key as an encrypted key must come with its passphrase: there is none";
    problems.push(problem("key", text));
    return undefined;
  }
  try {
    return createPrivateKey(passphrase === undefined ? key : { key, passphrase });
  } catch (thrown) {
    const text = "Cannot use the client key as it must be a private key that opens";
    problems.push(problem("key", `${text}: ${errorText(thrown)}`));
    return undefined;
  }
}

function keyMatches(certificate: X509Certificate, key: KeyObject): boolean {
  const mine = createPublicKey(key).export({ type: "spki", format: "der" });
  const theirs = certificate.publicKey.export({ type: "spki", format: "der" });
  return Buffer.compare(mine, theirs) === 0;
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

function subjectOf(certificate: X509Certificate): string {
  return certificate.subject.replaceAll("\n", ", ");
}
