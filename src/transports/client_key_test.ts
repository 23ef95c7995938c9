import { strict as assert } from "node:assert";
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { openClientKey, plainKey } from "./client_key.ts";

function pemOf(bits: number): string {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: bits });
  return privateKey.export({ type: "pkcs8", format: "pem" }) as string;
}

function foundIn(pem: string, passphrase?: string): string {
  const opened = openClientKey(pem, passphrase);
  return opened.kind === "wrong" ? opened.text : "open";
}

Deno.test("openClientKey() opens a key beside other things, also with a passphrase that it does not need", () => {
  const pem = pemOf(2_048);
  assert.equal(foundIn(`\ufeffcomment\n${pem}-----BEGIN X-----\n`), "open");
  assert.equal(foundIn(pem, "open sesame"), "open");
  assert.equal(createPrivateKey(plainKey(`comment\n${pem}`, "open sesame")).asymmetricKeyType, "rsa");
});

Deno.test("openClientKey() says why a key is of no use", () => {
  const must = "Cannot use the client key as it must be PEM with a private key";
  const pem = pemOf(1_024);
  const kinds = "RSA of 2048 to 4096 bits, EC P-256, P-384 or P-521, or Ed25519";
  assert.equal(foundIn(pem), `Cannot use the client key as it must be ${kinds}: it is RSA of 1024 bits`);
  assert.equal(foundIn(pem + pem), "Cannot use the client key as its file must hold one private key: there are 2");
  assert.equal(foundIn(""), `${must}: there is none`);
  assert.equal(
    foundIn(new TextDecoder().decode(new Uint8Array([0x30, 0x82, 1, 2]))),
    `${must}: it is in binary form (DER)`,
  );
  const broken = foundIn("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
  assert.match(broken, /^Cannot use the client key as it must be a private key that opens: /);
});
