import { strict as assert } from "node:assert";
import { createPublicKey } from "node:crypto";
import { OutsideDataError } from "../core/errors.ts";
import { certificateInfo } from "./certificate_info.ts";
import { issueCa, type IssueContext, issueLeaf, type LeafRequest } from "./issue.ts";
import { judgeCredentials, keyModeProblems, readCertificates } from "./judge_credentials.ts";
import { DAY_MS } from "./key_limits.ts";
import { openPrivateKey, publicKeyOf } from "./key_kind.ts";
import { firstPemBlock, pemBlocks, pemText } from "./pem.ts";
import { issueRevocations, readRevocations } from "./revocations.ts";
import { sshPublicKey } from "./ssh_public_key.ts";

const NOW_MS = Date.parse("2026-03-01T12:00:00Z");

function context(wallMs = NOW_MS): IssueContext {
  let count = 0;
  return { wallMs, randomBytes: (bytes) => new Uint8Array(bytes).fill(++count) };
}

function leafRequest(change: Partial<LeafRequest> = {}): LeafRequest {
  const names = { dns: ["pi1"], ips: ["10.0.0.1"] };
  return { commonName: "pi1", names, usages: ["client"], days: 825, key: { kind: "ec" }, ...change };
}

function ca(commonName = "House CA", days = 3_650) {
  return issueCa({ commonName, days, kind: { kind: "ec" } }, context());
}

Deno.test("issueCa() makes a CA that holds as long as asked, from a day before", async () => {
  const { info, publicKey, key } = await ca();
  assert.deepEqual([info.isCa, info.keyUsage, info.usages], [true, ["keyCertSign", "cRLSign"], undefined]);
  assert.deepEqual([info.notBeforeMs, info.notAfterMs], [NOW_MS - DAY_MS, NOW_MS + 3_650 * DAY_MS]);
  assert.deepEqual(publicKeyOf(openPrivateKey(key, "CA key")), publicKey);
  assert.match(info.serialNumber, /^41(01){15}$/);
});

Deno.test("issueLeaf() says in the certificate what was asked for", async () => {
  const leaf = await issueLeaf(leafRequest({ usages: ["client", "server"] }), await ca(), context());
  const { subject, commonName, dns, ips, usages, isCa, keyUsage, key } = leaf.info;
  assert.deepEqual(
    { subject, commonName, dns, ips, usages, isCa, keyUsage, key },
    {
      subject: "CN=pi1",
      commonName: "pi1",
      dns: ["pi1"],
      ips: ["10.0.0.1"],
      usages: ["client", "server"],
      isCa: false,
      keyUsage: ["digitalSignature"],
      key: "EC P-256",
    },
  );
  assert.equal(leaf.isShortened, false);
  assert.equal(pemBlocks("CERTIFICATE REQUEST", leaf.csr).length, 1);
});

Deno.test("issueLeaf() keeps every character of a common name", async () => {
  const issuer = await ca('"A", #1\\');
  for (const commonName of ["#00", 'a"b"', "a\\0ab", "x+y=z, <w>", "Büro"]) {
    const leaf = await issueLeaf(leafRequest({ commonName }), issuer, context());
    assert.equal(leaf.info.commonName, commonName);
    const judged = await judgeCredentials({ ...leaf, ca: issuer.cert }, { wallMs: NOW_MS, what: "certificate" });
    assert.deepEqual(judged.problems, []);
  }
});

Deno.test("issueLeaf() keeps a key that is handed in, and ends with the CA", async () => {
  const issuer = await ca("House CA", 100);
  const first = await issueLeaf(leafRequest({ days: 100 }), issuer, context());
  const second = await issueLeaf(leafRequest({ key: first.key }), issuer, context());
  assert.deepEqual(second.publicKey, first.publicKey);
  assert.deepEqual([first.isShortened, second.isShortened], [false, true]);
  assert.equal(second.info.notAfterMs, NOW_MS + 100 * DAY_MS);
});

