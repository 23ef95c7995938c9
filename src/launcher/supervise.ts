import { BUS_TICK_MS, LEASE_MS } from "../core/device.ts";
import { EXIT } from "../core/exit_codes.ts";
import { assertNever, invariant } from "../core/invariant.ts";
import type { FromWorker, RunPlan, WorkerPlan } from "../core/isolate.ts";
import type { LogRecord } from "../core/log.ts";
import { stepMachine } from "../core/table_machine.ts";
import { LIFE_TABLE, type LifeInput, type LifePhase } from "./life.ts";

/** Longest start of a worker, in ms. */
export const START_MS_MAX = 60_000;
/** Deadline of each stage of an orderly stop, in ms. */
export const STOP_STAGE_MS_MAX = 3_000;
/** Wait after an agent fell silent until every lease has ended and was seen to, in ms. */
export const SILENT_WAIT_MS = LEASE_MS + 2 * BUS_TICK_MS;
/** Used heap from which on a worker is replaced in order, unless its plan says otherwise; in bytes. */
export const HEAP_BYTES_MAX = 256 * 1024 * 1024;
/** More replacements than this within `REPLACE_WINDOW_MS` end the process ("replace_or_exit"). */
export const REPLACEMENTS_MAX = 5;
/** Window of `REPLACEMENTS_MAX`, and the quiet time after which back-off begins anew; in ms. */
export const REPLACE_WINDOW_MS = 60_000;
/** First and longest wait before a new life, in ms; the very first replacement does not wait. */
export const BACK_OFF_MS = { first: 500, max: 30_000 } as const;
/** Silent lives of "replace" workers before the process ends: each may leave a stuck thread behind. */
export const STUCK_LIVES_MAX = 20;
/** A gap of ticks longer than this is the launcher's own stall, not the workers' silence; in ms. */
export const OWN_STALL_MS = 500;

/** Workers that stop together. */
export interface StopStage {
  /** Names in the table of entries. */
  readonly entries: readonly string[];
  /** Whether they are asked, too, when the process ends as another worker fell silent. */
  readonly onSilent: boolean;
}

/** What happens to the supervisor. */
export type SuperviseInput =
  | { readonly kind: "start" }
  | { readonly kind: "message"; readonly worker: string; readonly life: number; readonly message: FromWorker }
  /** The worker could not even be made. */
  | { readonly kind: "not_spawned"; readonly worker: string; readonly life: number; readonly message: string }
  | { readonly kind: "signal" }
  | { readonly kind: "tick" };

/** One worker to make. */
export interface Spawn {
  readonly worker: WorkerPlan;
  readonly life: number;
  readonly oldFds: readonly number[];
}

/** What the supervisor wants done, in this order. */
export type SuperviseEffect =
  /** Make these workers, then hand out a new channel for each port of theirs whose two ends live. */
  | { readonly kind: "spawn"; readonly spawns: readonly Spawn[] }
  | { readonly kind: "terminate"; readonly worker: string }
  | { readonly kind: "ask_stop"; readonly worker: string }
  | { readonly kind: "print"; readonly stream: "stdout" | "stderr"; readonly text: string }
  | { readonly kind: "log"; readonly record: LogRecord }
  | { readonly kind: "all_ready" }
  | { readonly kind: "planned"; readonly plan: RunPlan }
  | { readonly kind: "exit"; readonly code: number };

/** Lives, heartbeats, replacement and stop of the workers of one plan. Pure: told of everything, asked for effects. */
export interface Supervisor {
  /** @param nowMs Monotonic ms. */
  step(input: SuperviseInput, nowMs: number): readonly SuperviseEffect[];
  /** Whether messages of this life still count. */
  isLive(worker: string, life: number): boolean;
}

interface Life {
  readonly plan: WorkerPlan;
  phase: LifePhase;
  life: number;
  /** Spawn, ready or last beat, whichever came last. */
  seenMs: number;
  doing: string;
  readonly fds: Set<number>;
  replacedAtMs: number[];
  backOffSteps: number;
  stuckLives: number;
  respawnAtMs: number;
  leaveByMs: number;
}

