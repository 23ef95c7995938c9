import { strict as assert } from "node:assert";
import layout from "../../../layouts/simple_house.json" with { type: "json" };
import type { FaultPlan, PlannedFault } from "../../../src/testing/fault_plan.ts";
import type { PlantedName } from "../../../src/testing/planted.ts";
import { runSeed } from "../../../src/testing/run_seed.ts";

const QUICK_PLANTS: readonly PlantedName[] = [
  "memory_in_flight",
  "ping_spin",
  "no_dedupe",
  "no_timer_cancel",
  "deletes_lost",
  "disconnect_missed",
  "payload_rewritten",
  "cancel_ignored",
];

function plan(faults: readonly PlannedFault[], part: Partial<FaultPlan> = {}): FaultPlan {
  return { weather: {}, bytesMax: 50_000_000, loadMs: 3_000, faults, ...part };
}

Deno.test("runSeed() gives the same trace when a seed is run twice", () => {
  for (const seed of [1, 2, 3]) {
    const [first, second] = [runSeed(seed, { layout, minutes: 20 }), runSeed(seed, { layout, minutes: 20 })];
    assert.deepEqual(first, second);
    assert.equal(first.violation, undefined);
  }
});

Deno.test("runSeed() gives another trace when the seed is another", () => {
  const [first, second] = [1, 2].map((seed) => runSeed(seed, { layout, minutes: 2, plan: plan([]) }));
  assert.notEqual(first?.hash, second?.hash);
});

Deno.test("runSeed() brings every event to the LTN when nothing goes wrong", () => {
  const { violation, generated, applied, pending, relaySwitches } = runSeed(7, { layout, minutes: 10, plan: plan([]) });
  assert.equal(violation, undefined);
  assert(
    generated > 300 && generated - applied <= pending,
    `${generated} made, ${applied} applied, ${pending} pending`,
  );
  assert(relaySwitches > 0);
});

// The gate runs every one of them; these are quick.
for (const planted of QUICK_PLANTS) {
  Deno.test(`runSeed() finds the planted bug ${planted} within 50 seeds`, () => {
    for (let seed = 1; seed <= 50; seed++) {
      if (runSeed(seed, { layout, planted, minutes: 30 }).violation) return;
    }
    assert.fail(`${planted} was not found`);
  });
}

Deno.test("runSeed() loses nothing when the LTN dies with a disk that refuses", () => {
  const faults = [
    { atMs: 60_000, fault: { kind: "disk_down", node: "ltn", code: "SQLITE_FULL", forMs: 120_000 } },
    { atMs: 120_000, fault: { kind: "crash", node: "ltn", how: "process", downMs: 1_000 } },
  ] as const;
  const { violation, faults: fired } = runSeed(1, { layout, minutes: 6, plan: plan(faults) });
  assert.equal(violation, undefined);
  assert(fired["commit_failed"]! > 3);
});

Deno.test("runSeed() counts what was evicted when the agent's store is small and the net is gone", () => {
  const faults = [{ atMs: 30_000, fault: { kind: "partition", forMs: 1_200_000 } }] as const;
  const { violation, tombstoned } = runSeed(2, { layout, minutes: 25, plan: plan(faults, { bytesMax: 20_000 }) });
  assert.equal(violation, undefined);
  assert(tombstoned > 50, `${tombstoned} tombstoned`);
});

Deno.test("runSeed() finds outputs safe when the agent's worker dies and stays away", () => {
  const faults = [
    { atMs: 120_000, fault: { kind: "crash", node: "agent", how: "life", downMs: 60_000 } },
  ] as const;
  const lines: string[] = [];
  const { violation } = runSeed(3, { layout, minutes: 5, plan: plan(faults), trace: (line) => lines.push(line) });
  assert.equal(violation, undefined);
  const fell = lines.filter((line) => /^12[0-2]\d\d\d(\.\d+)? bus relay[34] = 0$/.test(line));
  assert.equal(fell.length, 2, lines.filter((line) => line.includes(" bus ")).join("\n"));
});

Deno.test("runSeed() reports the newest records when it finds something", () => {
  const { violation, last } = runSeed(1, { layout, planted: "ping_spin", minutes: 30 });
  assert.equal(violation?.checker, "exception");
  assert(last.length > 10 && last.length <= 200);
});

Deno.test("runSeed() comes to the same counts on SQLite as on the memory engine, with crashes and failed commits", () => {
  const [sqlite, memory] = (["sqlite", "memory"] as const).map((engine) => {
    // The engines word their errors in their own way, and problem events quote them.
    const { hash: _, last: __, ...counts } = runSeed(6, { layout, minutes: 30, engine });
    return counts;
  });
  assert.deepEqual(sqlite, memory);
  assert.equal(sqlite?.violation, undefined);
  const { crash_life: lives = 0, crash_process: processes = 0, commit_failed: failed = 0 } = sqlite?.faults ?? {};
  assert(lives > 0 && processes > 0 && failed > 0, JSON.stringify(sqlite?.faults));
});
