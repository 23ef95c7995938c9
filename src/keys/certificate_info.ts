import { Buffer } from "node:buffer";
import { BasicConstraintsExtension, ExtendedKeyUsage, ExtendedKeyUsageExtension, KeyUsageFlags } from "./x509.ts";
import { KeyUsagesExtension, SubjectAlternativeNameExtension, SubjectKeyIdentifierExtension } from "./x509.ts";
import type { X509Certificate } from "./x509.ts";
import type { SubjectNames } from "./subject_names.ts";

/** What a certificate says, as plain data. */
export interface CertificateInfo extends SubjectNames {
  /** RFC 4514 text, for example "CN=scada". */
  readonly subject: string;
  /** First common name of the subject; "" when there is none. */
  readonly commonName: string;
  readonly issuer: string;
  /** Hexadecimal, lower case. */
  readonly serialNumber: string;
  /** ms since 1970. */
  readonly notBeforeMs: number;
  /** ms since 1970. */
  readonly notAfterMs: number;
  /** For example "EC P-256" or "RSA 2048". */
  readonly key: string;
  readonly isCa: boolean;
  /** "keyCertSign" and the like; absent when the certificate does not say. */
  readonly keyUsage?: readonly string[];
  /** "client", "server", or the object identifier; absent when the certificate does not say. */
  readonly usages?: readonly string[];
  /** Identifier of the key, hexadecimal; absent when the certificate has none. */
  readonly subjectKeyId?: string;
  /** SHA-256 of the whole, hexadecimal with colons, as openssl prints it. */
  readonly fingerprint: string;
}

const USAGE_NAMES: Readonly<Record<string, string>> = {
  [ExtendedKeyUsage.clientAuth]: "client",
  [ExtendedKeyUsage.serverAuth]: "server",
};

/** Reads a certificate. */
export async function certificateInfo(certificate: X509Certificate): Promise<CertificateInfo> {
  const names = certificate.getExtension(SubjectAlternativeNameExtension)?.names.items ?? [];
  const keyUsage = certificate.getExtension(KeyUsagesExtension)?.usages;
  const usages = certificate.getExtension(ExtendedKeyUsageExtension)?.usages;
  const subjectKeyId = certificate.getExtension(SubjectKeyIdentifierExtension)?.keyId;
  return {
    subject: certificate.subject,
    commonName: certificate.subjectName.getField("CN")[0] ?? "",
    issuer: certificate.issuer,
    serialNumber: certificate.serialNumber.toLowerCase(),
    notBeforeMs: certificate.notBefore.getTime(),
    notAfterMs: certificate.notAfter.getTime(),
    key: keyText(certificate),
    isCa: certificate.getExtension(BasicConstraintsExtension)?.ca ?? false,
    dns: names.filter((name) => name.type === "dns").map((name) => name.value),
    ips: names.filter((name) => name.type === "ip").map((name) => name.value),
    ...(keyUsage === undefined ? {} : { keyUsage: flagNames(keyUsage) }),
    ...(usages === undefined
      ? {}
      : { usages: Array.from(usages, (usage) => USAGE_NAMES[String(usage)] ?? String(usage)) }),
    ...(subjectKeyId === undefined ? {} : { subjectKeyId }),
    fingerprint: colons(await certificate.getThumbprint("SHA-256")),
  };
}

function keyText({ publicKey: { algorithm } }: X509Certificate): string {
  const { name, namedCurve, modulusLength } = algorithm as Algorithm & Partial<EcKeyAlgorithm & RsaKeyAlgorithm>;
  if (namedCurve !== undefined) return `EC ${namedCurve}`;
  return modulusLength === undefined ? name : `RSA ${modulusLength}`;
}

function flagNames(flags: KeyUsageFlags): readonly string[] {
  return Object.entries(KeyUsageFlags).filter(([, bit]) => typeof bit === "number" && (flags & bit) !== 0)
    .map(([name]) => name);
}

function colons(digest: ArrayBuffer): string {
  return Buffer.from(digest).toString("hex").toUpperCase().replace(/..(?=.)/g, "$&:");
}