Deno.test("issueLeaf() refuses a CA that cannot sign", async () => {
  const good = await ca();
  const other = await ca("Other CA");
  const leaf = await issueLeaf(leafRequest(), good, context());
  const garbled = good.key.replace("\nM", "\nA");
  const rows: readonly (readonly [Parameters<typeof issueLeaf>[1], number, RegExp])[] = [
    [{ cert: good.cert, key: other.key }, NOW_MS, /key must belong to the certificate: its public key is another/],
    [leaf, NOW_MS, /must be marked as a CA: it is not/],
    [good, NOW_MS + 4_000 * DAY_MS, /must be valid now: it expired at 2036/],
    [good, NOW_MS - 2 * DAY_MS, /it is not valid before 2026/],
    [{ cert: "x", key: good.key }, NOW_MS, /must be PEM with "BEGIN CERTIFICATE": there is none/],
    [{ cert: good.cert, key: "x" }, NOW_MS, /must be PEM with a private key: there is none/],
    [{ cert: good.cert, key: garbled }, NOW_MS, /must be a private key that opens/],
  ];
  for (const [issuer, wallMs, message] of rows) {
    await assert.rejects(
      issueLeaf(leafRequest(), issuer, context(wallMs)),
      (thrown: Error) => thrown instanceof OutsideDataError && message.test(thrown.message),
      String(message),
    );
  }
});

Deno.test("issueCa() refuses days, names, key sizes and clocks that cannot be", async () => {
  const request = { commonName: "a", days: 1, kind: { kind: "ec" } } as const;
  const rows = [
    [{ ...request, days: 0 }, NOW_MS],
    [{ ...request, days: 1.5 }, NOW_MS],
    [{ ...request, days: 36_501 }, NOW_MS],
    [{ ...request, commonName: "" }, NOW_MS],
    [{ ...request, kind: { kind: "rsa", bits: 1_024 } as const }, NOW_MS],
    [request, Date.parse("1970-01-01T00:01:00Z")],
  ] as const;
  for (const [asked, wallMs] of rows) await assert.rejects(issueCa(asked, context(wallMs)), RangeError);
});

Deno.test("judgeCredentials() names every problem", async () => {
  const issuer = await ca();
  const other = await ca("House CA");
  const leaf = await issueLeaf(leafRequest({ days: 40 }), issuer, context());
  const stranger = await issueLeaf(leafRequest(), other, context());
  const list = [{ serialNumber: leaf.info.serialNumber, revokedMs: NOW_MS, reason: "superseded" }] as const;
  const crl = await issueRevocations(list, issuer, NOW_MS);
  const judge = async (credentials: Parameters<typeof judgeCredentials>[0], change: object = {}) =>
    (await judgeCredentials(credentials, { wallMs: NOW_MS, what: "client certificate", ...change })).problems
      .map(({ level, text }) =>
        `${level}: ${text.replace(/^Cannot use the client certificate "CN=pi1" as it must /, "")}`
      );
  const { cert, key } = leaf;
  assert.deepEqual(await judge({ cert, key, ca: issuer.cert }, { usage: "client", host: "pi1" }), []);
  assert.deepEqual(await judge({ cert, ca: issuer.cert, crl }), [
    `error: not be revoked: ${leaf.info.serialNumber} revoked at 2026-03-01T12:00:00Z (superseded)`,
  ]);
  assert.deepEqual(await judge({ cert, key: stranger.key, ca: other.cert }, { usage: "server", host: "pi2" }), [
    "error: be one for a server: it is for client only",
    'error: be one of "pi2" (--dns when it is made): it is one of "pi1", "10.0.0.1"',
    'error: Cannot use the private key as it must belong to the certificate "CN=pi1": its public key is another',
    'error: be signed by the CA "CN=House CA": it is signed by "CN=House CA" of the same name, but with another key',
  ]);
  assert.deepEqual(await judge({ cert, crl, ca: other.cert }), [
    'error: be signed by the CA "CN=House CA": it is signed by "CN=House CA" of the same name, but with another key',
    'error: Cannot use revocation list of "CN=House CA" as it must be signed by the CA "CN=House CA": it is not',
  ]);
  const later = NOW_MS + 20 * DAY_MS;
  assert.deepEqual(await judge({ cert }, { wallMs: later }), [
    'warning: Certificate "CN=pi1" expires in 20 days, at 2026-04-10T12:00:00Z',
  ]);
  assert.deepEqual(await judge({ cert }, { wallMs: NOW_MS + 41 * DAY_MS }), [
    "error: be valid now: it expired at 2026-04-10T12:00:00Z, and the clock says 2026-04-11T12:00:00Z",
  ]);
  assert.deepEqual(await judge({ cert }, { wallMs: 0 }), [], "a clock that is not set judges no dates");
  assert.deepEqual(await judge({ cert: "x" }), [
    "error: Cannot use the client certificate as it must be PEM with at least one certificate: there is none",
  ]);
});

