import { EXIT } from "../core/exit_codes.ts";
import type { FromWorker } from "../core/isolate.ts";
import { endLife, spawnDue } from "./supervise_lives.ts";
import { advanceStop, beginStop, STOP_STAGE_MS_MAX } from "./supervise_stop.ts";
import { type Life, move, note, type State } from "./supervise_state.ts";

/** Longest start of a worker, in ms. */
export const START_MS_MAX = 60_000;
/** Used heap from which on a worker is replaced in order, unless its plan says otherwise; in bytes. */
export const HEAP_BYTES_MAX = 256 * 1024 * 1024;
/** Silent lives of "replace" workers before the process ends: each may leave a stuck thread behind. */
export const STUCK_LIVES_MAX = 20;
/** How often lives and deadlines are looked at, in ms: what is late is found so much later at most, and main wakes no oftener. */
export const TICK_MS = 250;
/** A gap of ticks longer than this is the launcher's own stall, not the workers' silence; in ms. */
export const OWN_STALL_MS = 500;

/** A worker lives; one that has grown too big is asked to leave. */
export function beat(state: State, life: Life, message: Extract<FromWorker, { kind: "beat" }>, nowMs: number): void {
  life.doing = message.doing;
  if (life.phase === "starting") return; // a start has its own bound, which beats do not extend
  life.seenMs = nowMs;
  const heapBytesMax = life.plan.heapMaxBytes ?? HEAP_BYTES_MAX;
  if (message.heapUsedBytes <= heapBytesMax || !move(life, "outgrown")) return;
  life.leaveByMs = nowMs + STOP_STAGE_MS_MAX;
  note(state, "warn", "launcher.outgrown", { worker: life.plan.name, heapUsedBytes: message.heapUsedBytes });
  state.effects.push({ kind: "ask_stop", worker: life.plan.name });
}

/** Time goes by: silence, deadlines, back-off, the end of the run. */
export function tick(state: State, nowMs: number): void {
  const gapMs = nowMs - (state.tickMs ?? nowMs);
  state.tickMs = nowMs;
  if (gapMs > OWN_STALL_MS) { for (const life of state.lives.values()) life.seenMs += gapMs; }
  if (state.stop !== undefined) return advanceStop(state, nowMs);
  for (const life of state.lives.values()) watch(state, life, nowMs);
  if (state.stop !== undefined) return;
  spawnDue(state, nowMs);
  if (nowMs >= state.exitAtMs) beginStop(state, { code: EXIT.ok, silent: false }, nowMs);
}

function watch(state: State, life: Life, nowMs: number): void {
  if (state.stop !== undefined) return;
  const { supervision, silentMs, name } = life.plan;
  if (life.phase === "leaving" && nowMs >= life.leaveByMs) return endLife(state, life, "failed", nowMs);
  const isUnbounded = life.phase === "starting" ? supervision === "foreground" : silentMs === 0;
  const boundMs = isUnbounded ? Infinity : life.phase === "starting" ? START_MS_MAX : silentMs;
  if (life.phase === "backing_off" || life.phase === "stopped" || nowMs - life.seenMs <= boundMs) return;
  note(state, "error", "launcher.silent", { worker: name, life: life.life, doing: life.doing, boundMs });
  if (supervision === "replace" && ++life.stuckLives <= STUCK_LIVES_MAX) return endLife(state, life, "failed", nowMs);
  move(life, "given_up");
  beginStop(state, { code: supervision === "replace" ? EXIT.failure : EXIT.silent, silent: true }, nowMs);
}
