import type { ToBus } from "../core/device.ts";
import type { LogRecord } from "../core/log.ts";
import type { ConnectionEffect } from "../links/connection_port.ts";
import type { Proactor, ProactorEffect, ProactorInput, ProactorWorld } from "../proactor/mod.ts";
import type { ToStore } from "../store/port.ts";

/** Steps of one turn; then timers and sockets get theirs. */
export const STEPS_PER_TURN = 256;

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

/** Makes the shell of one proactor. The parts may be filled in after it is made: they are looked at when an effect comes. */
export function proactorShell(clock: ShellClock, parts: () => ShellParts): ProactorShell {
  const timers = new Map<string, ReturnType<typeof setTimeout>>();
  const startedMs = performance.now();
  const wallAtStartMs = Date.now();
  const early: ProactorInput[] = [];
  let proactor: Proactor | undefined;
  let turn: ReturnType<typeof setTimeout> | undefined;
  let disposed = false;

  function houseWallMs(): number {
    const sinceMs = wallAtStartMs - clock.realWallStartMs + (performance.now() - startedMs);
    // Whole ms, as on the wire and in the store.
    return clock.speed === 1 ? Date.now() : Math.floor(clock.houseWallStartMs + sinceMs * clock.speed);
  }

  function schedule(): void {
    if (turn !== undefined || disposed) return;
    turn = setTimeout(runTurn, 0);
  }

  function runTurn(): void {
    turn = undefined;
    if (!proactor || disposed) return;
    const steps = proactor.drain(STEPS_PER_TURN);
    if (steps === STEPS_PER_TURN) schedule();
    parts().turned?.();
  }

  function post(input: ProactorInput): boolean {
    if (!proactor) return early.length < EARLY_INPUTS_MAX && early.push(input) > 0;
    const taken = proactor.post(input);
    schedule();
    return taken;
  }

  function startTimer(name: string, epoch: number, delayMs: number): void {
    clearTimeout(timers.get(name));
    const nowMs = Math.min(Math.max(0, delayMs), TIMER_DELAY_MS_MAX);
    const timer = setTimeout(() => {
      if (delayMs > nowMs) return startTimer(name, epoch, delayMs - nowMs);
      timers.delete(name);
      post({ kind: "timer", name, epoch });
    }, nowMs);
    timers.set(name, timer);
  }

  function effect(one: ProactorEffect): void {
    const { connections, toStore, toBus, log, request, stopped } = parts();
    switch (one.kind) {
      case "store":
        return toStore(one.message);
      case "connection":
        return connections.get(one.effect.connection)?.effect(one.effect);
      case "flow": {
        const connection = connections.get(one.connection);
        return one.reading ? connection?.resume() : connection?.pause();
      }
      case "bus":
        return toBus(one.bus, one.message);
      case "timer":
        return startTimer(one.name, one.epoch, one.clock === "house" ? one.delayMs / clock.speed : one.delayMs);
      case "cancel":
        clearTimeout(timers.get(one.name));
        timers.delete(one.name);
        return;
      case "request":
        return request(one);
      case "log":
        return log(one.record);
      case "stopped":
        return stopped();
    }
  }

  return {
    world: {
      realMs: () => performance.now(),
      realWallMs: () => Date.now(),
      houseMs: () => performance.now() * clock.speed,
      houseWallMs,
      newId: () => crypto.randomUUID(),
      random: () => Math.random(),
      effect,
    },
    run(made) {
      proactor = made;
      for (const input of early.splice(0)) proactor.post(input);
      schedule();
    },
    post,
    houseWallMs,
    [Symbol.dispose]() {
      disposed = true;
      clearTimeout(turn);
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
      for (const connection of parts().connections.values()) connection[Symbol.dispose]();
    },
  };
}
