import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";
import { errorText, OutsideDataError } from "../core/errors.ts";
import { type KeyKind, RSA_BITS_MAX, RSA_BITS_MIN, RSA_BITS_STEP } from "./key_limits.ts";
import { pemText, privateKeyBlocks } from "./pem.ts";

/** How a key of ours signs. */
export type SigningAlgorithm = EcKeyImportParams & { readonly hash: string } | RsaHashedImportParams;

/** Curves that TLS signs with; the floor runtime has names of its own. Source: RFC 8446 §4.2.3. */
const TLS_CURVES: readonly unknown[] = ["prime256v1", "secp384r1", "secp521r1", "p256", "p384"];

const EXPONENT_65537 = new Uint8Array([1, 0, 1]);
const HASH_OF_CURVE: Readonly<Record<string, string>> = { "P-256": "SHA-256", "P-384": "SHA-384" };

/** Makes a key pair that can be exported. @throws {RangeError} If the bits of an RSA key are out of range. */
export async function generateKeys(kind: KeyKind): Promise<CryptoKeyPair> {
  if (kind.kind === "ec") {
    return await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"]);
  }
  const { bits } = kind;
  if (!(bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX && bits % RSA_BITS_STEP === 0)) {
    const must = `${RSA_BITS_MIN} to ${RSA_BITS_MAX} bits, a multiple of ${RSA_BITS_STEP}`;
    throw new RangeError(`Cannot make an RSA key as it must have ${must}: found ${bits}`);
  }
  const how = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: bits, publicExponent: EXPONENT_65537 };
  return await crypto.subtle.generateKey(how, true, ["sign", "verify"]);
}

/**
 * How a key of this algorithm signs certificates.
 *
 * @param algorithm Of a public key, as WebCrypto names it.
 * @throws {OutsideDataError} If it is neither RSA nor ECDSA on P-256 or P-384.
 */
export function signingAlgorithm(algorithm: { readonly name: string; readonly namedCurve?: string }): SigningAlgorithm {
  if (algorithm.name.startsWith("RSA")) return { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
  const hash = HASH_OF_CURVE[algorithm.namedCurve ?? ""];
  if (algorithm.name.startsWith("EC") && hash !== undefined) {
    return { name: "ECDSA", namedCurve: algorithm.namedCurve!, hash };
  }
  const found = `${algorithm.name} ${algorithm.namedCurve ?? ""}`.trim();
  throw new OutsideDataError(`Cannot use key as it must be RSA, or ECDSA on P-256 or P-384: found ${found}`);
}

/** PKCS #8 PEM of a private key that may be exported. */
export async function privateKeyPem(key: CryptoKey): Promise<string> {
  return pemText("PRIVATE KEY", await crypto.subtle.exportKey("pkcs8", key));
}

/**
 * Opens a private key in any PEM form that openssl writes.
 *
 * @param what Names it in the message.
 * @throws {OutsideDataError} If it does not open.
 */
export function openPrivateKey(pem: string, what: string): KeyObject {
  const [found, ...others] = privateKeyBlocks(pem);
  if (found === undefined) {
    throw new OutsideDataError(`Cannot use ${what} as it must be PEM with a private key: there is none`);
  }
  if (others.length > 0) {
    throw new OutsideDataError(`Cannot use ${what} as its file must hold one: there are ${others.length + 1}`);
  }
  if (isEncryptedKey(pem)) {
    throw new OutsideDataError(`Cannot use ${what} as it must not be encrypted: it has a passphrase`);
  }
  try {
    return createPrivateKey(found);
  } catch (thrown) {
    throw new OutsideDataError(`Cannot use ${what} as it must be a private key that opens: ${errorText(thrown)}`);
  }
}

/** Whether a PEM text holds a private key that opens with a passphrase only. Source: RFC 7468 §11, RFC 1421 §4.6.1.1. */
export function isEncryptedKey(pem: string): boolean {
  return /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: *4, *ENCRYPTED/m.test(pem);
}

/**
 * An encrypted private key without its passphrase, as PKCS #8 PEM.
 *
 * @throws {OutsideDataError} If it does not open.
 */
export function plainPrivateKey(pem: string, passphrase: string, what: string): string {
  try {
    return createPrivateKey({ key: privateKeyBlocks(pem)[0] ?? pem, passphrase }).export({
      type: "pkcs8",
      format: "pem",
    }) as string;
  } catch (thrown) {
    throw new OutsideDataError(`Cannot use ${what} as it must open with its passphrase: ${errorText(thrown)}`);
  }
}

/** What a key is, when it is one that the agent's TLS stacks do not sign with; else undefined. */
export function unfitForTls({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): string | undefined {
  if (asymmetricKeyType === "ed25519") return undefined;
  const { modulusLength: bits = 0, namedCurve } = asymmetricKeyDetails ?? {};
  if (asymmetricKeyType === "rsa") {
    return bits >= RSA_BITS_MIN && bits <= RSA_BITS_MAX ? undefined : `RSA of ${bits} bits`;
  }
  if (asymmetricKeyType === "ec") return TLS_CURVES.includes(namedCurve) ? undefined : `EC ${namedCurve}`;
  return String(asymmetricKeyType);
}

/** Subject public key info (DER) that belongs to a private key. */
export function publicKeyOf(key: KeyObject): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createPublicKey(key).export({ type: "spki", format: "der" }));
}

/** Imports a private key for signing. */
export async function signingKey(key: KeyObject, algorithm: SigningAlgorithm): Promise<CryptoKey> {
  const der = new Uint8Array(key.export({ type: "pkcs8", format: "der" }));
  return await crypto.subtle.importKey("pkcs8", der, algorithm, true, ["sign"]);
}
