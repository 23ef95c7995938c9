import { strict as assert } from "node:assert";
import { EXIT } from "../../src/core/exit_codes.ts";
import { encodeEnvelope, pingPayload } from "../../src/protocol/mod.ts";
import { accountOf, generatedOf, ltnEnv, runEnv, runStorePath } from "../support/hearth_house.ts";
import { assertExact, type LiveObject } from "../support/hearth_output.ts";
import { type HearthProcess, startHearth, temporaryFolder } from "../support/hearth_process.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { PROBLEMS_PER_HOUR_MAX } from "./agent_targets.ts";
import { openPeer } from "./fuzz_peer.ts";
import { makeDice } from "./dice.ts";
import { readSeeds } from "./fuzz_seeds.ts";
import { bytesOf } from "./fuzz_target.ts";
import { makeSeed, mutated } from "./mutate.ts";

const INPUTS = Number(Deno.env.get("HEARTH_FUZZ_REAL_INPUTS") ?? 2_000);
const SEED = Number(Deno.env.get("HEARTH_FUZZ_SEED") ?? 20_251_121);
/** Inputs between two pings, whose acks show that all before them was read. */
const BATCH = 50;
/** Resident memory at the end over that after a quarter of the inputs. */
const RSS_RATIO_MAX = 1.5;
const LTN = "hw1.isone.me.hearth.house0";

function last(agent: HearthProcess): LiveObject | undefined {
  return agent.json<LiveObject>().at(-1);
}

function pingBytes(messageId: string): Uint8Array {
  const header = { src: LTN, dst: "s", type: "gridworks.ping", messageId, ackRequired: true };
  return encodeEnvelope({ ...header, payload: pingPayload(messageId) });
}

Deno.test(`hearth run stays alive under ${INPUTS} fuzzed messages, and acks what is right among them`, async () => {
  using folder = temporaryFolder();
  await using broker = await startMosquitto();
  const options = { folder: folder.path, env: { ...runEnv(broker), ...ltnEnv(broker) } };
  await using ltn = startHearth(["ltn", "--json"], options);
  await using agent = startHearth(["run", "--json"], options);
  await agent.until("the first acks", () => (last(agent)?.acked ?? 0) >= 3);
  const { envelopes } = readSeeds(Deno.env.get("HEARTH_REFERENCE_DATA"));
  const seeds = envelopes.map((text) => makeSeed(text, true));
  let quarterRss = 0;
  {
    await using peer = await openPeer(broker.port);
    for (let number = 0; number < INPUTS; number++) {
      await peer.publish("gridworks-ping", bytesOf(mutated(seeds, makeDice(SEED, number))));
      if (number % BATCH !== BATCH - 1) continue;
      const id = `fuzz-${SEED}-${number}`;
      const acked = peer.acked(id);
      await peer.publish("gridworks-ping", pingBytes(id));
      await acked.catch((thrown: Error) => assert.fail(`${thrown.message}, after input ${number}:\n${agent.stderr}`));
      if (number < INPUTS / 4) quarterRss = agent.rssBytes();
    }
  }
  const ratio = agent.rssBytes() / quarterRss;
  assert.ok(ratio <= RSS_RATIO_MAX, `resident memory grew ${ratio.toFixed(2)} times`);
  const before = last(agent)!;
  await agent.until("acks of events after all that", () => last(agent)!.acked >= before.generated + 3);
  assert.equal(last(agent)?.restarts, 0, "no actor was restarted");
  assert.equal(last(agent)?.control?.top, "Auto", "nobody has taken the house over");
  const end = await agent.stop();
  assert.equal(end.code, EXIT.ok, end.stderr);
  assert.equal((await ltn.stop()).code, EXIT.ok);
  assert.ok(!end.stderr.includes("launcher.replaced"), end.stderr);
  const path = runStorePath(folder.path);
  const problems = generatedOf(path, "gridworks.event.problem");
  assert.ok(problems >= 1 && problems <= PROBLEMS_PER_HOUR_MAX, `${problems} problems recorded`);
  assertExact({ ...accountOf(path), applied: 0 });
});
