import type { OpenFd } from "../core/bus_parts.ts";
import type { FromWorker, RunPlan, WorkerPlan } from "../core/isolate.ts";
import type { LogRecord } from "../core/log.ts";
import { stepMachine } from "../core/table_machine.ts";
import { LIFE_TABLE, type LifeInput, type LifePhase } from "./life.ts";

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
  readonly oldFds: readonly OpenFd[];
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

/** One worker over all its lives. */
export interface Life {
  readonly plan: WorkerPlan;
  phase: LifePhase;
  life: number;
  /** Spawn, ready or last beat, whichever came last. */
  seenMs: number;
  doing: string;
  /** By fd, in the order in which they were opened. */
  readonly fds: Map<number, OpenFd>;
  replacedAtMs: number[];
  backOffSteps: number;
  stuckLives: number;
  respawnAtMs: number;
  leaveByMs: number;
}

/** A stop that has begun. */
export interface Stop {
  code: number;
  readonly silent: boolean;
  stage: number;
  deadlineMs: number;
  /** Until then leases run out. */
  waitUntilMs: number | undefined;
}

/** All that the supervisor of one plan knows. */
export interface State {
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

/** A worker before its first life. */
export function newLife(plan: WorkerPlan): Life {
  return {
    plan,
    phase: "backing_off",
    life: 0,
    seenMs: 0,
    doing: "",
    fds: new Map(),
    replacedAtMs: [],
    backOffSteps: 0,
    stuckLives: 0,
    respawnAtMs: 0,
    leaveByMs: Infinity,
  };
}

/** Whether messages of this life still count. */
export function isLive(state: State, worker: string, life: number): boolean {
  const found = state.lives.get(worker);
  return found?.life === life && found.phase !== "backing_off" && found.phase !== "stopped";
}

/** Moves a life; false when its table refuses. */
export function move(life: Life, input: LifeInput): boolean {
  const moved = stepMachine(LIFE_TABLE, life.phase, input);
  if (moved.kind === "refused") return false;
  life.phase = moved.to;
  return true;
}

/** Asks for one log record. */
export function note(
  state: State,
  level: LogRecord["level"],
  event: LogRecord["event"],
  fields: LogRecord["fields"],
): void {
  state.effects.push({ kind: "log", record: { level, event, fields } });
}
