import { strict as assert } from "node:assert";
import { certificateBlocks, keyBlocks, looksLikeDer, plainCertificates } from "./pem_blocks.ts";

const ONE = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
const TWO = "-----BEGIN CERTIFICATE-----\nBBBB\nCC==\n-----END CERTIFICATE-----\n";
const OTHER = "-----BEGIN X509 CRL-----\nzz*\n-----END X509 CRL-----\n";

Deno.test("plainCertificates() leaves out everything that is no certificate", () => {
  assert.equal(plainCertificates(`\ufeffa comment\r\n${ONE}${OTHER}rest\n${TWO}-----BEGIN X-----\n`), ONE + TWO);
  assert.equal(plainCertificates("nothing"), "");
});

Deno.test("certificateBlocks() counts certificates that are not whole", () => {
  assert.equal(certificateBlocks(ONE + OTHER + TWO).broken, 0);
  assert.equal(certificateBlocks(ONE + TWO.slice(0, 40)).broken, 1, "no end");
  assert.equal(certificateBlocks(ONE + TWO.replace("BBBB", "B*BB")).broken, 1, "no base64");
  assert.equal(certificateBlocks(ONE.slice(0, 40) + TWO).broken, 2, "the second lies in the first");
});

Deno.test("keyBlocks() finds each private key, without the parameters of its curve", () => {
  const key = "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n";
  const parameters = "-----BEGIN EC PARAMETERS-----\nBBBB\n-----END EC PARAMETERS-----\n";
  assert.deepEqual(keyBlocks(parameters + key + ONE), [key]);
  assert.equal(keyBlocks(key + key).length, 2);
  assert.deepEqual(keyBlocks(ONE), []);
});

Deno.test("looksLikeDer() tells the binary form from text", () => {
  const der = new Uint8Array([0x30, 0x82, 0x01, 0x0a, 0x02]);
  assert.equal(looksLikeDer(new TextDecoder().decode(der)), true);
  assert.equal(looksLikeDer(ONE), false);
  assert.equal(looksLikeDer(""), false);
});
