import { strict as assert } from "node:assert";
import { EXIT } from "../../../src/core/exit_codes.ts";
import { type Certificates, makeCertificates } from "../../support/certificates.ts";
import { runEnv } from "../../support/hearth_house.ts";
import type { LiveObject } from "../../support/hearth_output.ts";
import { runHearth, startHearth, temporaryFolder } from "../../support/hearth_process.ts";
import { startMosquitto } from "../../support/mosquitto.ts";
import { openProbe } from "./_rig.ts";

const PASSWORD_SETTING = "SCADA_GRIDWORKS_MQTT__TLS__KEYFILE_PASSWORD";

function server(made: Certificates) {
  const { certPath, keyPath } = made.server;
  return startMosquitto({ tls: { caPath: made.caPath, certPath, keyPath }, requireCertificate: true });
}

/** Settings with the good client's certificate and its key as it lies encrypted on the disk. */
function encryptedEnv(made: Certificates, port: number): Readonly<Record<string, string>> {
  const client = { certPath: made.client.certPath, keyPath: `${made.folder}/encrypted.key` };
  return runEnv({ port, certificates: made, client });
}

Deno.test("mqttConnection() shows its certificate to a broker that requires one when its key is encrypted", async () => {
  using made = await makeCertificates();
  await using broker = await server(made);
  const { ca, client: { cert }, encryptedKey: key, passphrase } = made;
  await using one = openProbe({ port: broker.port, tls: { ca, cert, key, passphrase } });
  one.effect({ kind: "connect" });
  await one.nth("connected", 1);
  one.effect({ kind: "subscribe", id: 1, topics: ["a"] });
  assert.deepEqual(await one.nth("suback", 1), { kind: "suback", connection: "c", id: 1, refused: [] });
});

Deno.test("hearth run connects with an encrypted key and the password of the setting", async () => {
  using made = await makeCertificates();
  using folder = temporaryFolder();
  await using broker = await server(made);
  const env = { ...encryptedEnv(made, broker.port), [PASSWORD_SETTING]: made.passphrase };
  await using agent = startHearth(["run", "--json"], { folder: folder.path, env });
  await agent.until("a link that waits for its peer only", () => {
    const { links = [] } = agent.json<LiveObject>().at(-1) ?? {};
    return links.some(({ name, state }) => name === "gridworks_mqtt" && state === "awaiting_peer");
  });
  const end = await agent.stop();
  assert.equal(end.code, EXIT.ok, end.stderr);
  assert.match(await broker.log(), /New client connected from 127\.0\.0\.1.*u'hearth'/);
  assert.ok(!(end.stdout + end.stderr).includes(made.passphrase), "the password is never printed");
});

Deno.test("hearth run and hearth check refuse an encrypted key when its password is missing or wrong", async () => {
  using made = await makeCertificates();
  using folder = temporaryFolder();
  const env = encryptedEnv(made, 1);
  const wrong = "not the password";
  const cases = [
    [
      {},
      /gridworks_mqtt: Cannot use the client key as an encrypted key must come with its passphrase: there is none \(setting [A-Z_]*PRIVATE_KEY_PATH, [A-Z_]*__TLS__KEYFILE_PASSWORD\)/,
    ],
    [{ [PASSWORD_SETTING]: wrong }, /gridworks_mqtt: Cannot use the client key as .*/],
  ] as const;
  for (const [more, text] of cases) {
    for (const command of ["run", "check"]) {
      const end = await runHearth([command], { folder: folder.path, env: { ...env, ...more } });
      assert.equal(end.code, EXIT.configuration, end.stdout + end.stderr);
      assert.match(end.stdout + end.stderr, text);
      assert.ok(!(end.stdout + end.stderr).includes(wrong), "the password is never printed");
    }
  }
});
