import { strict as assert } from "node:assert";
import { generateKeyPairSync } from "node:crypto";
import { issueCa, issueLeaf } from "./issue.ts";
import { judgeCredentials } from "./judge_credentials.ts";
import { brokenCertificates, privateKeyBlocks } from "./pem.ts";

const WALL_MS = Date.UTC(2026, 0, 1);
const CONTEXT = { wallMs: WALL_MS, randomBytes: (count: number) => new Uint8Array(count).fill(7) };

async function credentials() {
  const ca = await issueCa({ commonName: "ca", days: 900, kind: { kind: "ec" } }, CONTEXT);
  const names = { dns: ["a"], ips: [] };
  const leaf = { commonName: "a", names, usages: ["client"], days: 300, key: { kind: "ec" } } as const;
  return { ca: ca.cert, ...await issueLeaf(leaf, ca, CONTEXT) };
}

async function problemsOf(texts: { readonly cert: string; readonly key: string }): Promise<readonly string[]> {
  const judged = await judgeCredentials(texts, { wallMs: WALL_MS, usage: "client", what: "client certificate" });
  return judged.problems.map(({ text }) => text);
}

Deno.test("judgeCredentials() takes files as other tools write them, and refuses those that are not whole", async () => {
  const { cert, key } = await credentials();
  assert.deepEqual(await problemsOf({ cert: `\ufeffcomment\n${cert}rest`, key: cert + key }), []);
  const half = await problemsOf({ cert: cert + cert.slice(0, 100), key });
  assert.deepEqual(half, ["Cannot use the client certificate as each one of its file must be whole: 1 is not"]);
  const two = await problemsOf({ cert, key: key + key });
  assert.deepEqual(two, ["Cannot use the private key as its file must hold one: there are 2"]);
});

Deno.test("judgeCredentials() refuses a private key that the agent cannot sign with", async () => {
  const { cert } = await credentials();
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 1_024 });
  const key = privateKey.export({ type: "pkcs8", format: "pem" }) as string;
  const kinds = "RSA of 2048 to 4096 bits, EC P-256, P-384 or P-521, or Ed25519";
  assert.deepEqual(await problemsOf({ cert, key }), [
    `Cannot use the private key as it must be ${kinds}: it is RSA of 1024 bits`,
  ]);
});

Deno.test("brokenCertificates() and privateKeyBlocks() find nothing in a text without PEM", () => {
  assert.equal(brokenCertificates("nothing"), 0);
  assert.deepEqual(privateKeyBlocks("nothing"), []);
});
