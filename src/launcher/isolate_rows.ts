import type { FromWorker, ProcessMemory, RunPlan } from "../core/isolate.ts";

/** How often those who watch are told, in ms. */
export const ISOLATES_PERIOD_MS = 1_000;

/** Main's own memory, as `Deno.memoryUsage()` gives it: the heap of the isolate, the resident set of the process. */
export interface OwnMemory {
  readonly heapUsed: number;
  /** Resident set of the process, in bytes. */
  readonly rss: number;
}

/** Memory of each isolate of a plan, as their beats tell it. */
export interface IsolateRows {
  /** A message of a worker's life. */
  heard(worker: string, life: number, message: FromWorker): void;
  /** @returns What those who watch are told now; undefined while `ISOLATES_PERIOD_MS` is not over. */
  due(nowMs: number, own: () => OwnMemory): ProcessMemory | undefined;
  /** Names of the workers that watch. */
  readonly watchers: readonly string[];
}

/** Makes the rows of one plan: main first, then the workers in the plan's order. */
export function isolateRows(plan: RunPlan): IsolateRows {
  const rows = new Map(plan.workers.map(({ name }) => [name, { name, heapUsedBytes: 0, lives: 1 }]));
  const watchers = plan.workers.filter((worker) => worker.watchesIsolates === true).map(({ name }) => name);
  let toldMs = -Infinity;
  return {
    heard(worker, life, message) {
      const row = rows.get(worker);
      if (row === undefined || life < row.lives) return;
      row.lives = life;
      if (message.kind === "beat") row.heapUsedBytes = message.heapUsedBytes;
    },
    due(nowMs, own) {
      if (watchers.length === 0 || nowMs - toldMs < ISOLATES_PERIOD_MS) return undefined;
      toldMs = nowMs;
      const { heapUsed, rss } = own();
      const main = { name: "main", heapUsedBytes: heapUsed, lives: 1 };
      return { rssBytes: rss, isolates: [main, ...[...rows.values()].map((row) => ({ ...row }))] };
    },
    watchers,
  };
}
