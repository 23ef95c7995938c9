import { Buffer } from "node:buffer";
import { createPublicKey } from "node:crypto";
import { OutsideDataError } from "../core/errors.ts";

/** Name of the key type and of the curve in RFC 5656, by the curve in JWK. */
const SSH_CURVES: Readonly<Record<string, string>> = { "P-256": "nistp256", "P-384": "nistp384" };

/**
 * A public key as OpenSSH writes it in one line, which is what gwcert puts into `.pub` files.
 *
 * @param spki Subject public key info, DER.
 * @throws {OutsideDataError} If it is neither RSA nor ECDSA on P-256 or P-384.
 *
 * Source: RFC 4253 §6.6, RFC 5656 §3.1.
 */
export function sshPublicKey(spki: Uint8Array): string {
  const jwk = createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" }).export({ format: "jwk" });
  if (jwk.kty === "RSA") {
    return line("ssh-rsa", [mpint(bytes(jwk.e)), mpint(bytes(jwk.n))]);
  }
  const curve = SSH_CURVES[String(jwk.crv)];
  if (jwk.kty !== "EC" || curve === undefined) {
    const found = `${jwk.kty ?? "another"} ${jwk.crv ?? ""}`.trim();
    throw new OutsideDataError(`Cannot write public key as it must be RSA, or ECDSA on P-256 or P-384: found ${found}`);
  }
  const point = Buffer.concat([Buffer.from([4]), bytes(jwk.x), bytes(jwk.y)]);
  return line(`ecdsa-sha2-${curve}`, [Buffer.from(curve), point]);
}

function line(type: string, parts: readonly Buffer[]): string {
  const blob = Buffer.concat([Buffer.from(type), ...parts].map(withLength));
  return `${type} ${blob.toString("base64")}\n`;
}

function withLength(part: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(part.length);
  return Buffer.concat([length, part]);
}

function bytes(base64url: unknown): Buffer {
  return Buffer.from(String(base64url), "base64url");
}

/** RFC 4251 §5: a positive number whose first bit is set gets a zero byte. */
function mpint(number: Buffer): Buffer {
  return (number[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), number]) : number;
}
