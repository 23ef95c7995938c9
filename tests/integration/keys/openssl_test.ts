/** What we make, as openssl, mosquitto's own clients and Python's TLS see it. */
import { strict as assert } from "node:assert";
import fc from "fast-check";
import { EXIT } from "../../../src/core/exit_codes.ts";
import { BACKDATED_MS, DAY_MS, issueRevocations, type KeyKind, type Usage } from "../../../src/keys/mod.ts";
import { canonicalAddress, subjectNames } from "../../../src/keys/mod.ts";
import { makeCa, makeLeaf, openssl } from "../../support/certificates.ts";
import { runHearth, temporaryFolder } from "../../support/hearth_process.ts";
import { startMosquitto } from "../../support/mosquitto.ts";

const RUNS = 200;
const LOOPBACK = ["--dns", "localhost", "--ip", "127.0.0.1"];

/** Makes a tree with the commands themselves. @returns Its CA folder. */
async function tree(folder: string, kind: readonly string[]): Promise<string> {
  const lines = [
    ["ca", "create", "House CA", ...kind],
    ["key", "add", "broker", "--server", ...LOOPBACK, ...kind],
    ["key", "add", "client", ...kind],
    ["key", "add", "both", ...LOOPBACK, ...kind],
  ];
  for (const args of lines) {
    const { code, stderr } = await runHearth(args, { folder });
    assert.equal(code, EXIT.ok, stderr);
  }
  return `${folder}/data/gridworks/ca`;
}

for (const kind of [["--ec"], ["--rsa"], ["--rsa", "3072"]]) {
  Deno.test(`openssl takes keys and certificates made with ${kind.join(" ")}`, async () => {
    using folder = temporaryFolder();
    const ca = await tree(folder.path, kind);
    const strict = ["verify", "-x509_strict", "-CAfile", "ca.crt", "-CRLfile", "ca.crl", "-crl_check"];
    const broker = "certs/broker/broker.crt";
    const client = "certs/client/client.crt";
    const name = ["-verify_hostname", "localhost", "-verify_ip", "127.0.0.1"];
    await openssl(ca, ...strict, "-purpose", "sslserver", ...name, broker, "certs/both/both.crt");
    await openssl(ca, ...strict, "-purpose", "sslclient", client, "certs/both/both.crt");
    await assert.rejects(openssl(ca, ...strict, "-purpose", "sslclient", broker), /certificate purpose/);
    await assert.rejects(openssl(ca, ...strict, "-purpose", "sslserver", client), /certificate purpose/);
    await openssl(ca, "req", "-verify", "-noout", "-in", "certs/client/client.csr");
    const fromKey = await openssl(ca, "pkey", "-in", "certs/client/private/client.pem", "-pubout");
    assert.equal(await openssl(ca, "x509", "-in", client, "-noout", "-pubkey"), fromKey);
    assert.match(
      await openssl(ca, "x509", "-in", client, "-noout", "-text"),
      kind[0] === "--ec" ? /prime256v1/ : /rsaEncryption/,
    );
    const isCa = await openssl(
      ca,
      "x509",
      "-in",
      "ca.crt",
      "-noout",
      "-ext",
      "basicConstraints,keyUsage,subjectKeyIdentifier",
    );
    assert.match(isCa, /Basic Constraints: critical\s+CA:TRUE, pathlen:0/);
    assert.match(isCa, /Key Usage: critical\s+Certificate Sign, CRL Sign/);
    assert.match(isCa, /Subject Key Identifier/);
  });
}

