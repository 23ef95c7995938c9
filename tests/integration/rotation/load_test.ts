/** Certificates are replaced under load: no restart, one reconnect, and every event takes effect once. */
import { strict as assert } from "node:assert";
import { EXIT } from "../../../src/core/exit_codes.ts";
import { lookAtAgent, lookAtLtn } from "../../kill/store_look.ts";
import { writeLeaf } from "../../support/certificates.ts";
import { generatedOf, ltnEnv, ltnStorePath, runStorePath } from "../../support/hearth_house.ts";
import type { LiveObject } from "../../support/hearth_output.ts";
import { type HearthProcess, startHearth } from "../../support/hearth_process.ts";
import { LOAD_EVENTS } from "./load_size.ts";
import { assertOneLife, LINK, nthLine, RotationStage, untilState } from "./stage.ts";

const PROGRAM = "tests/integration/rotation/main.ts";
/** Events that have arrived before the files are replaced. */
const UNDER_WAY = 500;
/** Of a drain of all events on a machine that does other things, too, in ms. */
const DRAIN_MS_MAX = 120_000;

async function startLtn(stage: RotationStage): Promise<HearthProcess> {
  const client = await writeLeaf(stage.made.folder, "ltn", await stage.leaf({ commonName: "ltn" }));
  const env = ltnEnv({ port: stage.broker.port, certificates: stage.made, client });
  return startHearth(["ltn", "--json"], { folder: stage.folder, env, program: PROGRAM });
}

function received(ltn: HearthProcess): number {
  return ltn.json<LiveObject>().at(-1)?.received ?? 0;
}

Deno.test("certificate and key are replaced under 500 events a second: one reconnect, each event takes effect once", async () => {
  await using stage = await RotationStage.make();
  await using ltn = await startLtn(stage);
  await using agent = stage.startAgent(PROGRAM);
  await ltn.until(`${UNDER_WAY} events`, () => received(ltn) >= UNDER_WAY);
  const next = await stage.leaf();
  stage.rename({ cert: next.cert });
  stage.write({ key: next.key });
  await nthLine(agent, "connection.credentials_taken", 1);
  const atTaking = received(ltn);
  await ltn.until("events after the reconnect", () => received(ltn) > atTaking + UNDER_WAY);
  assert.ok(received(ltn) < LOAD_EVENTS, "the files were replaced while the load went on");
  const store = runStorePath(stage.folder);
  await agent.until("an empty store", () => {
    const { loadGenerated, pending } = lookAtAgent(store);
    return loadGenerated === LOAD_EVENTS && pending.every(({ load }) => load === undefined);
  }, DRAIN_MS_MAX);
  assertOneLife(agent);
  await untilState(agent, "active");
  assert.equal((await agent.stop()).code, EXIT.ok, agent.stderr);
  assert.equal((await ltn.stop()).code, EXIT.ok, ltn.stderr);
  const { ledger } = lookAtLtn(ltnStorePath(stage.folder), 0);
  assert.deepEqual(ledger, { events: LOAD_EVENTS, sum: LOAD_EVENTS * (LOAD_EVENTS + 1) / 2 });
  assert.equal(generatedOf(store, "gridworks.event.startup"), 1);
  assert.equal(generatedOf(store, "gridworks.event.comm.mqtt.connect"), 2);
  assert.equal(generatedOf(store, "gridworks.event.comm.mqtt.disconnect"), 1);
  const { ids, subscribed } = await stage.connects();
  const [first, trial, second] = ids;
  assert.deepEqual([ids.length, second], [3, first], `the link ${LINK} connects anew under its own id`);
  assert.deepEqual([subscribed.has(first!), subscribed.has(trial!)], [true, false], "the trial never subscribes");
});