interface Stop {
  code: number;
  readonly silent: boolean;
  stage: number;
  deadlineMs: number;
  /** Until then leases run out. */
  waitUntilMs: number | undefined;
}

interface State {
  readonly lives: Map<string, Life>;
  readonly plan: RunPlan;
  readonly stages: readonly StopStage[];
  stop: Stop | undefined;
  isDone: boolean;
  wasReady: boolean;
  exitAtMs: number;
  tickMs: number | undefined;
  effects: SuperviseEffect[];
}

/** Makes the supervisor of one plan. @throws {Error} When two workers have one name or a port an unknown end. */
export function supervisor(plan: RunPlan, stages: readonly StopStage[]): Supervisor {
  const lives = new Map(plan.workers.map((worker) => [worker.name, newLife(worker)]));
  invariant(lives.size === plan.workers.length, "the workers of a plan have different names");
  for (const { a, b } of plan.ports) invariant(lives.has(a) && lives.has(b), `the ends of port ${a}-${b} are workers`);
  const state: State = {
    lives,
    plan,
    stages,
    stop: undefined,
    isDone: false,
    wasReady: false,
    exitAtMs: Infinity,
    tickMs: undefined,
    effects: [],
  };
  return {
    step(input, nowMs) {
      state.effects = [];
      if (!state.isDone) take(state, input, nowMs);
      return state.effects;
    },
    isLive: (worker, life) => isLive(state, worker, life),
  };
}

function newLife(plan: WorkerPlan): Life {
  return {
    plan,
    phase: "backing_off",
    life: 0,
    seenMs: 0,
    doing: "",
    fds: new Set(),
    replacedAtMs: [],
    backOffSteps: 0,
    stuckLives: 0,
    respawnAtMs: 0,
    leaveByMs: Infinity,
  };
}

function isLive(state: State, worker: string, life: number): boolean {
  const found = state.lives.get(worker);
  return found?.life === life && found.phase !== "backing_off" && found.phase !== "stopped";
}

function take(state: State, input: SuperviseInput, nowMs: number): void {
  switch (input.kind) {
    case "start":
      return spawnDue(state, nowMs);
    case "message": {
      const life = state.lives.get(input.worker);
      if (life !== undefined && isLive(state, input.worker, input.life)) hear(state, life, input.message, nowMs);
      return;
    }
    case "not_spawned":
      state.effects.push({ kind: "print", stream: "stderr", text: `${input.message}\n` });
      return beginStop(state, { code: EXIT.environment, silent: false }, nowMs);
    case "signal":
      if (state.stop !== undefined) return finish(state, EXIT.failure);
      return beginStop(state, { code: EXIT.ok, silent: false }, nowMs);
    case "tick":
      return tick(state, nowMs);
    default:
      return assertNever(input);
  }
}

function hear(state: State, life: Life, message: FromWorker, nowMs: number): void {
  switch (message.kind) {
    case "ready":
      return becomeReady(state, life, nowMs);
    case "beat":
      return beat(state, life, message, nowMs);
    case "stopped":
      if (life.phase === "running") note(state, "warn", "launcher.stopped_unasked", { worker: life.plan.name });
      return endLife(state, life, "left", nowMs);
    case "error":
      return fail(state, life, message, nowMs);
    case "exit":
      move(life, "given_up");
      state.effects.push({ kind: "terminate", worker: life.plan.name });
      if (state.stop !== undefined) return advanceStop(state, nowMs);
      return beginStop(state, { code: message.code, silent: false }, nowMs);
    case "planned":
      state.effects.push({ kind: "planned", plan: message.plan });
      return;
    case "fd":
      if (message.change === "opened") life.fds.add(message.fd);
      else life.fds.delete(message.fd);
      return;
    case "print":
      state.effects.push({ kind: "print", stream: message.stream, text: message.text });
      return;
    default:
      return assertNever(message);
  }
}

