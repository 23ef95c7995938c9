import { Buffer } from "node:buffer";
import { errorText } from "../core/errors.ts";
import { type CertificateInfo, certificateInfo } from "./certificate_info.ts";
import { isoSeconds } from "./issue.ts";
import { openPrivateKey, publicKeyOf, unfitForTls } from "./key_kind.ts";
import { DAY_MS, EXPIRY_DAYS_WARNED, RSA_BITS_MAX, RSA_BITS_MIN, type Usage, WALL_MS_TRUSTED } from "./key_limits.ts";
import { brokenCertificates, pemBlocks } from "./pem.ts";
import { readRevocations, revocationText } from "./revocations.ts";
import { isDnsName, namesMatch } from "./subject_names.ts";
import { X509Certificate } from "./x509.ts";

/** Most certificates of one file that are judged. */
const CERTIFICATES_MAX = 20;

/** An `error` prevents a connection, a `warning` may, or says what is unsafe. */
export interface KeyProblem {
  readonly level: "error" | "warning";
  readonly text: string;
}

/** PEM texts that belong together, and what is asked about them. */
export interface Credentials {
  readonly cert: string;
  /** Absent: not judged. */
  readonly key?: string;
  readonly ca?: string;
  /** Revocation list of the CA. */
  readonly crl?: string;
}

/** How credentials are judged. */
export interface Judgement {
  /** ms since 1970. */
  readonly wallMs: number;
  readonly usage?: Usage;
  /** The certificate must be one of this host. */
  readonly host?: string;
  /** Names the certificate in messages, for example "client certificate". */
  readonly what: string;
}

/** Credentials with what is wrong with them. */
export interface Judged {
  /** Own certificate first. Empty when there is none. */
  readonly chain: readonly CertificateInfo[];
  readonly problems: readonly KeyProblem[];
}

/** The certificates of a PEM text, the own one first. @throws {Error} When one cannot be read. */
export function readCertificates(pem: string): readonly X509Certificate[] {
  return pemBlocks("CERTIFICATE", pem).slice(0, CERTIFICATES_MAX).map((der) => new X509Certificate(der));
}

/** Judges credentials; every problem is named, not only the first. Never throws for what they hold. */
export async function judgeCredentials(credentials: Credentials, judgement: Judgement): Promise<Judged> {
  const problems: KeyProblem[] = [];
  const chain = readable(credentials.cert, judgement.what, problems);
  const own = chain[0];
  if (own === undefined) return { chain: [], problems };
  const infos = await Promise.all(chain.map(certificateInfo));
  const info = infos[0]!;
  const what = `Cannot use the ${judgement.what} "${info.subject}" as`;
  problems.push(...dateProblems(info, what, judgement.wallMs));
  problems.push(...usageProblems(info, what, judgement));
  problems.push(...keyProblems(own, info, { key: credentials.key, usage: judgement.usage }));
  if (credentials.ca !== undefined) {
    const cas = readable(credentials.ca, "CA certificate", problems);
    if (cas.length > 0) problems.push(...await chainProblems(chain, cas, { what, wallMs: judgement.wallMs }));
  }
  problems.push(...await revocationProblems(info, what, credentials));
  return { chain: infos, problems };
}

function error(text: string): KeyProblem {
  return { level: "error", text };
}

function readable(pem: string, what: string, problems: KeyProblem[]): readonly X509Certificate[] {
  const must = `Cannot use the ${what} as it must be PEM with at least one certificate`;
  try {
    const found = readCertificates(pem);
    const broken = brokenCertificates(pem);
    if (broken > 0) {
      problems.push(error(`Cannot use the ${what} as each one of its file must be whole: ${broken} is not`));
    } else if (found.length === 0) problems.push(error(`${must}: there is none`));
    return found;
  } catch (thrown) {
    problems.push(error(`${must}: ${errorText(thrown)}`));
    return [];
  }
}

function dateProblems(info: CertificateInfo, what: string, wallMs: number): readonly KeyProblem[] {
  if (wallMs < WALL_MS_TRUSTED) return [];
  const now = isoSeconds(wallMs);
  const until = isoSeconds(info.notAfterMs);
  if (wallMs < info.notBeforeMs) {
    const found = `it is not valid before ${isoSeconds(info.notBeforeMs)}, and the clock says ${now}`;
    return [error(`${what} it must be valid now: ${found}`)];
  }
  if (wallMs > info.notAfterMs) {
    return [error(`${what} it must be valid now: it expired at ${until}, and the clock says ${now}`)];
  }
  const days = Math.floor((info.notAfterMs - wallMs) / DAY_MS);
  if (days >= EXPIRY_DAYS_WARNED) return [];
  return [{ level: "warning", text: `Certificate "${info.subject}" expires in ${days} days, at ${until}` }];
}

