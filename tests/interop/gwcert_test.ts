/** Trees of the real gwcert: ours go on in them, and a broker with its certificates is one that our client takes. */
import { strict as assert } from "node:assert";
import { EXIT } from "../../src/core/exit_codes.ts";
import { openssl } from "../support/certificates.ts";
import { type HearthEnd, runHearth, temporaryFolder } from "../support/hearth_process.ts";
import { type Mosquitto, startMosquitto } from "../support/mosquitto.ts";
import { interopTest } from "./pair.ts";

const GWCERT = "import sys; from gwcert.__main__ import app; sys.argv[0] = 'gwcert'; app()";
const CERTS = "data/gridworks/ca/certs";

async function gwcert(python: string, folder: string, args: readonly string[]): Promise<void> {
  const env = { HOME: folder, XDG_DATA_HOME: `${folder}/data` };
  const { success, stdout, stderr } = await new Deno.Command(python, {
    args: ["-c", GWCERT, ...args],
    env,
    cwd: folder,
  })
    .output();
  assert.ok(success, new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr));
}

async function hearth(folder: string, args: readonly string[], code: number = EXIT.ok): Promise<HearthEnd> {
  const end = await runHearth(args, { folder });
  assert.equal(end.code, code, `hearth ${args.join(" ")}: ${end.stdout}${end.stderr}`);
  return end;
}

/** CA, key of a broker and key of a client, all made by gwcert. */
async function gwcertTree(python: string, folder: string): Promise<void> {
  await gwcert(python, folder, ["ca", "create", "GW CA"]);
  await gwcert(python, folder, ["key", "add", "broker", "--dns", "localhost"]);
  await gwcert(python, folder, ["key", "add", "client"]);
}

async function startBroker(folder: string, more: readonly string[] = []): Promise<Mosquitto> {
  const own = `${folder}/${CERTS}/broker`;
  return await startMosquitto({
    tls: { caPath: `${own}/ca.crt`, certPath: `${own}/broker.crt`, keyPath: `${own}/private/broker.pem` },
    requireCertificate: true,
    more: [...more],
  });
}

interopTest(
  "our client takes a broker of gwcert, and the broker takes a key of gwcert, placed by key install",
  async (python) => {
    using folder = temporaryFolder();
    await gwcertTree(python, folder.path);
    await hearth(folder.path, ["key", "install", `${CERTS}/client`, "--link", "gridworks_mqtt"]);
    await using broker = await startBroker(folder.path);
    const check = ["tls", "check", `localhost:${broker.port}`, "--link", "gridworks_mqtt"];
    const { stdout } = await hearth(folder.path, check);
    assert.match(stdout, /MQTT: connected/);
    assert.match(stdout, /for {9}anything \(it does not say\)/);
  },
);

interopTest("ca info, key ls and key info read a tree of gwcert and name what is unsafe in it", async (python) => {
  using folder = temporaryFolder();
  await gwcertTree(python, folder.path);
  const info = JSON.parse((await hearth(folder.path, ["ca", "info", "--json"])).stdout);
  assert.equal(info.certificate.subject, "CN=GW CA");
  assert.deepEqual(info.keys, ["broker", "client"]);
  assert.match(info.problems[0].text, /ca_key\.pem" should be readable by its owner alone: its mode is 0644/);
  const { keys } = JSON.parse((await hearth(folder.path, ["key", "ls", "--json"])).stdout);
  assert.deepEqual(
    keys.map(({ name, key, state }: Record<string, string>) => [name, key, state]),
    [["broker", "RSA 2048", "ok"], ["client", "RSA 2048", "ok"]],
  );
  const key = JSON.parse((await hearth(folder.path, ["key", "info", "client", "--json"])).stdout);
  assert.deepEqual([key.certificate.dns, key.problems], [["client"], []]);
});

interopTest("key add, renew and revoke go on in a tree of gwcert", async (python) => {
  using folder = temporaryFolder();
  await gwcertTree(python, folder.path);
  await hearth(folder.path, ["key", "add", "client"], EXIT.configuration);
  await hearth(folder.path, ["key", "add", "pi1"]);
  await hearth(folder.path, ["key", "renew", "client"]);
  await hearth(folder.path, ["key", "renew", "broker", "--dns", "localhost", "--ip", "127.0.0.1", "--new-key"]);
  const certs = `${folder.path}/${CERTS}`;
  // The CA of gwcert itself is not what -x509_strict asks of one.
  for (const name of ["pi1", "client", "broker"]) {
    await openssl(certs, "verify", "-CAfile", "../ca.crt", `${name}/${name}.crt`);
  }
  assert.equal(Deno.statSync(`${certs}/broker/broker.crt.previous`).isFile, true);
  const lost = await hearth(folder.path, ["key", "revoke", "client"]);
  assert.match(lost.stdout, /^revoked [0-9a-f]+ revoked at/);
  await using broker = await startBroker(folder.path, [`crlfile ${folder.path}/data/gridworks/ca/ca.crl`]);
  const shown = (name: string) => [
    ...["tls", "check", `mqtts://127.0.0.1:${broker.port}`, "--ca", `${CERTS}/${name}/ca.crt`],
    ...["--cert", `${CERTS}/${name}/${name}.crt`, "--key", `${CERTS}/${name}/private/${name}.pem`],
  ];
  await hearth(folder.path, shown("pi1"));
  const refused = await hearth(folder.path, shown("client"), EXIT.refused);
  assert.match(refused.stdout, /our client certificate is on its list of revoked ones/);
});

interopTest("gwcert goes on in a tree of ours", async (python) => {
  using folder = temporaryFolder();
  await hearth(folder.path, ["ca", "create", "House CA", "--rsa"]);
  await hearth(folder.path, ["key", "add", "pi1", "--rsa"]);
  await gwcert(python, folder.path, ["ca", "info"]);
  await gwcert(python, folder.path, ["key", "info", "pi1"]);
  await gwcert(python, folder.path, ["key", "add", "pi2"]);
  await openssl(`${folder.path}/${CERTS}`, "verify", "-CAfile", "../ca.crt", "pi2/pi2.crt");
});
