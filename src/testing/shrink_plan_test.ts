import { strict as assert } from "node:assert";
import type { FaultPlan, PlannedFault } from "./fault_plan.ts";
import { shrinkPlan } from "./shrink_plan.ts";

function plan(times: readonly number[]): FaultPlan {
  const faults: PlannedFault[] = times.map((atMs) => ({ atMs, fault: { kind: "bus_crash" } }));
  return { faults, weather: { stallChance: 0.1 }, bytesMax: 20_000, loadMs: 1_000 };
}

function timesOf({ faults }: FaultPlan): readonly number[] {
  return faults.map(({ atMs }) => atMs);
}

Deno.test("shrinkPlan() leaves just the faults that are needed when two far apart fail together", () => {
  const { plan: small, runs } = shrinkPlan(plan(Array.from({ length: 100 }, (_, index) => index)), {
    fails: (tried) => timesOf(tried).includes(7) && timesOf(tried).includes(91),
  });
  assert.deepEqual(timesOf(small), [7, 91]);
  assert.deepEqual([small.weather, small.bytesMax], [{}, 50_000_000]);
  assert(runs < 150, `${runs} runs`);
});

Deno.test("shrinkPlan() leaves no fault when the weather alone fails", () => {
  const { plan: small, runs } = shrinkPlan(plan([1, 2, 3]), { fails: ({ weather }) => "stallChance" in weather });
  assert.deepEqual([timesOf(small), small.weather, runs], [[], { stallChance: 0.1 }, 3]);
});

Deno.test("shrinkPlan() ends when its runs are used up", () => {
  const all = Array.from({ length: 64 }, (_, index) => index);
  const { plan: same, runs } = shrinkPlan(plan(all), { fails: (tried) => tried.faults.length === 64, runsMax: 10 });
  assert.deepEqual([timesOf(same), runs], [all, 10]);
});
