import { strict as assert } from "node:assert";
import { type ThreadTimes, threadUse } from "../../../scripts/thread_cpu.ts";

Deno.test("threadUse() tells each thread's part of a core and its wake-ups, the busiest first", () => {
  const before: ThreadTimes = new Map([["1", { name: "deno", cpuNs: 4e6, wakes: 10 }]]);
  const after: ThreadTimes = new Map([
    ["1", { name: "deno", cpuNs: 14e6, wakes: 30 }],
    ["2", { name: "worker-2", cpuNs: 20e6, wakes: 5 }],
  ]);
  assert.deepEqual(threadUse(before, after, 2_000), [
    { name: "worker-2", cpuPercent: 1, wakesPerS: 2.5 },
    { name: "deno", cpuPercent: 0.5, wakesPerS: 10 },
  ]);
});
