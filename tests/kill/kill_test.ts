import { strict as assert } from "node:assert";
import { EXIT } from "../../src/core/exit_codes.ts";
import { ltnEnv, runEnv, runStorePath } from "../support/hearth_house.ts";
import { temporaryFolder } from "../support/hearth_process.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { makeAudit } from "./audit.ts";
import { DEADLINE_MS, drain, killAll, look, type Scene } from "./kill_run.ts";
import { lookAtAgent } from "./store_look.ts";
import { makeVictim } from "./victim.ts";
import { tapWire } from "./wire_tap.ts";

/** Kills of each of the two. */
const KILLS = Number(Deno.env.get("HEARTH_KILLS") ?? 25);
const SEED = Number(Deno.env.get("HEARTH_KILL_SEED") ?? 1);
/** Least rate of the load in events a second, over all deaths and starts; a living agent makes 600. */
const RATE_MIN = 50;
/** A link that notices a dead peer sooner. */
const FASTER = { SCADA_PROACTOR__ACK_TIMEOUT_SECONDS: "1", LTN_PROACTOR__ACK_TIMEOUT_SECONDS: "1" };

async function killBoth(): Promise<void> {
  using temporary = temporaryFolder();
  const folder = temporary.path;
  await using broker = await startMosquitto({ more: ["max_queued_messages 0"] });
  await using wire = await tapWire(broker.port);
  const place = { port: broker.port };
  const env = { ...runEnv(place), ...ltnEnv(place), ...FASTER };
  await using agent = makeVictim({ command: "run", folder, env });
  await using ltn = makeVictim({ command: "ltn", folder, env });
  const scene: Scene = { folder, wire, audit: makeAudit(), agent, ltn, kills: KILLS, seed: SEED };
  const startedMs = performance.now();
  ltn.start();
  agent.start();
  await wire.until("the first acks", () => wire.acked.size > 0 && wire.sent.size > 0, DEADLINE_MS);
  const before = await killAll(scene);
  const killedS = (performance.now() - startedMs) / 1_000;
  const rate = lookAtAgent(runStorePath(folder)).loadGenerated / killedS;
  await drain(scene, before);
  assert.equal(await agent.stop(), EXIT.ok, agent.shown);
  assert.equal(await ltn.stop(), EXIT.ok, ltn.shown);
  const end = look(scene);
  assert.deepEqual(scene.audit.takeLast(end), [], `seed ${SEED}, at the end`);
  const text = `seed ${SEED}: ${agent.kills} + ${ltn.kills} kills in ${killedS.toFixed(0)} s, ` +
    `${end.agent.generated} events, ${scene.audit.applied} applied, ${
      rate.toFixed(0)
    } events/s over all deaths and starts\n`;
  Deno.stdout.writeSync(new TextEncoder().encode(text));
  assert.equal(agent.kills + ltn.kills, 2 * KILLS);
  assert.ok(rate >= RATE_MIN, `a load of ${rate} events/s`);
}

// The run of unit tests, which has this folder too, has no right to start programs.
if (Deno.permissions.querySync({ name: "run" }).state === "granted") {
  Deno.test(`a committed event is applied, once, when agent and LTN are killed ${KILLS} times each`, killBoth);
}
