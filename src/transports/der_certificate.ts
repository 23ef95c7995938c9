/** DER tags. Source: X.690 §8. */
const SEQUENCE = 0x30;
const BOOLEAN = 0x01;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_ID = 0x06;
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;

const VERSION_3 = 2;
const TRUE = 0xff;
/** Longest certificate that the stacks take, bytes. */
const CERTIFICATE_BYTES_MAX = 65_535;
/** Extensions 2.5.29.N that the stacks know: key usage, names, constraints, revocation lists, extended key usage. */
const KNOWN_EXTENSIONS: ReadonlySet<number> = new Set([15, 17, 19, 30, 31, 37]);
const KEY_USAGE = 15;

/** One value with all its bytes. */
interface Item {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly whole: Uint8Array;
}

/** The public key (SubjectPublicKeyInfo) of a certificate as it stands there, or what is wrong with the certificate. */
export type DerCertificate =
  | { readonly kind: "read"; readonly publicKey: Uint8Array }
  | { readonly kind: "wrong"; readonly found: string };

/**
 * Reads a certificate as strictly as the TLS stack of the floor runtime does, while `X509Certificate` takes more: that
 * stack ends the whole process at a client certificate that it cannot read, and never answers for such a CA's. Never
 * throws for what it holds.
 *
 * Source: RFC 5280 §4.1, X.690 §10.1.
 */
export function readDerCertificate(der: Uint8Array): DerCertificate {
  try {
    return { kind: "read", publicKey: publicKeyOf(der) };
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return { kind: "wrong", found: thrown.message };
    throw thrown;
  }
}

function publicKeyOf(der: Uint8Array): Uint8Array {
  if (der.length > CERTIFICATE_BYTES_MAX) throw new SyntaxError(`it has ${der.length} bytes`);
  const outer = reader(der);
  const certificate = reader(outer.next(SEQUENCE).content);
  outer.end();
  const signed = reader(certificate.next(SEQUENCE).content);
  const algorithm = certificate.next(SEQUENCE).whole;
  const signature = certificate.next(BIT_STRING).content;
  certificate.end();
  if (signature[0] !== 0) throw new SyntaxError("its signature is not whole bytes");
  const version = reader(signed.next(VERSION).content);
  const { content: [number] } = version.next(INTEGER);
  version.end();
  if (number !== VERSION_3) throw new SyntaxError("it is not of version 3");
  signed.next(INTEGER);
  if (!isEqual(signed.next(SEQUENCE).whole, algorithm)) throw new SyntaxError("it names two signature algorithms");
  for (const _name of ["issuer", "validity", "subject"]) signed.next(SEQUENCE);
  const { whole: publicKey } = signed.next(SEQUENCE);
  if (!signed.isAtEnd()) {
    const extensions = reader(signed.next(EXTENSIONS).content);
    checkExtensions(reader(extensions.next(SEQUENCE).content));
    extensions.end();
  }
  signed.end();
  return publicKey;
}

function checkExtensions(all: Reader): void {
  const seen = new Set<number>();
  while (!all.isAtEnd()) {
    const one = reader(all.next(SEQUENCE).content);
    const { content: id } = one.next(OBJECT_ID);
    const isCritical = one.isAt(BOOLEAN) && flag(one.next(BOOLEAN).content);
    const { content: value } = one.next(OCTET_STRING);
    one.end();
    const number = id.length === 3 && id[0] === 0x55 && id[1] === 0x1d ? id[2]! : -1;
    if (!KNOWN_EXTENSIONS.has(number)) {
      if (isCritical) throw new SyntaxError("it has a critical extension that nobody here knows");
      continue;
    }
    if (seen.has(number)) throw new SyntaxError(`it has extension 2.5.29.${number} twice`);
    seen.add(number);
    const inner = reader(value);
    inner.next(number === KEY_USAGE ? BIT_STRING : SEQUENCE);
    inner.end();
  }
}

function flag([value, ...more]: Uint8Array): boolean {
  if (more.length > 0 || (value !== TRUE && value !== 0)) throw new SyntaxError("it has a flag that is none");
  return value === TRUE;
}

/** Takes one value after the other from bytes; each method throws a `SyntaxError` at bytes that are none. */
interface Reader {
  isAtEnd(): boolean;
  isAt(tag: number): boolean;
  next(tag: number): Item;
  end(): void;
}

function reader(bytes: Uint8Array): Reader {
  let at = 0;
  return {
    isAtEnd: () => at === bytes.length,
    isAt: (tag) => bytes[at] === tag,
    next(tag) {
      if (bytes[at] !== tag) throw new SyntaxError("its bytes are not those of a certificate");
      const { length, from } = lengthAt(bytes, at + 1);
      const to = from + length;
      if (to > bytes.length) throw new SyntaxError("it is cut off");
      const item = { tag, content: bytes.subarray(from, to), whole: bytes.subarray(at, to) };
      at = to;
      return item;
    },
    end() {
      if (at !== bytes.length) throw new SyntaxError("it has bytes that belong to nothing");
    },
  };
}

/** The length that stands at an index, in its shortest form, and where its value begins. */
function lengthAt(bytes: Uint8Array, at: number): { readonly length: number; readonly from: number } {
  const first = bytes[at] ?? 0x80;
  if (first < 0x80) return { length: first, from: at + 1 };
  const count = first & 0x7f;
  let length = 0;
  for (let n = 1; n <= count; n++) length = length * 256 + (bytes[at + n] ?? 0);
  const least = count === 1 ? 0x80 : 256 ** (count - 1);
  if (count < 1 || count > 2 || length < least) throw new SyntaxError("it has a length that is none");
  return { length, from: at + 1 + count };
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
