/** The check of the broker's name: on unless a setting says otherwise, which is said at each start. */
import { strict as assert } from "node:assert";
import { EXIT } from "../../../src/core/exit_codes.ts";
import { makeLeaf, writeLeaf } from "../../support/certificates.ts";
import { runHearth, startHearth } from "../../support/hearth_process.ts";
import { startMosquitto } from "../../support/mosquitto.ts";
import { openProbe } from "../transports/_rig.ts";
import { LINK, nthLine, RotationStage, untilState } from "./stage.ts";

const OFF = { SCADA_GRIDWORKS_MQTT__TLS__CHECK_HOSTNAME: "false" };
const WARNING =
  /gridworks_mqtt: Cannot tell broker "127\.0\.0\.1" from other servers of its CA as the name in its certificate must be checked: found SCADA_GRIDWORKS_MQTT__TLS__CHECK_HOSTNAME=false/;

/** A broker whose certificate is of the right CA, but for another name. */
async function brokerElsewhere(stage: RotationStage) {
  const names = { dns: ["elsewhere.example"], ips: [] };
  const leaf = await makeLeaf(stage.ca, { commonName: "elsewhere.example", names, usages: ["server"] });
  const { certPath, keyPath } = await writeLeaf(stage.made.folder, "elsewhere", leaf);
  return await startMosquitto({ tls: { caPath: stage.made.caPath, certPath, keyPath }, requireCertificate: true });
}

Deno.test("mqttConnection() checks the broker's name unless told otherwise, and its CA in any case", async () => {
  await using stage = await RotationStage.make();
  await using broker = await brokerElsewhere(stage);
  const { ca, otherCa, client: { cert, key } } = stage.made;
  for (const host of ["localhost", "127.0.0.1"]) {
    await using checked = openProbe({ host, port: broker.port, tls: { ca, cert, key } });
    await using unchecked = openProbe({ host, port: broker.port, tls: { ca, cert, key, checkHostname: false } });
    await using foreign = openProbe({ host, port: broker.port, tls: { ca: otherCa, cert, key, checkHostname: false } });
    for (const probe of [checked, unchecked, foreign]) probe.effect({ kind: "connect" });
    assert.equal((await checked.nth("connect_failed", 1)).refusal, "tls");
    await unchecked.nth("connected", 1);
    assert.equal((await foreign.nth("connect_failed", 1)).refusal, "tls");
  }
});

Deno.test("hearth run takes a broker of another name when the check is off, and hearth check and the log say so", async () => {
  await using stage = await RotationStage.make();
  await using broker = await brokerElsewhere(stage);
  const { folder } = stage;
  const env = { ...stage.env, SCADA_GRIDWORKS_MQTT__TLS__PORT: `${broker.port}`, ...OFF };
  const checked = await runHearth(["check"], { folder, env });
  assert.equal(checked.code, EXIT.ok, checked.stdout + checked.stderr);
  assert.match(checked.stdout + checked.stderr, WARNING);
  await using agent = startHearth(["run", "--json"], { folder, env });
  const line = await nthLine(agent, "connection.hostname_unchecked", 1);
  assert.deepEqual([line.level, line.connection], ["warn", LINK]);
  await untilState(agent, "awaiting_peer");
  assert.match(agent.stderr, WARNING);

  // New files are tried and taken under the same rule.
  stage.rename(await stage.leaf());
  await nthLine(agent, "connection.credentials_taken", 1);
  await agent.stop();
});
