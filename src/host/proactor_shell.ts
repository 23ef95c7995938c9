import type { ToBus } from "../core/device.ts";
import type { LogRecord } from "../core/log.ts";
import type { ConnectionEffect } from "../links/connection_port.ts";
import type { Proactor, ProactorEffect, ProactorInput, ProactorWorld } from "../proactor/mod.ts";
import type { ToStore } from "../store/port.ts";
import { turns } from "./turns.ts";

/**
 * Steps of one turn; then timers and sockets get theirs, and what was published or written leaves: store and peer work on
 * it while the next turn runs.
 */
export const STEPS_PER_TURN = 64;

/** Longest delay that the runtime's timers keep, in ms; a longer one would fire at once. */
export const TIMER_DELAY_MS_MAX = 2_147_483_647;

/** Most inputs that wait for `run`; it follows in the same turn. */
export const EARLY_INPUTS_MAX = 1_024;

/** A connection as the shell drives it. */
export interface ShellConnection extends Disposable {
  effect(effect: ConnectionEffect): void;
  pause(): void;
  resume(): void;
}

/** The hands of a proactor: everything outside the core. */
export interface ShellParts {
  readonly connections: ReadonlyMap<string, ShellConnection>;
  toStore(message: ToStore): void;
  toBus(bus: string, message: ToBus): void;
  log(record: LogRecord): void;
  /** An actor asks a request port; the answer is posted as `reply`. */
  request(request: Extract<ProactorEffect, { kind: "request" }>): void;
  stopped(): void;
  /** Called after each turn that made steps. */
  turned?(): void;
}

/** Clocks of a shell. */
export interface ShellClock {
  /** House ms for each real ms, 1 to 300. */
  readonly speed: number;
  /** Wall clock of the house at `houseStartRealWallMs`. */
  readonly houseWallStartMs: number;
  /** Real wall clock (ms) at which the house's clock began. */
  readonly realWallStartMs: number;
}

/** A proactor on the real clock. */
export interface ProactorShell extends Disposable {
  /** What the proactor is made with. */
  readonly world: ProactorWorld;
  /** Starts stepping this proactor; what was posted before waits for it. */
  run(proactor: Proactor): void;
  /** @returns Whether the input was taken. */
  post(input: ProactorInput): boolean;
  houseWallMs(): number;
}

/** The proactor's timers, by name, on the runtime's. */
function namedTimers(fired: (name: string, epoch: number) => void) {
  const timers = new Map<string, ReturnType<typeof setTimeout>>();
  function start(name: string, epoch: number, delayMs: number): void {
    clearTimeout(timers.get(name));
    const nowMs = Math.min(Math.max(0, delayMs), TIMER_DELAY_MS_MAX);
    const timer = setTimeout(() => {
      if (delayMs > nowMs) return start(name, epoch, delayMs - nowMs);
      timers.delete(name);
      fired(name, epoch);
    }, nowMs);
    timers.set(name, timer);
  }
  return {
    start,
    cancel(name: string): void {
      clearTimeout(timers.get(name));
      timers.delete(name);
    },
    clear(): void {
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
    },
  };
}

/** Carries out what is no timer. */
function carryOut(one: Exclude<ProactorEffect, { kind: "timer" | "cancel" }>, parts: ShellParts): void {
  switch (one.kind) {
    case "store":
      return parts.toStore(one.message);
    case "connection":
      return parts.connections.get(one.effect.connection)?.effect(one.effect);
    case "flow": {
      const connection = parts.connections.get(one.connection);
      return one.reading ? connection?.resume() : connection?.pause();
    }
    case "bus":
      return parts.toBus(one.bus, one.message);
    case "request":
      return parts.request(one);
    case "log":
      return parts.log(one.record);
    case "stopped":
      return parts.stopped();
  }
}

/** Wall clock of the house. */
function houseClock(clock: ShellClock): () => number {
  const startedMs = performance.now();
  const wallAtStartMs = Date.now();
  return () => {
    const sinceMs = wallAtStartMs - clock.realWallStartMs + (performance.now() - startedMs);
    // Whole ms, as on the wire and in the store.
    return clock.speed === 1 ? Date.now() : Math.floor(clock.houseWallStartMs + sinceMs * clock.speed);
  };
}

/** Makes the shell of one proactor. The parts may be filled in after it is made: they are looked at when an effect comes. */
export function proactorShell(clock: ShellClock, parts: () => ShellParts): ProactorShell {
  const timers = namedTimers((name, epoch) => void post({ kind: "timer", name, epoch }));
  const houseWallMs = houseClock(clock);
  const early: ProactorInput[] = [];
  let proactor: Proactor | undefined;
  const turn = turns(runTurn);

  function runTurn(): boolean {
    if (!proactor) return false;
    const steps = proactor.drain(STEPS_PER_TURN);
    parts().turned?.();
    return steps === STEPS_PER_TURN;
  }
  function post(input: ProactorInput): boolean {
    if (!proactor) return early.length < EARLY_INPUTS_MAX && early.push(input) > 0;
    const taken = proactor.post(input);
    turn.schedule();
    return taken;
  }
  function effect(one: ProactorEffect): void {
    if (one.kind === "cancel") return timers.cancel(one.name);
    if (one.kind !== "timer") return carryOut(one, parts());
    timers.start(one.name, one.epoch, one.clock === "house" ? one.delayMs / clock.speed : one.delayMs);
  }
  const world: ProactorWorld = {
    realMs: () => performance.now(),
    realWallMs: () => Date.now(),
    houseMs: () => performance.now() * clock.speed,
    houseWallMs,
    newId: () => crypto.randomUUID(),
    random: () => Math.random(),
    effect,
  };
  return {
    world,
    run(made) {
      proactor = made;
      for (const input of early.splice(0)) proactor.post(input);
      turn.schedule();
    },
    post,
    houseWallMs,
    [Symbol.dispose]() {
      turn[Symbol.dispose]();
      timers.clear();
      for (const connection of parts().connections.values()) connection[Symbol.dispose]();
    },
  };
}
