import { assertNever } from "../core/invariant.ts";
import type { FromWorker, RunPlan } from "../core/isolate.ts";
import type { LogRecord } from "../core/log.ts";
import { type AliveOptions, aliveWorkers } from "./alive_workers.ts";
import { isolateRows } from "./isolate_rows.ts";
import { processOutput, writeText } from "./process_output.ts";
import { supervisor } from "./supervise.ts";
import type { Spawn, StopStage, SuperviseEffect } from "./supervise_state.ts";
import { TICK_MS } from "./supervise_watch.ts";

/** What the shell of a plan needs of the process. */
export interface RunPlanOptions extends AliveOptions {
  readonly stopStages: readonly StopStage[];
  /** Says who takes the signals from now on; one that came before is handed over at once. */
  readonly listen: (onSignal: () => void) => void;
  /** systemd's states, for example "READY=1", "WATCHDOG=1" and "STOPPING=1". */
  readonly notify: (state: string) => void;
}

/** How a plan ended. */
export type RunEnd =
  | { readonly kind: "exit"; readonly code: number }
  | { readonly kind: "planned"; readonly plan: RunPlan };

/** Runs the workers of a plan on the real clock until it ends. Signals end it in order, a second one at once. */
export function runPlan(plan: RunPlan, options: RunPlanOptions): Promise<RunEnd> {
  const { promise, resolve } = Promise.withResolvers<RunEnd>();
  const lives = supervisor(plan, options.stopStages);
  const isolates = isolateRows(plan);
  const alive = aliveWorkers(plan, options, hear);
  const output = processOutput(plan);
  let ended = false;
  let wasStopping = false;

  function take(input: Parameters<typeof lives.step>[0]): void {
    const effects = lives.step(input, performance.now());
    if (lives.isStopping() && !wasStopping) options.notify("STOPPING=1");
    wasStopping = lives.isStopping();
    for (const effect of effects) carryOut(effect);
  }
  function hear(worker: string, life: number, message: FromWorker): void {
    isolates.heard(worker, life, message);
    take({ kind: "message", worker, life, message });
  }
  function carryOut(effect: SuperviseEffect): void {
    if (ended) return;
    switch (effect.kind) {
      case "spawn":
        return spawnAll(effect.spawns);
      case "terminate":
        return alive.terminate(effect.worker);
      case "ask_stop":
        return alive.post(effect.worker, { kind: "stop" });
      case "print":
        return output.print(effect.stream, effect.text);
      case "log":
        return void writeText("stderr", logLine(effect.record));
      case "all_ready":
        return options.notify("READY=1");
      case "planned":
        return end({ kind: "planned", plan: effect.plan });
      case "exit":
        return end({ kind: "exit", code: output.exitCode(effect.code) });
      default:
        return assertNever(effect);
    }
  }
  function spawnAll(spawns: readonly Spawn[]): void {
    const refused = alive.spawn(spawns);
    if (refused !== undefined) take(refused);
  }
  function onSignal(): void {
    if (!ended) take({ kind: "signal" });
  }
  function end(how: RunEnd): void {
    ended = true;
    clearInterval(ticking);
    alive.terminateAll();
    resolve(how);
  }
  function tick(): void {
    take({ kind: "tick" });
    if (ended) return;
    options.notify("WATCHDOG=1");
    const memory = isolates.due(performance.now(), Deno.memoryUsage);
    if (memory === undefined) return;
    for (const watcher of isolates.watchers) alive.post(watcher, { kind: "isolates", memory });
  }
  const ticking = setInterval(tick, TICK_MS);
  take({ kind: "start" });
  options.listen(onSignal);
  return promise;
}

/** A terminal that goes away ends it in order, too: outputs must be made safe. */
export const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

function logLine(record: LogRecord): string {
  const { level, event, fields } = record;
  return `${JSON.stringify({ time: new Date().toISOString(), level, event, ...fields })}\n`;
}
