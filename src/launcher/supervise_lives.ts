import { EXIT } from "../core/exit_codes.ts";
import { advanceStop, beginStop } from "./supervise_stop.ts";
import { type Life, move, note, type Spawn, type State } from "./supervise_state.ts";

/** More replacements than this within `REPLACE_WINDOW_MS` end the process ("replace_or_exit"). */
export const REPLACEMENTS_MAX = 5;
/** Window of `REPLACEMENTS_MAX`, and the quiet time after which back-off begins anew; in ms. */
export const REPLACE_WINDOW_MS = 60_000;
/** First and longest wait before a new life, in ms; the very first replacement does not wait. */
export const BACK_OFF_MS = { first: 500, max: 30_000 } as const;

/** A start succeeded. */
export function becomeReady(state: State, life: Life, nowMs: number): void {
  if (!move(life, "ready")) return;
  life.seenMs = nowMs;
  tellReady(state, nowMs);
}

// A bus that cannot be opened must not keep the house from being ready: its start may fail first.
function tellReady(state: State, nowMs: number): void {
  const isWaiting = [...state.lives.values()].some(({ phase, plan, replacedAtMs }) =>
    phase !== "running" && !(plan.supervision === "replace" && replacedAtMs.length > 0)
  );
  if (state.wasReady || isWaiting) return;
  state.wasReady = true;
  state.effects.push({ kind: "all_ready" });
  if (state.plan.exitAfterMs !== undefined) state.exitAtMs = nowMs + state.plan.exitAfterMs;
}

/** An error was reported: this life ends. */
export function fail(state: State, life: Life, error: { message: string; stack: string }, nowMs: number): void {
  const { name, supervision } = life.plan;
  note(state, "error", "launcher.worker_error", { worker: name, life: life.life, ...error });
  endLife(state, life, "failed", nowMs);
  if (supervision === "foreground" && state.stop === undefined) {
    beginStop(state, { code: EXIT.failure, silent: false }, nowMs);
  }
}

/** Ends the present life; unless the process stops, the next one is due after the back-off. */
export function endLife(state: State, life: Life, input: "failed" | "left", nowMs: number): void {
  if (!move(life, input)) return;
  state.effects.push({ kind: "terminate", worker: life.plan.name });
  if (state.stop !== undefined) {
    move(life, "given_up");
    return advanceStop(state, nowMs);
  }
  if (life.plan.supervision === "foreground") return void move(life, "given_up");
  life.replacedAtMs = [...life.replacedAtMs.filter((atMs) => nowMs - atMs < REPLACE_WINDOW_MS), nowMs];
  if (life.plan.supervision === "replace_or_exit" && life.replacedAtMs.length > REPLACEMENTS_MAX) {
    note(state, "error", "launcher.crash_loop", { worker: life.plan.name, replacements: life.replacedAtMs.length });
    return beginStop(state, { code: EXIT.failure, silent: false }, nowMs);
  }
  life.respawnAtMs = nowMs + backOffMs(life, nowMs);
  tellReady(state, nowMs);
  spawnDue(state, nowMs);
}

function backOffMs(life: Life, nowMs: number): number {
  if (life.respawnAtMs + REPLACE_WINDOW_MS <= nowMs) life.backOffSteps = 0;
  const steps = life.backOffSteps++;
  return steps === 0 ? 0 : Math.min(BACK_OFF_MS.first * 2 ** (steps - 1), BACK_OFF_MS.max);
}

/** Spawns every worker whose back-off is over. */
export function spawnDue(state: State, nowMs: number): void {
  const spawns: Spawn[] = [];
  for (const life of state.lives.values()) {
    if (life.phase !== "backing_off" || life.respawnAtMs > nowMs || !move(life, "respawn")) continue;
    life.life++;
    life.seenMs = nowMs;
    life.leaveByMs = Infinity;
    if (life.life > 1) note(state, "warn", "launcher.replaced", { worker: life.plan.name, life: life.life });
    spawns.push({ worker: life.plan, life: life.life, oldFds: [...life.fds.values()] });
  }
  if (spawns.length > 0) state.effects.push({ kind: "spawn", spawns });
}
