/** One block; a label that the end does not repeat is none. Source: RFC 7468 §2. */
const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g;

/** What a PEM file may not have between its lines. */
const NOT_BASE64 = /[^A-Za-z0-9+/=\s]/;

/** The certificates of a PEM text. */
export interface CertificateBlocks {
  /** Base64 of each, in their order. */
  readonly bodies: readonly string[];
  /** Blocks that begin and do not end, or hold something else than base64: a file that is half written. */
  readonly broken: number;
}

/** Finds the certificates of a text; what stands between them is no part of it. */
export function certificateBlocks(pem: string): CertificateBlocks {
  const bodies = blocks(pem).flatMap(({ label, body }) =>
    label === "CERTIFICATE" && !NOT_BASE64.test(body) ? [body] : []
  );
  return { bodies, broken: pem.split("-----BEGIN CERTIFICATE-----").length - 1 - bodies.length };
}

/**
 * The certificates of a text and nothing else. Comments, other blocks and a byte order mark stay out of the TLS stack:
 * that of the floor runtime never answers for a CA file that has them.
 */
export function plainCertificates(pem: string): string {
  return certificateBlocks(pem).bodies.map((body) => block("CERTIFICATE", body)).join("");
}

/** The private keys of a text, each a PEM of its own: without the curve's parameters that openssl writes before one. */
export function keyBlocks(pem: string): readonly string[] {
  return blocks(pem).filter(({ label }) => label.endsWith("PRIVATE KEY")).map(({ label, body }) => block(label, body));
}

/** Whether bytes that were read as text are the binary form of a certificate or key, a SEQUENCE of two or more bytes of length. */
export function looksLikeDer(text: string): boolean {
  return /^0[\u0080-\uffff]/.test(text);
}

function blocks(pem: string): readonly { readonly label: string; readonly body: string }[] {
  return [...pem.matchAll(BLOCK)].map(([, label = "", body = ""]) => ({ label, body }));
}

function block(label: string, body: string): string {
  return `-----BEGIN ${label}-----\n${body.trim()}\n-----END ${label}-----\n`;
}