function move(life: Life, input: LifeInput): boolean {
  const moved = stepMachine(LIFE_TABLE, life.phase, input);
  if (moved.kind === "refused") return false;
  life.phase = moved.to;
  return true;
}

function note(state: State, level: LogRecord["level"], event: LogRecord["event"], fields: LogRecord["fields"]): void {
  state.effects.push({ kind: "log", record: { level, event, fields } });
}

function becomeReady(state: State, life: Life, nowMs: number): void {
  if (!move(life, "ready")) return;
  life.seenMs = nowMs;
  if (state.wasReady || [...state.lives.values()].some((each) => each.phase !== "running")) return;
  state.wasReady = true;
  state.effects.push({ kind: "all_ready" });
  if (state.plan.exitAfterMs !== undefined) state.exitAtMs = nowMs + state.plan.exitAfterMs;
}

function beat(state: State, life: Life, message: Extract<FromWorker, { kind: "beat" }>, nowMs: number): void {
  life.doing = message.doing;
  if (life.phase === "starting") return; // a start has its own bound, which beats do not extend
  life.seenMs = nowMs;
  const heapBytesMax = life.plan.heapMaxBytes ?? HEAP_BYTES_MAX;
  if (message.heapUsedBytes <= heapBytesMax || !move(life, "outgrown")) return;
  life.leaveByMs = nowMs + STOP_STAGE_MS_MAX;
  note(state, "warn", "launcher.outgrown", { worker: life.plan.name, heapUsedBytes: message.heapUsedBytes });
  state.effects.push({ kind: "ask_stop", worker: life.plan.name });
}

function fail(state: State, life: Life, error: { message: string; stack: string }, nowMs: number): void {
  const { name, supervision } = life.plan;
  note(state, "error", "launcher.worker_error", { worker: name, life: life.life, ...error });
  endLife(state, life, "failed", nowMs);
  if (supervision === "foreground" && state.stop === undefined) {
    beginStop(state, { code: EXIT.failure, silent: false }, nowMs);
  }
}

/** Ends the present life; unless the process stops, the next one is due after the back-off. */
function endLife(state: State, life: Life, input: "failed" | "left", nowMs: number): void {
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
  spawnDue(state, nowMs);
}

function backOffMs(life: Life, nowMs: number): number {
  if (life.respawnAtMs + REPLACE_WINDOW_MS <= nowMs) life.backOffSteps = 0;
  const steps = life.backOffSteps++;
  return steps === 0 ? 0 : Math.min(BACK_OFF_MS.first * 2 ** (steps - 1), BACK_OFF_MS.max);
}

function spawnDue(state: State, nowMs: number): void {
  const spawns: Spawn[] = [];
  for (const life of state.lives.values()) {
    if (life.phase !== "backing_off" || life.respawnAtMs > nowMs || !move(life, "respawn")) continue;
    life.life++;
    life.seenMs = nowMs;
    life.leaveByMs = Infinity;
    if (life.life > 1) note(state, "warn", "launcher.replaced", { worker: life.plan.name, life: life.life });
    spawns.push({ worker: life.plan, life: life.life, oldFds: [...life.fds] });
  }
  if (spawns.length > 0) state.effects.push({ kind: "spawn", spawns });
}

function tick(state: State, nowMs: number): void {
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

function beginStop(state: State, { code, silent }: { code: number; silent: boolean }, nowMs: number): void {
  if (state.stop !== undefined) return;
  state.stop = { code, silent, stage: -1, deadlineMs: nowMs, waitUntilMs: undefined };
  advanceStop(state, nowMs);
}

/** Workers of a stage; an entry that no stage names belongs to the first one. */
function stageOf(state: State, life: Life): number {
  return Math.max(0, state.stages.findIndex((stage) => stage.entries.includes(life.plan.entry)));
}

function advanceStop(state: State, nowMs: number): void {
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

function finish(state: State, code: number): void {
  state.isDone = true;
  state.effects.push({ kind: "exit", code });
}
