import { strict as assert } from "node:assert";
import type { PlantedBug } from "../../src/links/mod.ts";
import type { Scenario } from "./scenario.ts";
import { SCENARIOS } from "./scenarios.ts";
import { simulatedGround } from "./simulated_ground.ts";
import { makeStage } from "./stage.ts";

/** Each scenario is played with these seeds: latencies and so the order of things differ. */
const SEEDS = Array.from({ length: 10 }, (_, n) => n + 1);
/** Bugs that links may have and scenarios must find. */
const PLANTED: readonly PlantedBug[] = ["memory_in_flight", "no_timer_cancel"];

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

for (const bug of PLANTED) {
  Deno.test(`planted bug ${bug} of the links is found by a scenario`, async () => {
    const found: string[] = [];
    for (const scenario of SCENARIOS) {
      await play(scenario, 1, new Set([bug])).catch(() => found.push(scenario.name));
    }
    assert.notDeepEqual(found, []);
    assert.notEqual(found.length, SCENARIOS.length);
  });
}
