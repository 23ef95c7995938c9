import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { errorText } from "../core/errors.ts";
import { readDerCertificate } from "./der_certificate.ts";
import { keyBlocks, looksLikeDer } from "./pem_blocks.ts";

/** RSA keys that both TLS stacks sign with, bits; at a shorter one the floor runtime ends the whole process. */
const RSA_BITS = { min: 2_048, max: 4_096 } as const;
/** Curves that TLS 1.2 and 1.3 sign with; the floor runtime has names of its own. Source: RFC 8446 §4.2.3. */
const CURVES: readonly unknown[] = ["prime256v1", "secp384r1", "secp521r1", "p256", "p384"];

/** Source: RFC 7468 §11, RFC 1421 §4.6.1.1. */
const ENCRYPTED = /ENCRYPTED/;

const WHAT = "Cannot use the client key as";

/** A private key that opens, or why it does not. */
export type OpenedKey =
  | { readonly kind: "open"; readonly key: KeyObject }
  | { readonly kind: "wrong"; readonly text: string };

/** Opens the one private key of a PEM text. Never throws for what it holds. */
export function openClientKey(pem: string, passphrase: string | undefined): OpenedKey {
  const [found, ...others] = keyBlocks(pem);
  if (found === undefined) {
    const form = looksLikeDer(pem) ? "it is in binary form (DER)" : "there is none";
    return wrong(`it must be PEM with a private key: ${form}`);
  }
  if (others.length > 0) return wrong(`its file must hold one private key: there are ${others.length + 1}`);
  if (passphrase === undefined && ENCRYPTED.test(found)) {
    return wrong("an encrypted key must come with its passphrase: there is none");
  }
  try {
    const key = opened(found, passphrase);
    const kind = unfitKind(key);
    if (kind === undefined) return { kind: "open", key };
    const bits = `RSA of ${RSA_BITS.min} to ${RSA_BITS.max} bits`;
    return wrong(`it must be ${bits}, EC P-256, P-384 or P-521, or Ed25519: it is ${kind}`);
  } catch (thrown) {
    return wrong(`it must be a private key that opens: ${errorText(thrown)}`);
  }
}

/**
 * What keeps a certificate from being used with a key; undefined when nothing does. Never throws.
 *
 * @param der The certificate. Its public key is compared byte by byte, as the TLS stack compares it.
 */
export function pairProblem(der: Uint8Array, key: KeyObject, subject: string): string | undefined {
  const read = readDerCertificate(der);
  if (read.kind === "wrong") return `Cannot use the client certificate "${subject}" as it must be whole: ${read.found}`;
  const must = `Cannot use the client key as it must belong to the client certificate "${subject}"`;
  try {
    const mine = createPublicKey(key).export({ type: "spki", format: "der" });
    return Buffer.compare(mine, read.publicKey) === 0 ? undefined : `${must}: its public key is another`;
  } catch (thrown) {
    return `${must}: ${errorText(thrown)}`;
  }
}

/**
 * The key as plain PKCS #8 PEM, decrypted when it has a passphrase. It is written anew in any case: parts that a stack
 * computes itself may be wrong in a file, and another stack trusts them. @throws {Error} If `checkTls` has errors.
 */
export function plainKey(pem: string, passphrase: string | undefined): string {
  return opened(keyBlocks(pem)[0] ?? pem, passphrase).export({ type: "pkcs8", format: "pem" }) as string;
}

/** A passphrase may be set for a key that needs none: the floor runtime takes it for a key that needs one only. */
function opened(key: string, passphrase: string | undefined): KeyObject {
  return createPrivateKey(passphrase !== undefined && ENCRYPTED.test(key) ? { key, passphrase } : key);
}

/** What a key is when no TLS stack here signs with it. */
function unfitKind({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): string | undefined {
  if (type === "ed25519") return undefined;
  const { modulusLength = 0, namedCurve } = details ?? {};
  if (type === "rsa") {
    return modulusLength >= RSA_BITS.min && modulusLength <= RSA_BITS.max ? undefined : `RSA of ${modulusLength} bits`;
  }
  if (type === "ec") return CURVES.includes(namedCurve) ? undefined : `EC ${namedCurve}`;
  return String(type);
}

function wrong(text: string): OpenedKey {
  return { kind: "wrong", text: `${WHAT} ${text}` };
}