Deno.test("judgeCredentials() follows a chain to the CA", async () => {
  const issuer = await ca();
  const leaf = await issueLeaf(leafRequest(), issuer, context());
  const judged = await judgeCredentials(
    { cert: leaf.cert + issuer.cert, ca: issuer.cert },
    { wallMs: NOW_MS, what: "certificate" },
  );
  assert.deepEqual([judged.chain.length, judged.problems], [2, []]);
  const marked = await judgeCredentials({ cert: leaf.cert, ca: leaf.cert }, { wallMs: NOW_MS, what: "certificate" });
  assert.match(marked.problems[0]!.text, /must be signed by the CA "CN=pi1": it is signed by "CN=House CA"/);
});

Deno.test("readRevocations() reads back what issueRevocations() signed", async () => {
  const issuer = await ca();
  const entries = [
    { serialNumber: "0a", revokedMs: NOW_MS, reason: "keyCompromise" as const },
    { serialNumber: "7f".repeat(16), revokedMs: NOW_MS + 1_000 },
  ];
  const list = await readRevocations(await issueRevocations(entries, issuer, NOW_MS), issuer.cert);
  assert.deepEqual(list, {
    issuer: "CN=House CA",
    madeMs: NOW_MS,
    nextMs: NOW_MS + 3_650 * DAY_MS,
    entries,
  });
  assert.deepEqual((await readRevocations(await issueRevocations([], issuer, NOW_MS), issuer.cert)).entries, []);
});

Deno.test("keyModeProblems() warns of keys that others may read", () => {
  assert.deepEqual([0o600, 0o400].flatMap((mode) => keyModeProblems("/k", mode)), []);
  assert.match(keyModeProblems("/k", 0o640)[0]!.text, /its mode is 0640, so that its group may use it/);
  assert.match(keyModeProblems("/k", 0o644)[0]!.text, /its mode is 0644, so that everybody may use it/);
});

Deno.test("pemText() and pemBlocks() turn each other around", () => {
  const der = Uint8Array.from({ length: 100 }, (_, at) => at);
  const text = pemText("CERTIFICATE", der);
  assert.ok(text.split("\n").every((line) => line.length <= 64));
  assert.deepEqual(pemBlocks("CERTIFICATE", `bag attributes\r\n${text}${text}`), [der, der]);
  assert.deepEqual(firstPemBlock("CERTIFICATE", text.replaceAll("\n", "\r\n"), "x"), der);
  assert.throws(() => firstPemBlock("X509 CRL", text, "list"), OutsideDataError);
});

Deno.test("sshPublicKey() writes the point of the key as RFC 5656 has it", async () => {
  const { publicKey, cert } = await ca();
  const [type, base64] = sshPublicKey(publicKey).trim().split(" ");
  assert.equal(type, "ecdsa-sha2-nistp256");
  const blob = atob(base64!);
  assert.equal(blob.slice(0, 4 + 19 + 4 + 8), "\0\0\0\x13ecdsa-sha2-nistp256\0\0\0\x08nistp256");
  const jwk = createPublicKey(cert).export({ format: "jwk" });
  assert.equal(btoa(blob.slice(-64, -32)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, ""), jwk.x);
  assert.equal((await certificateInfo(readCertificates(cert)[0]!)).key, "EC P-256");
});
