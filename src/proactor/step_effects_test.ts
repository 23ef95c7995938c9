import { strict as assert } from "node:assert";
import { type ActorEffect, collectingContext } from "./step_effects.ts";

Deno.test("collectingContext() stamps a journalled reading with the time that the step was handed when the clock goes on", () => {
  let clockMs = 1_000;
  const effects: ActorEffect[] = [];
  const world = {
    get nowMs() {
      return clockMs;
    },
    get wallMs() {
      return clockMs;
    },
    newId: () => "id",
    random: () => 0,
  };
  const ctx = collectingContext(world, effects);
  clockMs = 1_001;
  ctx.journal("oat", 7);
  assert.equal(ctx.wallMs, 1_000);
  assert.deepEqual(effects, [{ kind: "journal", channel: "oat", value: 7, wallMs: 1_000 }]);
});
