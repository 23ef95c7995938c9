import { Buffer } from "node:buffer";
import { OutsideDataError } from "../core/errors.ts";
import { type CertificateInfo, certificateInfo } from "./certificate_info.ts";
import { generateKeys, openPrivateKey, privateKeyPem, publicKeyOf } from "./key_kind.ts";
import { signingAlgorithm, signingKey } from "./key_kind.ts";
import { BACKDATED_MS, DAY_MS, DAYS_MAX, type KeyKind, type Usage, WALL_MS_TRUSTED } from "./key_limits.ts";
import { firstPemBlock, pemText } from "./pem.ts";
import { checkedCommonName, generalNames, type SubjectNames } from "./subject_names.ts";
import { AuthorityKeyIdentifierExtension, BasicConstraintsExtension, ExtendedKeyUsage, Name } from "./x509.ts";
import {
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Pkcs10CertificateRequestGenerator,
} from "./x509.ts";
import { SubjectAlternativeNameExtension, SubjectKeyIdentifierExtension, X509Certificate } from "./x509.ts";
import { X509CertificateGenerator } from "./x509.ts";

const SERIAL_BYTES = 16;

/** What making certificates needs of the world. */
export interface IssueContext {
  /** Wall clock, ms since 1970. */
  readonly wallMs: number;
  readonly randomBytes: (count: number) => Uint8Array;
}

/** A CA that can sign: certificate and its key as PEM. */
export interface CaTexts {
  readonly cert: string;
  readonly key: string;
}

/** What was made, as PEM. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
  /** Subject public key info, DER. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  readonly info: CertificateInfo;
}

/** A leaf with its request, which gwcert keeps beside it. */
export interface IssuedLeaf extends Issued {
  readonly csr: string;
  /** The CA ends before the days that were asked for: so does the certificate. */
  readonly isShortened: boolean;
}

/** What is asked for. `days` is 1 to `DAYS_MAX`. */
export interface LeafRequest {
  readonly commonName: string;
  readonly names: SubjectNames;
  readonly usages: readonly Usage[];
  readonly days: number;
  /** A new key of this kind, or the PEM of one that stays. */
  readonly key: KeyKind | string;
}

/** Makes a CA that signs itself. @throws {RangeError} If name, days or key size is wrong, or the clock is not set. */
export async function issueCa(
  request: { readonly commonName: string; readonly days: number; readonly kind: KeyKind },
  context: IssueContext,
): Promise<Issued> {
  const { notBefore, notAfter } = validity(request.days, context.wallMs);
  const keys = await generateKeys(request.kind);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(context),
    name: distinguishedName(request.commonName),
    notBefore,
    notAfter,
    keys,
    signingAlgorithm: signingAlgorithm(keys.publicKey.algorithm),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return await issued(certificate, await privateKeyPem(keys.privateKey));
}

/** An opened CA. */
export interface OpenCa {
  readonly certificate: X509Certificate;
  readonly info: CertificateInfo;
  readonly key: CryptoKey;
}

/**
 * Opens a CA for signing.
 *
 * @throws {OutsideDataError} If it is no CA, has ended or not begun, or its key belongs to another certificate.
 */
export async function openCa(ca: CaTexts, wallMs: number): Promise<OpenCa> {
  const certificate = new X509Certificate(firstPemBlock("CERTIFICATE", ca.cert, "CA certificate"));
  const info = await certificateInfo(certificate);
  const what = `Cannot sign with CA "${info.subject}" as`;
  if (!info.isCa) throw new OutsideDataError(`${what} its certificate must be marked as a CA: it is not`);
  if (wallMs > info.notAfterMs) {
    throw new OutsideDataError(`${what} it must be valid now: it expired at ${isoSeconds(info.notAfterMs)}`);
  }
  if (wallMs < info.notBeforeMs) {
    throw new OutsideDataError(`${what} it must be valid now: it is not valid before ${isoSeconds(info.notBeforeMs)}`);
  }
  const key = openPrivateKey(ca.key, "CA key");
  if (Buffer.compare(publicKeyOf(key), new Uint8Array(certificate.publicKey.rawData)) !== 0) {
    throw new OutsideDataError(`${what} the key must belong to the certificate: its public key is another`);
  }
  return { certificate, info, key: await signingKey(key, signingAlgorithm(certificate.publicKey.algorithm)) };
}

/**
 * Makes a key, its request, and its certificate signed by a CA. It never holds longer than the CA.
 *
 * @throws {OutsideDataError} If the CA cannot sign. @throws {RangeError} If what is asked for is wrong.
 */
