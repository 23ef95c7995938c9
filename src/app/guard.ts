import { makeSafe, type SafeResult } from "../../drivers/devices/mod.ts";
import { openLibc } from "../../drivers/linux/mod.ts";
import { EXIT } from "../core/exit_codes.ts";
import { serveWorker, type WorkerHost } from "../host/worker_side.ts";
import type { GuardInit } from "./guard_init.ts";
import { guardLines, type GuardRow, guardRows, isRetried, safeCount } from "./guard_report.ts";

/** How long lines that a dead process still holds are waited for, in ms. */
const BUSY_MS_MAX = 5_000;
/** Pause between two tries, in ms. */
const BUSY_PAUSE_MS = 200;

let stopAsked = false;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Tries until every output is safe, only what is not busy is unsafe, or the time is over. */
async function makeAllSafe({ libcPath, buses }: GuardInit): Promise<readonly GuardRow[]> {
  if (buses.length === 0) return [];
  using kernel = openLibc(libcPath);
  const untilMs = performance.now() + BUSY_MS_MAX;
  const results: (readonly SafeResult[])[] = buses.map((spec) => makeSafe(spec, kernel));
  while (results.some((each) => each.some(isRetried)) && !stopAsked && performance.now() < untilMs) {
    await pause(BUSY_PAUSE_MS);
    for (const [index, spec] of buses.entries()) {
      if (results[index]?.some(isRetried)) results[index] = makeSafe(spec, kernel);
    }
  }
  return buses.flatMap((spec, index) => guardRows(spec, results[index] ?? []));
}

async function run(init: GuardInit, host: WorkerHost): Promise<void> {
  const rows = await makeAllSafe(init);
  const isSafe = safeCount(rows) === rows.length;
  if (init.json) host.print("stdout", `${JSON.stringify({ safe: isSafe, outputs: rows })}\n`);
  else host.print("stdout", `${guardLines(rows).join("\n")}\n`);
  host.exit(isSafe ? EXIT.ok : EXIT.environment);
}

serveWorker({
  start(init, _ports, host) {
    run(init as GuardInit, host).catch((thrown) => host.fail(thrown));
  },
  stop: () => void (stopAsked = true),
  doing: () => "guard",
});
