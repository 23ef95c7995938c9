/** Files are replaced while the broker is away, below a symbolic link, and of the LTN. */
import { strict as assert } from "node:assert";
import { ltnEnv } from "../../support/hearth_house.ts";
import { startHearth } from "../../support/hearth_process.ts";
import { liveOn, logLines, nthLine, RotationStage, untilState } from "./stage.ts";

/** Seconds after which replaced files have kept still and were judged. */
const JUDGED_AFTER = 5;

/** Names of the certificates that clients showed the broker, in order. */
async function shownNames(stage: RotationStage): Promise<readonly string[]> {
  const log = await stage.broker.log();
  return [...log.matchAll(/New client connected from \S+ as \S+ \(.*u'([^']*)'/g)].map((found) => found[1]!);
}

Deno.test("files that are replaced while the broker is away are used by the next connect, without a trial", async () => {
  await using stage = await RotationStage.make();
  await using agent = stage.startAgent();
  await untilState(agent, "awaiting_peer");
  await stage.broker.kill();
  stage.rename(await stage.leaf({ commonName: "renewed" }));
  await liveOn(agent, JUDGED_AFTER);
  assert.deepEqual(logLines(agent, "connection.credentials_taken"), [], "nothing is taken before a broker accepts it");
  await stage.broker.restart();
  await nthLine(agent, "connection.credentials_taken", 1);
  await untilState(agent, "awaiting_peer");
  assert.deepEqual(await shownNames(stage), ["hearth", "renewed"]);
  assert.deepEqual(logLines(agent, "connection.credentials_refused"), []);
  await agent.stop();
});

Deno.test("hearth ltn takes over files to which a symbolic link is turned, with read of the links alone", async () => {
  await using stage = await RotationStage.make();
  const { folder, files, made } = stage;
  const archive = `${folder}/archive`;
  for (const name of ["1", "2"]) {
    Deno.mkdirSync(`${archive}/${name}`, { recursive: true });
    const leaf = await stage.leaf({ commonName: `ltn ${name}` });
    Deno.writeTextFileSync(`${archive}/${name}/cert`, leaf.cert);
    Deno.writeTextFileSync(`${archive}/${name}/key`, leaf.key, { mode: 0o600 });
  }
  function turn(name: string): void {
    for (const item of ["cert", "key"] as const) {
      Deno.symlinkSync(`${archive}/${name}/${item}`, `${files[item]}.new`);
      Deno.renameSync(`${files[item]}.new`, files[item]);
    }
  }
  turn("1");
  const client = { certPath: files.cert, keyPath: files.key };
  const place = { port: stage.broker.port, certificates: { caPath: files.ca, client: made.client }, client };
  const env = { ...ltnEnv(place), LTN_SCADA_MQTT__TLS__POLL_SECONDS: "0.2" };
  await using ltn = startHearth(["ltn", "--json"], { folder, env });
  await ltn.until("the first link", () => ltn.stdout.includes("awaiting_peer"));
  turn("2");
  await nthLine(ltn, "connection.credentials_taken", 1);
  await liveOn(ltn, 2);
  assert.deepEqual(await shownNames(stage), ["ltn 1", "ltn 2", "ltn 2"], "first, trial, and the link again");
  await ltn.stop();
});
