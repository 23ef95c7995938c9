import { Buffer } from "node:buffer";
import { OutsideDataError } from "../core/errors.ts";

/** Characters of base64 in one line of PEM: RFC 7468 §2. */
const LINE_CHARACTERS = 64;

/** What a PEM block holds. */
export type PemLabel = "CERTIFICATE" | "CERTIFICATE REQUEST" | "PRIVATE KEY" | "X509 CRL";

/** PEM of one DER value, with a final line feed. */
export function pemText(label: PemLabel, der: ArrayBuffer | Uint8Array): string {
  const base64 = Buffer.from(der as Uint8Array).toString("base64");
  const lines = base64.match(new RegExp(`.{1,${LINE_CHARACTERS}}`, "g")) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}

/** The DER values of all blocks with this label, in their order; text around them is left out. */
export function pemBlocks(label: PemLabel, text: string): Uint8Array<ArrayBuffer>[] {
  const block = new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]*)-----END ${label}-----`, "g");
  return [...text.matchAll(block)].map((match) => new Uint8Array(Buffer.from(match[1] ?? "", "base64")));
}

/** How many certificates of a text begin and are not whole: its file was cut off, or something else is in it. */
export function brokenCertificates(text: string): number {
  return text.split("-----BEGIN CERTIFICATE-----").length - 1 - pemBlocks("CERTIFICATE", text).length;
}

/**
 * The private keys of a text, each as PEM of its own: a certificate, or the parameters that openssl writes before a key
 * on a curve, may stand in the same file.
 */
export function privateKeyBlocks(text: string): readonly string[] {
  const block = /-----BEGIN ([A-Z0-9 ]*PRIVATE KEY)-----[\s\S]*?-----END \1-----/g;
  return [...text.matchAll(block)].map(([found]) => `${found}\n`);
}

/**
 * The first block with this label.
 *
 * @param what Names the thing in the message, for example `CA certificate "ca.crt"`.
 * @throws {OutsideDataError} If there is none.
 */
export function firstPemBlock(label: PemLabel, text: string, what: string): Uint8Array<ArrayBuffer> {
  const first = pemBlocks(label, text)[0];
  if (first !== undefined) return first;
  throw new OutsideDataError(`Cannot read ${what} as it must be PEM with "BEGIN ${label}": there is none`);
}
