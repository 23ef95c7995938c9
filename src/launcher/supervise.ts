import { EXIT } from "../core/exit_codes.ts";
import { assertNever, invariant } from "../core/invariant.ts";
import type { FromWorker, RunPlan } from "../core/isolate.ts";
import { becomeReady, endLife, fail, spawnDue } from "./supervise_lives.ts";
import {
  isLive,
  type Life,
  move,
  newLife,
  note,
  type State,
  type StopStage,
  type SuperviseEffect,
  type SuperviseInput,
} from "./supervise_state.ts";
import { advanceStop, beginStop, finish } from "./supervise_stop.ts";
import { beat, tick } from "./supervise_watch.ts";

/** Lives, heartbeats, replacement and stop of the workers of one plan. Pure: told of everything, asked for effects. */
export interface Supervisor {
  /** @param nowMs Monotonic ms. */
  step(input: SuperviseInput, nowMs: number): readonly SuperviseEffect[];
  /** Whether the end has begun. */
  isStopping(): boolean;
  /** Whether messages of this life still count. */
  isLive(worker: string, life: number): boolean;
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
    isStopping: () => state.stop !== undefined,
    isLive: (worker, life) => isLive(state, worker, life),
  };
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
      if (state.stop !== undefined) {
        // A command that was stopped before its end says so; an agent's code is that of the stop.
        if (life.plan.supervision === "foreground" && state.stop.code === EXIT.ok) state.stop.code = message.code;
        return advanceStop(state, nowMs);
      }
      return beginStop(state, { code: message.code, silent: false }, nowMs);
    case "planned":
      state.effects.push({ kind: "planned", plan: message.plan });
      return;
    case "fd":
      if (message.change === "opened") life.fds.set(message.fd.fd, message.fd);
      else life.fds.delete(message.fd.fd);
      return;
    case "print":
      state.effects.push({ kind: "print", stream: message.stream, text: message.text });
      return;
    default:
      return assertNever(message);
  }
}