/** Publishes and reads back with mosquitto's own programs. */
async function mosquittoClient(program: "mosquitto_pub" | "mosquitto_sub", ca: string, port: number, more: string[]) {
  const files = ["--cafile", `${ca}/ca.crt`, "--cert", `${ca}/certs/client/client.crt`];
  const key = ["--key", `${ca}/certs/client/private/client.pem`];
  const args = ["-h", "localhost", "-p", `${port}`, "-q", "1", "-t", "a", ...files, ...key, ...more];
  const { success, stdout, stderr } = await new Deno.Command(program, { args }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

const PYTHON_CLIENT = `
import socket, ssl, sys
ca, port = sys.argv[1], int(sys.argv[2])
context = ssl.create_default_context(cafile=ca + "/ca.crt")
context.verify_flags |= ssl.VERIFY_X509_STRICT
context.load_cert_chain(ca + "/certs/client/client.crt", ca + "/certs/client/private/client.pem")
for host in ("localhost", "127.0.0.1"):
    with context.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname=host) as tls:
        tls.sendall(bytes([0x10, 13, 0, 4]) + b"MQTT" + bytes([4, 2, 0, 0, 0, 1]) + b"p")
        print(host, tls.version(), tls.recv(4).hex())
`;

Deno.test("mosquitto's own clients and Python's ssl connect with what we make", async () => {
  using folder = temporaryFolder();
  const ca = await tree(folder.path, ["--ec"]);
  const server = `${ca}/certs/broker`;
  await using broker = await startMosquitto({
    tls: { caPath: `${ca}/ca.crt`, certPath: `${server}/broker.crt`, keyPath: `${server}/private/broker.pem` },
    requireCertificate: true,
    more: [`crlfile ${ca}/ca.crl`],
  });
  await mosquittoClient("mosquitto_pub", ca, broker.port, ["-r", "-m", "warm"]);
  assert.equal(await mosquittoClient("mosquitto_sub", ca, broker.port, ["-C", "1", "-W", "20"]), "warm\n");
  const python = await new Deno.Command("python3", { args: ["-c", PYTHON_CLIENT, ca, `${broker.port}`] }).output();
  assert.ok(python.success, new TextDecoder().decode(python.stderr));
  assert.equal(
    new TextDecoder().decode(python.stdout),
    "localhost TLSv1.3 20020000\n127.0.0.1 TLSv1.3 20020000\n",
  );
  assert.match(await broker.log(), /u'client'/);
});

Deno.test("openssl sees a revoked certificate in the list that hearth key revoke writes", async () => {
  using folder = temporaryFolder();
  const ca = await tree(folder.path, ["--ec"]);
  const { code, stderr } = await runHearth(["key", "revoke", "client", "--reason", "keyCompromise"], {
    folder: folder.path,
  });
  assert.equal(code, EXIT.ok, stderr);
  const check = ["verify", "-x509_strict", "-CAfile", "ca.crt", "-CRLfile", "ca.crl", "-crl_check"];
  await assert.rejects(openssl(ca, ...check, "certs/client/client.crt"), /certificate revoked/);
  await openssl(ca, ...check, "certs/both/both.crt");
  assert.match(await openssl(ca, "crl", "-in", "ca.crl", "-noout", "-text"), /Key Compromise/);
});

const label = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?$/);
const dnsName = fc.array(label, { minLength: 2, maxLength: 4 }).map((labels) => `h${labels.join(".")}`);
// RSA keys take seconds to make, so that few are asked for.
const keyKind: fc.Arbitrary<KeyKind> = fc.oneof(
  { weight: 24, arbitrary: fc.constant<KeyKind>({ kind: "ec" }) },
  { weight: 1, arbitrary: fc.constantFrom<KeyKind[]>({ kind: "rsa", bits: 2_048 }, { kind: "rsa", bits: 3_072 }) },
);
const request = fc.record({
  commonName: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 ,+"\\=<>;#äß.-]{0,30}[A-Za-z0-9]$/),
  dns: fc.array(dnsName, { minLength: 1, maxLength: 5 }),
  ips: fc.array(fc.oneof(fc.ipV4(), fc.ipV6()), { maxLength: 4 }),
  days: fc.integer({ min: 1, max: 20_000 }),
  key: keyKind,
  usages: fc.constantFrom<(readonly Usage[])[]>(["client"], ["server"], ["client", "server"]),
});

/** Addresses as openssl prints them: IPv6 in full, without leading zeros. */
function addressText(text: string): string {
  if (!text.includes(":")) return text;
  const [head = "", tail] = canonicalAddress(text).split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? [] : Array<string>(8 - left.length - right.length).fill("0");
  return [...left, ...zeros, ...right].map((group) => group.toUpperCase()).join(":");
}

Deno.test(`openssl reads back what was asked for, in ${RUNS} random requests`, async () => {
  using folder = temporaryFolder();
  const ca = await makeCa("Property CA");
  await Deno.writeTextFile(`${folder.path}/ca.crt`, ca.cert);
  await Deno.writeTextFile(`${folder.path}/ca.crl`, await issueRevocations([], ca, Date.now()));
  const property = fc.asyncProperty(request, async ({ commonName, dns, ips, days, key, usages }) => {
    const atMs = Date.now();
    const names = subjectNames(commonName, dns, ips);
    const leaf = await makeLeaf(ca, { commonName, names, usages, days, key, atMs });
    await Deno.writeTextFile(`${folder.path}/a.crt`, leaf.cert);
    const text = await openssl(
      folder.path,
      "x509",
      "-in",
      "a.crt",
      "-noout",
      "-text",
      "-nameopt",
      "utf8,sep_multiline",
    );
    const dates = await openssl(folder.path, "x509", "-in", "a.crt", "-noout", "-dates");
    const subject = await openssl(folder.path, "x509", "-in", "a.crt", "-noout", "-subject", "-nameopt", "utf8,sname");
    assert.equal(subject.trim().replace(/^subject=\s*/, ""), `CN=${commonName}`);
    const san = /Subject Alternative Name: \n\s+(.*)/.exec(text)?.[1]?.split(", ") ?? [];
    assert.deepEqual(san, [
      ...new Set(dns.map((name) => `DNS:${name}`)),
      ...new Set(ips.map((ip) => `IP Address:${addressText(ip)}`)),
    ]);
    const [fromMs, untilMs] = dates.trim().split("\n").map((line) => Date.parse(line.slice(line.indexOf("=") + 1)));
    const nowMs = Math.floor(atMs / 1_000) * 1_000;
    assert.deepEqual([fromMs, untilMs], [nowMs - BACKDATED_MS, nowMs + days * DAY_MS]);
    const bits = key.kind === "ec" ? "256" : `${key.bits}`;
    assert.match(text, new RegExp(`Public-Key: \\(${bits} bit\\)`));
    const uses = { client: "TLS Web Client Authentication", server: "TLS Web Server Authentication" };
    assert.equal(/Extended Key Usage: \n\s+(.*)/.exec(text)?.[1], usages.map((usage) => uses[usage]).join(", "));
    await openssl(
      folder.path,
      "verify",
      "-x509_strict",
      "-CAfile",
      "ca.crt",
      "-CRLfile",
      "ca.crl",
      "-crl_check",
      "a.crt",
    );
  });
  await fc.assert(property, { numRuns: RUNS });
});
