import { strict as assert } from "node:assert";
import { Buffer } from "node:buffer";
import { issueCa, issueLeaf } from "../../../src/keys/mod.ts";
import { readDerCertificate } from "../../../src/transports/der_certificate.ts";
import { certificateBlocks } from "../../../src/transports/pem_blocks.ts";

const CONTEXT = { wallMs: Date.UTC(2026, 0, 1), randomBytes: (count: number) => new Uint8Array(count).fill(7) };

async function leafDer(): Promise<Buffer> {
  const ca = await issueCa({ commonName: "ca", days: 9, kind: { kind: "ec" } }, CONTEXT);
  const names = { dns: ["a"], ips: [] };
  const leaf = { commonName: "a", names, usages: ["client"], days: 3, key: { kind: "ec" } } as const;
  const { cert } = await issueLeaf(leaf, ca, CONTEXT);
  return Buffer.from(certificateBlocks(cert).bodies[0]!, "base64");
}

function found(der: Uint8Array): string {
  const read = readDerCertificate(der);
  return read.kind === "wrong" ? read.found : "read";
}

/** A copy in which the bytes of a hexadecimal text are others of the same count. */
function changed(der: Buffer, from: string, to: string): Uint8Array {
  const at = der.indexOf(Buffer.from(from, "hex"));
  assert.ok(at >= 0, `${from} is in the certificate`);
  const copy = Buffer.from(der);
  copy.set(Buffer.from(to, "hex"), at);
  return copy;
}

Deno.test("readDerCertificate() gives the public key of a certificate as it stands there", async () => {
  const der = await leafDer();
  const read = readDerCertificate(der);
  assert.equal(read.kind, "read");
  const { publicKey } = read as Extract<typeof read, { readonly kind: "read" }>;
  assert.equal(Buffer.from(publicKey).subarray(0, 4).toString("hex"), "30593013", "a key on P-256");
  assert.ok(der.includes(publicKey));
});

Deno.test("readDerCertificate() says what is wrong with bytes that are no whole certificate", async () => {
  const der = await leafDer();
  assert.equal(found(der), "read");
  for (let length = 0; length < der.length; length++) assert.notEqual(found(der.subarray(0, length)), "read");
  assert.equal(found(Buffer.concat([der, Buffer.alloc(1)])), "it has bytes that belong to nothing");
  assert.equal(found(changed(der, "a003020102", "a003020101")), "it is not of version 3");
  assert.equal(found(Buffer.alloc(65_536)), "it has 65536 bytes");
});

Deno.test("readDerCertificate() refuses extensions that the TLS stack does not take", async () => {
  const der = await leafDer();
  assert.equal(
    found(changed(der, "0603551d0f0101ff", "0603551d630101ff")),
    "it has a critical extension that nobody here knows",
  );
  assert.equal(found(changed(der, "0603551d0f0101ff", "0603551d0f010101")), "it has a flag that is none");
  assert.equal(found(changed(der, "0603551d0f0101ff", "0603551d130101ff")), "it has extension 2.5.29.19 twice");
});

Deno.test("readDerCertificate() never throws, whatever one byte is changed to", async () => {
  const der = await leafDer();
  for (let at = 0; at < der.length; at++) {
    for (const bits of [1, 0x1c, 0x80, 0xff]) {
      const copy = Buffer.from(der);
      copy[at]! ^= bits;
      readDerCertificate(copy);
    }
  }
});
