import { strict as assert } from "node:assert";
import { checkTls, readTlsFiles } from "../../../src/transports/tls_preflight.ts";
import { makeCertificates } from "../../support/certificates.ts";

function texts(problems: readonly { readonly text: string }[]): string[] {
  return problems.map((problem) => problem.text);
}

Deno.test("checkTls() finds nothing when certificate, key and CA fit", async () => {
  using made = await makeCertificates();
  const { cert, key } = made.client;
  assert.deepEqual(checkTls({ ca: made.ca, cert, key }, Date.now()), []);
  assert.deepEqual(checkTls({ ca: made.ca }, Date.now()), []);
  const encrypted = { ca: made.ca, cert, key: made.encryptedKey, passphrase: made.passphrase };
  assert.deepEqual(checkTls(encrypted, Date.now()), []);
});

Deno.test("checkTls() names every problem when certificates and keys are bad", async () => {
  using made = await makeCertificates();
  const { ca, client, mismatchedClient, v1Client, expiredClient, encryptedKey } = made;
  const nowMs = Date.parse("2030-06-01T00:00:00Z");
  const found = {
    mismatched: texts(checkTls({ ca, cert: mismatchedClient.cert, key: mismatchedClient.key }, 0)),
    v1: texts(checkTls({ ca, cert: v1Client.cert, key: v1Client.key }, 0)),
    expiredButClockUnknown: texts(checkTls({ ca, cert: expiredClient.cert, key: expiredClient.key }, 0)),
    expired: texts(checkTls({ ca: "", cert: expiredClient.cert, key: expiredClient.key }, nowMs)),
    alone: texts(checkTls({ ca, cert: client.cert }, 0)),
    locked: texts(checkTls({ ca, cert: client.cert, key: encryptedKey }, 0)),
    notPem: texts(checkTls({ ca, cert: "x", key: "y" }, 0)),
    notCa: checkTls({ ca: client.cert }, 0),
  };
  const notCa = 'Cannot trust "CN=hearth" to sign others as it must be marked as a CA: it is not';
  const expired = "it expired at 2020-02-01T00:00:00Z, and the clock says 2030-06-01T00:00:00Z";
  assert.deepEqual(found, {
    mismatched: [
      'Cannot use the client key as it must belong to the client certificate "CN=hearth": its public key is another',
    ],
    v1: ["Cannot use the client certificate as it must be X.509 version 3: it is version 1"],
    expiredButClockUnknown: [],
    expired: [
      "Cannot use the CA certificate as it must be PEM with at least one certificate: there is none",
      `Cannot use the client certificate "CN=hearth" as it must be valid now: ${expired}`,
    ],
    alone: ["Cannot use a client certificate as it must come with its key: there is only a certificate"],
    locked: ["Cannot use the client key as an encrypted key must come with its passphrase: there is none"],
    notPem: [
      "Cannot use the client certificate as it must be PEM with at least one certificate: there is none",
      "Cannot use the client key as it must be PEM with a private key: there is none",
    ],
    notCa: [{ level: "warning", item: "ca", text: notCa }],
  });
});

Deno.test("readTlsFiles() names setting and path of every file when files are missing", async () => {
  using made = await makeCertificates();
  const read = readTlsFiles({
    ca: { setting: "CA", path: made.caPath },
    cert: { setting: "CERT", path: `${made.folder}/no.crt` },
    key: { setting: "KEY", path: `${made.folder}/no.key` },
  });
  const must = "it must be a readable file: there is no such file";
  assert.deepEqual(read, {
    problems: [
      {
        level: "error",
        item: "cert",
        text: `Cannot read client certificate "${made.folder}/no.crt" (setting CERT) as ${must}`,
      },
      { level: "error", item: "key", text: `Cannot read client key "${made.folder}/no.key" (setting KEY) as ${must}` },
    ],
  });
  assert.deepEqual(readTlsFiles({ ca: { setting: "CA", path: made.caPath } }), {
    texts: { ca: made.ca },
    problems: [],
  });
});

Deno.test("readTlsFiles() reads a private key that others may read, and warns of it", async () => {
  using made = await makeCertificates();
  const { certPath, keyPath, cert, key } = made.client;
  const files = {
    ca: { setting: "CA", path: made.caPath },
    cert: { setting: "CERT", path: certPath },
    key: { setting: "KEY", path: keyPath },
  };
  assert.deepEqual(readTlsFiles(files).problems, []);
  Deno.chmodSync(keyPath, 0o640);
  const read = readTlsFiles(files);
  assert.deepEqual(read.texts, { ca: made.ca, cert, key });
  const must = "should be readable by its owner alone";
  const text = `Private key "${keyPath}" (setting KEY) ${must}: its mode is 0640`;
  assert.deepEqual(read.problems, [{ level: "warning", item: "key", text }]);
});
