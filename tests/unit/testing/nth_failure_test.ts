import { strict as assert } from "node:assert";
import layout from "../../../layouts/simple_house.json" with { type: "json" };
import type { Fault, NodeName } from "../../../src/testing/fault_plan.ts";
import { runSeed, type SeedResult } from "../../../src/testing/run_seed.ts";

/** When the counting of commits begins: both ends have started, and are about to meet. */
const FROM_MS = 10;
/** A cut in the middle, so that rows are sent again. */
const CUT_MS = 20_000;
/** More commits than the story has: a run without a failure must come before. */
const N_MAX = 200;

function story(fault: Fault): SeedResult {
  const faults = [
    { atMs: FROM_MS, fault },
    { atMs: CUT_MS, fault: { kind: "cut", node: "agent" } },
  ] as const;
  const plan = { faults, weather: {}, bytesMax: 50_000_000, loadMs: 3_000 };
  return runSeed(1, { layout, plan, minutes: 1, calmMinutes: 3 });
}

/** Lets the first, second, third call of a story fail, each in a run of its own, until a run has no failure. */
function failEach(faultOf: (n: number) => Fault, counted = "commit_failed"): number {
  for (let n = 1; n <= N_MAX; n++) {
    const { violation, faults } = story(faultOf(n));
    assert.equal(violation, undefined, `call ${n}: ${JSON.stringify(violation)}`);
    if ((faults[counted] ?? 0) === 0) return n - 1;
  }
  return assert.fail(`more than ${N_MAX} commits`);
}

Deno.test("agent: whichever read of its store fails, nothing is lost and the links come back", () => {
  const reads = failEach((n) => ({ kind: "read_failure", node: "agent", n }), "read_failed");
  assert(reads >= 2, `${reads} reads`);
});

for (const node of ["agent", "ltn"] as const satisfies readonly NodeName[]) {
  for (const how of ["lost", "written"] as const) {
    Deno.test(`${node}: whichever commit fails, "${how}", nothing is lost and the links come back`, () => {
      const commits = failEach((n) => ({ kind: "commit_failure", node, n, code: "SQLITE_IOERR", how }));
      assert(commits > 15, `${commits} commits`);
    });

    Deno.test(`${node}: whichever commit the process dies with, "${how}", nothing is lost and the links come back`, () => {
      const commits = failEach((n) => ({ kind: "commit_crash", node, n, how, downMs: 500 }));
      assert(commits > 15, `${commits} commits`);
    });
  }
}
