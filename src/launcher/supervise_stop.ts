import { BUS_TICK_MS, LEASE_MS } from "../core/device.ts";
import { EXIT } from "../core/exit_codes.ts";
import { invariant } from "../core/invariant.ts";
import { type Life, move, note, type State } from "./supervise_state.ts";

/** Deadline of each stage of an orderly stop, in ms. */
export const STOP_STAGE_MS_MAX = 3_000;
/** Wait after an agent fell silent until every lease has ended and was seen to, in ms. */
export const SILENT_WAIT_MS = LEASE_MS + 2 * BUS_TICK_MS;

/** Begins the stop of everything; does nothing when it has begun. */
export function beginStop(state: State, { code, silent }: { code: number; silent: boolean }, nowMs: number): void {
  if (state.stop !== undefined) return;
  state.stop = { code, silent, stage: -1, deadlineMs: nowMs, waitUntilMs: undefined };
  advanceStop(state, nowMs);
}

/** Workers of a stage; an entry that no stage names belongs to the first one. */
function stageOf(state: State, life: Life): number {
  return Math.max(0, state.stages.findIndex((stage) => stage.entries.includes(life.plan.entry)));
}

/** Goes on with the stop as far as answers and time allow. */
export function advanceStop(state: State, nowMs: number): void {
  const stop = state.stop;
  invariant(stop !== undefined, "a stop advances after it began");
  while (!state.isDone) {
    if (stop.waitUntilMs !== undefined && nowMs < stop.waitUntilMs) return;
    const present = [...state.lives.values()].filter((life) =>
      stageOf(state, life) === stop.stage && life.phase === "stopping"
    );
    if (present.length > 0 && nowMs < stop.deadlineMs) return;
    for (const life of present) {
      note(state, "error", "launcher.stop_overdue", { worker: life.plan.name, doing: life.doing });
      move(life, "given_up");
      if (stop.code === EXIT.ok) stop.code = EXIT.failure;
    }
    // The leases of a silent agent end by themselves; nobody after the first stage is asked before that.
    if (stop.silent && stop.stage === 0 && stop.waitUntilMs === undefined) {
      stop.waitUntilMs = nowMs + SILENT_WAIT_MS;
      continue;
    }
    if (++stop.stage >= Math.max(1, state.stages.length)) return finish(state, stop.code);
    stop.deadlineMs = nowMs + STOP_STAGE_MS_MAX;
    if (!stop.silent || state.stages[stop.stage]?.onSilent !== false) askStage(state, stop.stage);
  }
}

function askStage(state: State, stage: number): void {
  for (const life of state.lives.values()) {
    if (stageOf(state, life) !== stage) continue;
    if (move(life, "stop") && life.phase === "stopping") {
      state.effects.push({ kind: "ask_stop", worker: life.plan.name });
    }
  }
}

/** Ends at once with this exit code. */
export function finish(state: State, code: number): void {
  state.isDone = true;
  state.effects.push({ kind: "exit", code });
}
