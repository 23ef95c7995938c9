import { strict as assert } from "node:assert";
import type { Planted } from "./ground.ts";
import type { Scenario } from "./scenario.ts";
import { SCENARIOS } from "./scenarios.ts";
import { simulatedGround } from "./simulated_ground.ts";
import { makeStage } from "./stage.ts";

/** Each scenario is played with these seeds: latencies and so the order of things differ. */
const SEEDS = Array.from({ length: 10 }, (_, n) => n + 1);
const KILLED = "Events in flight outlive a kill and count once (corrected)";
const LATE_PARENT = "The ping that a late parent missed does not cost the link that it made active (corrected)";
/** Bugs that a peer may have, and a scenario that must find each. */
const PLANTED: readonly (readonly [string, Planted, string])[] = [
  ["memory_in_flight", { links: new Set(["memory_in_flight"]) }, KILLED],
  ["no_timer_cancel", { links: new Set(["no_timer_cancel"]) }, LATE_PARENT],
  ["no_dedupe", { inbox: new Set(["no_dedupe"]) }, KILLED],
];

async function play({ run }: Scenario, ...ground: Parameters<typeof simulatedGround>): Promise<void> {
  const stage = makeStage(simulatedGround(...ground));
  try {
    await run(stage);
  } catch (cause) {
    throw new Error(`Cannot play the scenario with seed ${ground[0]}`, { cause });
  } finally {
    stage.end();
  }
}

for (const scenario of SCENARIOS) {
  Deno.test(`simulated: ${scenario.name}`, async () => {
    for (const seed of SEEDS) await play(scenario, seed);
  });
}

for (const [bug, planted, finder] of PLANTED) {
  Deno.test(`planted bug ${bug} is found by "${finder}"`, async () => {
    const scenario = SCENARIOS.find(({ name }) => name === finder);
    assert.ok(scenario !== undefined);
    await assert.rejects(play(scenario, 1, planted));
  });
}
