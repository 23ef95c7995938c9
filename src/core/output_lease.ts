import type { FromBus, OutputSpec, WriteResult } from "./device.ts";
import type { WriteOutcome } from "./bus_devices.ts";
import { invariant } from "./invariant.ts";

/** Switches that the log of a bus keeps; the oldest go first. */
export const SWITCH_LOG_ENTRIES_MAX = 1_000;

/** A write to safe that fails is repeated at each tick, this often, … */
export const QUICK_RETRIES_MAX = 10;
/** … then in steps of so many ms: a line that is not there must not fill the log or the processor. */
export const SLOW_RETRY_MS = 1_000;

/** Why an output was written. */
export type SwitchReason = "start" | "command" | "lapse" | "stop";

/** One write that the shell must carry out, then report with `done`. */
export interface DeviceWrite {
  readonly output: string;
  readonly value: number;
  readonly because: SwitchReason;
  /** Id of the command; "" for a write to the safe state. */
  readonly id: string;
}

/** One line of the bus's own account of what it did. */
export interface SwitchRecord {
  /** Monotonic ms of the bus worker. */
  readonly atMs: number;
  readonly output: string;
  readonly value: number;
  readonly because: SwitchReason;
  /** Life that the lease belonged to; 0 for none. */
  readonly life: number;
  /** When the lease that this write ended had run out, monotonic ms; 0 unless `because` is "lapse". */
  readonly leaseEndMs: number;
  readonly outcome: WriteOutcome["kind"];
}

/** What a step asks of the shell. */
export interface LeaseStep {
  readonly writes: readonly DeviceWrite[];
  readonly messages: readonly FromBus[];
}

/** Times of a step: leases run on the real clock, hold times on the house's. */
export interface LeaseTime {
  /** Monotonic real ms. */
  readonly nowMs: number;
  /** Monotonic house ms. */
  readonly houseMs: number;
}

/** Who may write which output of a bus, and what falls to safe when. Pure; one for the life of a bus worker. */
export interface OutputLease {
  /** Every output to its safe value, whatever it was. */
  start(): LeaseStep;
  /** Takes or renews. A life older than the newest is ignored. */
  lease(life: number, outputs: readonly string[], time: LeaseTime): LeaseStep;
  write(command: { life: number; id: string; output: string; value: number }, time: LeaseTime): LeaseStep;
  /** Lets leases end; repeats a write to safe that failed. */
  tick(time: LeaseTime): LeaseStep;
  /** When `tick` has something to do at the earliest, monotonic ms, if nothing is given or renewed before; Infinity for never. */
  dueMs(): number;
  /** Orderly end: every output to safe, no lease left. */
  stop(): LeaseStep;
  /** What became of a write that an earlier step asked for. */
  done(write: DeviceWrite, outcome: WriteOutcome, time: LeaseTime): LeaseStep;
  /** Oldest first, at most `SWITCH_LOG_ENTRIES_MAX`. */
  log(): readonly SwitchRecord[];
}

interface Owed {
  readonly because: SwitchReason;
  readonly life: number;
  readonly leaseEndMs: number;
  failures: number;
  /** No try before this time, monotonic ms. */
  retryMs: number;
}

interface OutputState {
  readonly spec: OutputSpec;
  /** The newest lease: the right to write. */
  right: { readonly life: number; endMs: number } | undefined;
  /** Life that commanded the present value and when its hold on it ends; undefined: the value is the safe one. */
  held: { readonly life: number; endMs: number } | undefined;
  value: number | undefined;
  /** House ms of the last switch. */
  switchedHouseMs: number;
  /** A write to safe that is not confirmed yet. */
  owed: Owed | undefined;
}

const NOTHING: LeaseStep = { writes: [], messages: [] };

/** Makes the lease machine of one bus. @param leaseMs Greater than 0. */
export function outputLease(outputs: readonly OutputSpec[], leaseMs: number): OutputLease {
  invariant(leaseMs > 0, `lease of ${leaseMs} ms`);
  const states = new Map<string, OutputState>(outputs.map((spec) => [spec.name, newOutput(spec)]));
  const log: SwitchRecord[] = [];
  let newestLife = 0;
  return {
    start: () => allSafe(states, "start"),
    lease(life, names, time) {
      if (life < newestLife) return NOTHING;
      newestLife = life;
      for (const name of names) {
        const state = states.get(name);
        if (state !== undefined) renew(state, life, time.nowMs + leaseMs);
      }
      return NOTHING;
    },
    write(command, time) {
      const state = states.get(command.output);
      const because = refusal(state, command, { newestLife, time });
      if (because !== undefined) return answer(command, { kind: "refused", because });
      invariant(state?.right !== undefined, "a write that is not refused has a lease");
      state.held = { life: command.life, endMs: state.right.endMs };
      state.owed = undefined;
      return {
        writes: [{ output: command.output, value: command.value, because: "command", id: command.id }],
        messages: [],
      };
    },
    tick: (time) => endLeases(states, time),
    dueMs: () => Math.min(...[...states.values()].map(dueMsOf)),
    stop: () => allSafe(states, "stop"),
    done(write, said, time) {
      const state = states.get(write.output);
      invariant(state !== undefined, `an answer to a write of "${write.output}", which the bus does not have`);
      const outcome = confirmed(write, said);
      log.push(recordOf(state, write, { outcome, atMs: time.nowMs }));
      if (log.length > SWITCH_LOG_ENTRIES_MAX) log.shift();
      return settle(state, write, { outcome, time });
    },
    log: () => log,
  };
}