export async function issueLeaf(request: LeafRequest, ca: CaTexts, context: IssueContext): Promise<IssuedLeaf> {
  const { notBefore, notAfter } = validity(request.days, context.wallMs);
  const issuer = await openCa(ca, context.wallMs);
  const name = distinguishedName(request.commonName);
  const keys = await leafKeys(request.key);
  const isShortened = notAfter.getTime() > issuer.info.notAfterMs;
  const san = new SubjectAlternativeNameExtension(generalNames(request.names));
  const algorithm = signingAlgorithm(keys.publicKey.algorithm);
  const csr = await Pkcs10CertificateRequestGenerator.create({
    name,
    keys,
    signingAlgorithm: algorithm,
    extensions: [new BasicConstraintsExtension(false, undefined, true), san],
  });
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serialNumber(context),
    subject: name,
    issuer: issuer.certificate.subjectName,
    notBefore: new Date(Math.max(notBefore.getTime(), issuer.info.notBeforeMs)),
    notAfter: isShortened ? new Date(issuer.info.notAfterMs) : notAfter,
    publicKey: keys.publicKey,
    signingKey: issuer.key,
    signingAlgorithm: signingAlgorithm(issuer.certificate.publicKey.algorithm),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(keyUsage(algorithm.name), true),
      new ExtendedKeyUsageExtension(request.usages.map((usage) => ExtendedKeyUsage[`${usage}Auth`])),
      san,
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await authorityOf(issuer.certificate),
    ],
  });
  if (!await certificate.verify({ publicKey: issuer.certificate.publicKey, signatureOnly: true })) {
    throw new Error("Invariant broken: a certificate that was just signed does not verify");
  }
  const leaf = await issued(certificate, await privateKeyPem(keys.privateKey));
  return { ...leaf, csr: pemText("CERTIFICATE REQUEST", csr.rawData), isShortened };
}

async function issued(certificate: X509Certificate, key: string): Promise<Issued> {
  return {
    cert: pemText("CERTIFICATE", certificate.rawData),
    key,
    publicKey: new Uint8Array(certificate.publicKey.rawData),
    info: await certificateInfo(certificate),
  };
}

async function leafKeys(key: KeyKind | string): Promise<CryptoKeyPair> {
  if (typeof key !== "string") return await generateKeys(key);
  const opened = openPrivateKey(key, "private key");
  const jwk = opened.export({ format: "jwk" });
  const algorithm = signingAlgorithm({
    name: jwk.kty === "EC" ? "ECDSA" : String(jwk.kty),
    ...(jwk.crv === undefined ? {} : { namedCurve: String(jwk.crv) }),
  });
  const publicKey = await crypto.subtle.importKey("spki", publicKeyOf(opened), algorithm, true, ["verify"]);
  return { privateKey: await signingKey(opened, algorithm), publicKey };
}

/** As a typed value: the library reads a plain text as RFC 4514, where "#", quotes and backslashes mean something. */
function distinguishedName(commonName: string): Name {
  return new Name([{ CN: [{ utf8String: checkedCommonName(commonName) }] }]);
}

function keyUsage(algorithmName: string): KeyUsageFlags {
  const isRsa = algorithmName.startsWith("RSA");
  return isRsa ? KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment : KeyUsageFlags.digitalSignature;
}

/** A CA of gwcert has no identifier of its own: then it follows from its key. */
async function authorityOf(issuer: X509Certificate): Promise<AuthorityKeyIdentifierExtension> {
  const own = issuer.getExtension(SubjectKeyIdentifierExtension);
  if (own !== null) return new AuthorityKeyIdentifierExtension(own.keyId);
  return await AuthorityKeyIdentifierExtension.create(issuer.publicKey);
}

function validity(days: number, wallMs: number): { readonly notBefore: Date; readonly notAfter: Date } {
  if (!(Number.isInteger(days) && days >= 1 && days <= DAYS_MAX)) {
    throw new RangeError(`Cannot make a certificate as it must hold 1 to ${DAYS_MAX} days: found ${days}`);
  }
  if (wallMs < WALL_MS_TRUSTED) {
    throw new RangeError(`Cannot make a certificate as the clock must be set: it says ${isoSeconds(wallMs)}`);
  }
  // Certificates have whole seconds.
  const nowMs = Math.floor(wallMs / 1_000) * 1_000;
  return { notBefore: new Date(nowMs - BACKDATED_MS), notAfter: new Date(nowMs + days * DAY_MS) };
}

/** Positive, never zero, 16 bytes: RFC 5280 §4.1.2.2. */
function serialNumber({ randomBytes }: IssueContext): string {
  const bytes = Uint8Array.from(randomBytes(SERIAL_BYTES));
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return Buffer.from(bytes).toString("hex");
}

/** "2030-01-01T00:00:00Z". @param ms Since 1970. */
export function isoSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
