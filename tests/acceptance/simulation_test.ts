import { SCENARIOS } from "./scenarios.ts";
import { simulatedGround } from "./simulated_ground.ts";
import { makeStage } from "./stage.ts";

/** Each scenario is played with these seeds: latencies and so the order of things differ. */
const SEEDS = Array.from({ length: 10 }, (_, n) => n + 1);

for (const { name, run } of SCENARIOS) {
  Deno.test(`simulated: ${name}`, async () => {
    for (const seed of SEEDS) {
      const stage = makeStage(simulatedGround(seed));
      try {
        await run(stage);
      } catch (cause) {
        throw new Error(`Cannot play the scenario with seed ${seed}`, { cause });
      } finally {
        stage.end();
      }
    }
  });
}
