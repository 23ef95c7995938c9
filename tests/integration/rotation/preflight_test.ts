/** What is looked at before files are tried: a CA file in the middle of a change of CAs, and the order of a chain. */
import { strict as assert } from "node:assert";
import { certificateDates } from "../../../src/transports/certificate_dates.ts";
import { checkTls } from "../../../src/transports/tls_preflight.ts";
import { issueCa } from "../../../src/keys/mod.ts";
import { issueAt, makeCa, makeLeaf } from "../../support/certificates.ts";

const DAY_MS = 86_400_000;

/** A CA that ends after `days`. */
async function shortCa(commonName: string, days: number) {
  return await issueCa({ commonName, days, kind: { kind: "ec" } }, issueAt(Date.now()));
}

Deno.test("checkTls() takes a CA file whose old CA has expired as long as it holds one that is valid", async () => {
  const old = await shortCa("old", 1);
  const next = await makeCa("next");
  const { cert, key } = await makeLeaf(next);
  const laterMs = Date.now() + 5 * DAY_MS;
  const both = checkTls({ ca: old.cert + next.cert, cert, key }, laterMs);
  assert.deepEqual(both.map(({ level, item }) => [level, item]), [["warning", "ca"]]);
  assert.match(both[0]!.text, /CA certificate "CN=old" as it must be valid now: it expired/);
  const alone = checkTls({ ca: old.cert, cert, key }, laterMs);
  assert.deepEqual(alone.map(({ level, item }) => [level, item]), [["error", "ca"]]);
});

Deno.test("checkTls() warns of a chain in which a certificate does not follow the one that it signed", async () => {
  const ca = await makeCa("ca");
  const other = await makeCa("other");
  const { cert, key } = await makeLeaf(ca);
  assert.deepEqual(checkTls({ ca: ca.cert, cert: cert + ca.cert, key }, Date.now()), []);
  const found = checkTls({ ca: ca.cert, cert: cert + other.cert, key }, Date.now());
  const text = 'Cannot use "CN=other" in the chain as it must follow a certificate that it has signed';
  assert.deepEqual(found, [{ level: "warning", item: "cert", text: `${text}: "CN=hearth" is before it` }]);
});

Deno.test("certificateDates() gives our own certificate first, then every CA, and leaves out what cannot be read", async () => {
  const ca = await makeCa("ca");
  const old = await shortCa("old", 1);
  const { cert } = await makeLeaf(ca, { days: 3 });
  const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  const dates = certificateDates({ ca: old.cert + broken + ca.cert, cert });
  assert.deepEqual(dates.map(({ item, subject }) => [item, subject]), [
    ["cert", "CN=hearth"],
    ["ca", "CN=old"],
    ["ca", "CN=ca"],
  ]);
  const [own] = dates;
  assert.ok(own!.notBeforeMs <= Date.now() && own!.notAfterMs > Date.now() + 2 * DAY_MS);
  assert.ok(own!.notAfterMs <= Date.now() + 3 * DAY_MS);
  assert.deepEqual(certificateDates({ ca: "nothing" }), []);
});
