import { strict as assert } from "node:assert";
import type { WorkerPlan } from "../core/isolate.ts";
import { isolateRows, ISOLATES_PERIOD_MS } from "./isolate_rows.ts";

function worker(name: string, more: Partial<WorkerPlan> = {}): WorkerPlan {
  return { name, entry: name, grants: {}, supervision: "replace_or_exit", silentMs: 5_000, init: {}, ...more };
}

function beat(heapUsedBytes: number) {
  return { kind: "beat", doing: "", heapUsedBytes } as const;
}

function own() {
  return { heapUsed: 3, rss: 100 };
}

Deno.test("isolateRows() tells heap and lives of main and each worker, the newest life only", () => {
  const rows = isolateRows({ workers: [worker("agent"), worker("view", { watchesIsolates: true })], ports: [] });
  rows.heard("agent", 1, beat(10));
  rows.heard("agent", 2, beat(20));
  rows.heard("agent", 1, beat(99));
  assert.deepEqual(rows.watchers, ["view"]);
  assert.deepEqual(rows.due(0, own), {
    rssBytes: 100,
    isolates: [
      { name: "main", heapUsedBytes: 3, lives: 1 },
      { name: "agent", heapUsedBytes: 20, lives: 2 },
      { name: "view", heapUsedBytes: 0, lives: 1 },
    ],
  });
});

Deno.test("isolateRows() is due once a period, and never when nobody watches", () => {
  const rows = isolateRows({ workers: [worker("view", { watchesIsolates: true })], ports: [] });
  const times = [0, 1, ISOLATES_PERIOD_MS - 1, ISOLATES_PERIOD_MS, ISOLATES_PERIOD_MS + 1];
  assert.deepEqual(times.map((atMs) => rows.due(atMs, own) !== undefined), [true, false, false, true, false]);
  assert.equal(isolateRows({ workers: [worker("agent")], ports: [] }).due(0, own), undefined);
});