function newOutput(spec: OutputSpec): OutputState {
  return { spec, right: undefined, held: undefined, value: undefined, switchedHouseMs: -Infinity, owed: undefined };
}

/** A life that did not command the value may write it, but does not keep it up: it inherits nothing. */
function renew(state: OutputState, life: number, endMs: number): void {
  state.right = { life, endMs };
  if (state.held?.life === life) state.held.endMs = endMs;
}

type Refusal = Extract<WriteResult, { kind: "refused" }>["because"];

function refusal(
  state: OutputState | undefined,
  command: { life: number; value: number },
  { newestLife, time }: { newestLife: number; time: LeaseTime },
): Refusal | undefined {
  if (state === undefined) return "unknown_output";
  if (command.life < newestLife) return "old_life";
  if (state.right?.life !== command.life || state.right.endMs <= time.nowMs) return "no_lease";
  const isSwitch = state.value !== command.value;
  if (isSwitch && time.houseMs - state.switchedHouseMs < state.spec.holdMsMin) return "hold_time";
  return undefined;
}

function answer(command: { id: string; output: string }, result: WriteResult): LeaseStep {
  return { writes: [], messages: [{ kind: "result", id: command.id, output: command.output, result }] };
}

function safeWrite(state: OutputState): DeviceWrite {
  invariant(state.owed !== undefined, "a write to safe is owed before it is asked for");
  return { output: state.spec.name, value: state.spec.safeValue, because: state.owed.because, id: "" };
}

function owe(owed: Pick<Owed, "because" | "life" | "leaseEndMs">): Owed {
  return { ...owed, failures: 0, retryMs: -Infinity };
}

function allSafe(states: ReadonlyMap<string, OutputState>, because: SwitchReason): LeaseStep {
  const writes: DeviceWrite[] = [];
  for (const state of states.values()) {
    state.owed = owe({ because, life: state.right?.life ?? 0, leaseEndMs: 0 });
    state.right = undefined;
    state.held = undefined;
    writes.push(safeWrite(state));
  }
  return { writes, messages: [] };
}

function endLeases(states: ReadonlyMap<string, OutputState>, { nowMs }: LeaseTime): LeaseStep {
  const writes: DeviceWrite[] = [];
  const lapsed: string[] = [];
  for (const state of states.values()) {
    const held = state.held !== undefined && state.held.endMs <= nowMs ? state.held : undefined;
    const right = state.right !== undefined && state.right.endMs <= nowMs ? state.right : undefined;
    if (right !== undefined) state.right = undefined;
    if (held !== undefined) {
      state.held = undefined;
      state.owed = owe({ because: "lapse", life: held.life, leaseEndMs: held.endMs });
    }
    if (held !== undefined || right !== undefined) lapsed.push(state.spec.name);
    if (state.owed !== undefined && state.owed.retryMs <= nowMs) writes.push(safeWrite(state));
  }
  return { writes, messages: lapsed.length === 0 ? [] : [{ kind: "lapsed", outputs: lapsed }] };
}

function dueMsOf({ held, right, owed }: OutputState): number {
  return Math.min(held?.endMs ?? Infinity, right?.endMs ?? Infinity, owed?.retryMs ?? Infinity);
}

/** Safe is what the hardware reads back, not what it was told; a commander judges the read-back of its own write. */
function confirmed(write: DeviceWrite, outcome: WriteOutcome): WriteOutcome {
  if (write.because === "command" || outcome.kind === "failed" || outcome.readBack === write.value) return outcome;
  return { kind: "failed", code: "READBACK" };
}

function recordOf(
  state: OutputState,
  write: DeviceWrite,
  { outcome, atMs }: { outcome: WriteOutcome; atMs: number },
): SwitchRecord {
  const isSafe = write.because !== "command";
  return {
    atMs,
    output: write.output,
    value: write.value,
    because: write.because,
    life: (isSafe ? state.owed?.life : state.held?.life) ?? 0,
    leaseEndMs: write.because === "lapse" ? state.owed?.leaseEndMs ?? 0 : 0,
    outcome: outcome.kind,
  };
}

function settle(
  state: OutputState,
  write: DeviceWrite,
  { outcome, time }: { outcome: WriteOutcome; time: LeaseTime },
): LeaseStep {
  if (outcome.kind === "failed") {
    // What a failed write left behind is unknown, so that the next one counts as a switch.
    state.value = undefined;
    if (write.because === "command") return answer(write, { kind: "failed", code: outcome.code });
    if (state.owed !== undefined && ++state.owed.failures >= QUICK_RETRIES_MAX) {
      state.owed.retryMs = time.nowMs + SLOW_RETRY_MS;
    }
    const message = `Cannot set output "${write.output}" to its safe value as the device must answer: ${outcome.code}`;
    return { writes: [], messages: [{ kind: "fault", device: write.output, code: outcome.code, message }] };
  }
  if (state.value !== write.value) state.switchedHouseMs = time.houseMs;
  state.value = write.value;
  if (write.because === "command") {
    return answer(write, { kind: "written", value: write.value, readBack: outcome.readBack });
  }
  state.owed = undefined;
  return NOTHING;
}
