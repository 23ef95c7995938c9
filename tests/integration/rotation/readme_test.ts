/** The README's commands that renew certificates, as they stand there, on a running house. */
import { strict as assert } from "node:assert";
import { setTimeout as sleep } from "node:timers/promises";
import { EXIT } from "../../../src/core/exit_codes.ts";
import { repositoryPath, runHearth, startHearth, temporaryFolder } from "../../support/hearth_process.ts";
import { startMosquitto } from "../../support/mosquitto.ts";
import { assertOneLife, LINK, logLines, nthLine, untilState } from "./stage.ts";

const README = Deno.readTextFileSync(repositoryPath("README.md"));
const HOST = "localhost";
const DAY_MS = 86_400_000;
/** Of the broker's answer to SIGHUP, in ms. */
const RELOAD_MS = 500;

/** The `hearth` commands below a line of the README's shell blocks, up to an empty line; without remarks. */
function commandsBelow(line: string): readonly (readonly string[])[] {
  const [, after = ""] = README.split(`${line}\n`);
  const [block = ""] = after.split(/\n\n|\n```/);
  return block.split("\n").filter((one) => one.startsWith("hearth "))
    .map((one) => one.replace(/\s+#.*$/, "").split(" ").slice(1));
}

Deno.test("README: a certificate is renewed on a running house, with one reconnect each time", async () => {
  using temporary = temporaryFolder();
  const folder = temporary.path;
  const certsDir = `${folder}/config/gridworks/scada/certs`;
  const hearth = async (...args: readonly string[]) => {
    const end = await runHearth(args.map((word) => word.replace("~/.config", `${folder}/config`)), { folder });
    assert.equal(end.code, EXIT.ok, `hearth ${args.join(" ")}: ${end.stderr}`);
    return end.stdout;
  };
  await hearth("ca", "create", "House CA");
  await hearth("key", "add", "mosquitto", "--server", "--dns", HOST, "--days", "2");
  await hearth("key", "add", LINK, "--days", "2");
  await hearth("key", "add", LINK, "--certs-dir", certsDir, "--days", "2");
  const broker = `${folder}/data/gridworks/ca/certs/mosquitto`;
  const tls = {
    caPath: `${broker}/ca.crt`,
    certPath: `${broker}/mosquitto.crt`,
    keyPath: `${broker}/private/mosquitto.pem`,
  };
  await using mosquitto = await startMosquitto({ tls, requireCertificate: true });
  const env = {
    SCADA_IS_SIMULATED: "true",
    SCADA_GRIDWORKS_MQTT__HOST: HOST,
    SCADA_GRIDWORKS_MQTT__TLS__PORT: `${mosquitto.port}`,
    SCADA_GRIDWORKS_MQTT__TLS__POLL_SECONDS: "0.2",
  };
  const layout = repositoryPath("layouts/simple_house.json");
  await using agent = startHearth(["run", "--layout", layout, "--json"], { folder, env });
  await untilState(agent, "awaiting_peer");

  const here = commandsBelow("# the CA is on this machine, and the key was made with --certs-dir");
  assert.equal(here.length, 1);
  await hearth(...here[0]!);
  const { subject, until = "" } = await nthLine(agent, "connection.credentials_taken", 1);
  assert.deepEqual([subject, Date.parse(until) - Date.now() > 800 * DAY_MS], [`CN=${LINK}`, true]);
  await untilState(agent, "awaiting_peer");

  const carried = commandsBelow(
    "# the CA is elsewhere: the first two there, then carry the archive over, then the last one on the device",
  );
  assert.deepEqual(carried.map(([, verb]) => verb), ["renew", "bundle", "install"]);
  for (const command of carried) await hearth(...command);
  await nthLine(agent, "connection.credentials_taken", 2);
  await untilState(agent, "awaiting_peer");

  const url = `mqtts://${HOST}:${mosquitto.port}`;
  const before = await hearth("tls", "check", url, "--link", LINK);
  await hearth("key", "renew", "mosquitto");
  mosquitto.signal("SIGHUP");
  await sleep(RELOAD_MS);
  const after = await hearth("tls", "check", url, "--link", LINK);
  assert.match(before, /[12] days left/);
  assert.match(after, /82[345] days left/, "the broker shows its new certificate");

  assert.deepEqual(logLines(agent, "connection.credentials_refused"), []);
  assertOneLife(agent);
  assert.equal((await agent.stop()).code, EXIT.ok, agent.stderr);
  const log = await mosquitto.log();
  const connects = [...log.matchAll(/New client connected from \S+ as (?!hearth-tls-check)(\S+) /g)].map(([, id]) =>
    id
  );
  assert.equal(connects.length, 5, "one link, two trials, two reconnects");
  assert.equal(connects.filter((id) => id === connects[0]).length, 3);
});
