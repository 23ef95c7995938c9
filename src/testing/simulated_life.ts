import type { LogRecord } from "../core/log.ts";
import type { Proactor, ProactorEffect, ProactorInput, ProactorWorld } from "../proactor/mod.ts";
import type { VirtualClock } from "./virtual_clock.ts";

/** Steps of one turn of a simulated process. */
export const STEPS_PER_TURN = 256;

/** Where the effects of a life go. */
export interface LifeHands {
  effect(effect: Exclude<ProactorEffect, { kind: "timer" | "cancel" | "log" }>): void;
  log(record: LogRecord): void;
}

/** What a life stands on. */
export interface LifeGround {
  readonly name: string;
  readonly clock: VirtualClock;
  /** Wall clock of this process's machine, in ms. */
  wallMs(): number;
  newId(): string;
  random(stream: string): number;
}

/** One life of a proactor on virtual time: the simulated twin of `proactorShell`. */
export interface SimulatedLife {
  readonly world: ProactorWorld;
  readonly proactor: Proactor | undefined;
  /** Names of its running timers. */
  readonly timers: readonly string[];
  readonly steps: number;
  readonly alive: boolean;
  run(proactor: Proactor): void;
  post(input: ProactorInput): void;
  /** Nothing of it runs any more. */
  end(): void;
}

/** Makes a life that has no proactor yet. */
export function simulatedLife(ground: LifeGround, hands: LifeHands): SimulatedLife {
  const { clock, name } = ground;
  const timers = new Map<string, Disposable>();
  let proactor: Proactor | undefined;
  let alive = true;
  let turn = false;
  let steps = 0;

  function schedule(): void {
    if (turn || !alive) return;
    turn = true;
    clock.after(0, `${name}.turn`, () => {
      turn = false;
      if (!alive || !proactor) return;
      const made = proactor.drain(STEPS_PER_TURN);
      steps += made;
      if (made === STEPS_PER_TURN) schedule();
    });
  }
  function post(input: ProactorInput): void {
    if (!alive || !proactor) return;
    proactor.post(input);
    schedule();
  }
  function startTimer({ name: timer, epoch, delayMs }: Extract<ProactorEffect, { kind: "timer" }>): void {
    timers.get(timer)?.[Symbol.dispose]();
    const running = clock.after(delayMs, `${name}: ${timer}`, () => {
      if (timers.get(timer) === running) timers.delete(timer);
      post({ kind: "timer", name: timer, epoch });
    });
    timers.set(timer, running);
  }
  function effect(one: ProactorEffect): void {
    if (!alive) return;
    if (one.kind === "timer") return startTimer(one);
    if (one.kind === "cancel") {
      timers.get(one.name)?.[Symbol.dispose]();
      timers.delete(one.name);
      return;
    }
    if (one.kind === "log") return hands.log(one.record);
    hands.effect(one);
  }
  return {
    world: {
      realMs: () => clock.nowMs,
      realWallMs: () => ground.wallMs(),
      houseMs: () => clock.nowMs,
      houseWallMs: () => ground.wallMs(),
      newId: () => ground.newId(),
      random: (stream) => ground.random(stream),
      effect,
    },
    get proactor() {
      return proactor;
    },
    get timers() {
      return [...timers.keys()];
    },
    get steps() {
      return steps;
    },
    get alive() {
      return alive;
    },
    run(made) {
      proactor = made;
    },
    post,
    end() {
      alive = false;
      for (const timer of timers.values()) timer[Symbol.dispose]();
      timers.clear();
    },
  };
}