function usageProblems(info: CertificateInfo, what: string, { usage, host }: Judgement): readonly KeyProblem[] {
  const problems: KeyProblem[] = [];
  if (usage !== undefined && info.usages !== undefined && !info.usages.includes(usage)) {
    problems.push(error(`${what} it must be one for a ${usage}: it is for ${info.usages.join(" and ")} only`));
  }
  if (host !== undefined && !namesMatch(info, host)) {
    const names = [...info.dns, ...info.ips].map((name) => `"${name}"`).join(", ") || "no name";
    const ask = isDnsName(host) ? "--dns" : "--ip";
    problems.push(error(`${what} it must be one of "${host}" (${ask} when it is made): it is one of ${names}`));
  }
  return problems;
}

function keyProblems(
  own: X509Certificate,
  info: CertificateInfo,
  { key, usage }: { readonly key: string | undefined; readonly usage: Usage | undefined },
): readonly KeyProblem[] {
  if (key === undefined) return [];
  try {
    const opened = openPrivateKey(key, "the private key");
    const unfit = usage === "client" ? unfitForTls(opened) : undefined;
    if (unfit !== undefined) {
      const kinds = `RSA of ${RSA_BITS_MIN} to ${RSA_BITS_MAX} bits, EC P-256, P-384 or P-521, or Ed25519`;
      return [error(`Cannot use the private key as it must be ${kinds}: it is ${unfit}`)];
    }
    if (Buffer.compare(publicKeyOf(opened), new Uint8Array(own.publicKey.rawData)) === 0) return [];
    const must = `Cannot use the private key as it must belong to the certificate "${info.subject}"`;
    return [error(`${must}: its public key is another`)];
  } catch (thrown) {
    return [error(errorText(thrown))];
  }
}

/** Each certificate must be signed by the next one, the last by one of the CA's. */
async function chainProblems(
  chain: readonly X509Certificate[],
  cas: readonly X509Certificate[],
  { what, wallMs }: { readonly what: string; readonly wallMs: number },
): Promise<readonly KeyProblem[]> {
  let at = chain[0]!;
  for (let steps = 0; steps < chain.length; steps++) {
    const root = await signerOf(at, cas);
    if (root !== undefined) {
      const info = await certificateInfo(root);
      const rootWhat = `Cannot trust the CA "${info.subject}" as`;
      const marked = info.isCa ? [] : [error(`${rootWhat} it must be marked as a CA: it is not`)];
      return [...marked, ...dateProblems(info, rootWhat, wallMs)];
    }
    const next = await signerOf(at, chain);
    if (next === undefined || next === at) break;
    at = next;
  }
  const found = cas.map((ca) => `"${ca.subject}"`).join(", ");
  const namesake = cas.some((ca) => ca.subject === at.issuer) ? " of the same name, but with another key" : "";
  return [error(`${what} it must be signed by the CA ${found}: it is signed by "${at.issuer}"${namesake}`)];
}

async function signerOf(
  certificate: X509Certificate,
  candidates: readonly X509Certificate[],
): Promise<X509Certificate | undefined> {
  for (const candidate of candidates) {
    if (candidate.subject !== certificate.issuer) continue;
    if (await certificate.verify({ publicKey: candidate.publicKey, signatureOnly: true })) return candidate;
  }
  return undefined;
}

async function revocationProblems(
  info: CertificateInfo,
  what: string,
  { crl, ca }: Credentials,
): Promise<readonly KeyProblem[]> {
  if (crl === undefined || ca === undefined) return [];
  try {
    const { entries } = await readRevocations(crl, ca);
    const found = entries.find((entry) => entry.serialNumber === info.serialNumber);
    return found === undefined ? [] : [error(`${what} it must not be revoked: ${revocationText(found)}`)];
  } catch (thrown) {
    return [error(errorText(thrown))];
  }
}

/**
 * What the permissions of a private key say.
 *
 * @param mode Permission bits of the file.
 */
export function keyModeProblems(path: string, mode: number): readonly KeyProblem[] {
  const others = mode & 0o077;
  if (others === 0) return [];
  const who = (mode & 0o007) === 0 ? "its group" : "everybody";
  const found = `its mode is 0${(mode & 0o777).toString(8)}, so that ${who} may use it`;
  return [{ level: "warning", text: `Private key "${path}" should be readable by its owner alone: ${found}` }];
}
