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
  /** Makes no step for so many ms: a long collection of garbage, a processor that is taken away. */
  freeze(forMs: number): void;
  /** Whether it makes no step now. */
  readonly frozen: boolean;
  /** Nothing of it runs any more. */
  end(): void;
}

/** Makes a life that has no proactor yet. */
export function simulatedLife(ground: LifeGround, hands: LifeHands): SimulatedLife {
  return new VirtualLife(ground, hands);
}

class VirtualLife implements SimulatedLife {
  readonly #ground: LifeGround;
  readonly #hands: LifeHands;
  readonly #timers = new Map<string, Disposable>();
  readonly world: ProactorWorld;
  proactor: Proactor | undefined;
  alive = true;
  steps = 0;
  #hasTurn = false;
  #frozenUntilMs = -1;

  constructor(ground: LifeGround, hands: LifeHands) {
    this.#ground = ground;
    this.#hands = hands;
    const { clock } = ground;
    this.world = {
      realMs: () => clock.nowMs,
      realWallMs: () => ground.wallMs(),
      houseMs: () => clock.nowMs,
      houseWallMs: () => ground.wallMs(),
      newId: () => ground.newId(),
      random: (stream) => ground.random(stream),
      effect: (one) => this.#effect(one),
    };
  }

  get frozen(): boolean {
    return this.#ground.clock.nowMs <= this.#frozenUntilMs;
  }

  get timers(): readonly string[] {
    return [...this.#timers.keys()];
  }

  run(made: Proactor): void {
    this.proactor = made;
  }

  post(input: ProactorInput): void {
    if (!this.alive || !this.proactor) return;
    this.proactor.post(input);
    this.#schedule();
  }

  freeze(forMs: number): void {
    this.#frozenUntilMs = this.#ground.clock.nowMs + forMs;
  }

  end(): void {
    this.alive = false;
    for (const timer of this.#timers.values()) timer[Symbol.dispose]();
    this.#timers.clear();
  }

  #schedule(): void {
    if (this.#hasTurn || !this.alive) return;
    this.#hasTurn = true;
    const { clock, name } = this.#ground;
    clock.after(Math.max(0, this.#frozenUntilMs - clock.nowMs), `${name}.turn`, () => {
      this.#hasTurn = false;
      if (clock.nowMs < this.#frozenUntilMs) return this.#schedule();
      if (!this.alive || !this.proactor) return;
      const made = this.proactor.drain(STEPS_PER_TURN);
      this.steps += made;
      if (made === STEPS_PER_TURN) this.#schedule();
    });
  }

  #effect(one: ProactorEffect): void {
    if (!this.alive) return;
    if (one.kind === "timer") return this.#startTimer(one);
    if (one.kind === "cancel") {
      this.#timers.get(one.name)?.[Symbol.dispose]();
      this.#timers.delete(one.name);
      return;
    }
    if (one.kind === "log") return this.#hands.log(one.record);
    this.#hands.effect(one);
  }

  #startTimer({ name, epoch, delayMs }: Extract<ProactorEffect, { kind: "timer" }>): void {
    this.#timers.get(name)?.[Symbol.dispose]();
    const running = this.#ground.clock.after(delayMs, `${this.#ground.name}: ${name}`, () => {
      if (this.#timers.get(name) === running) this.#timers.delete(name);
      this.post({ kind: "timer", name, epoch });
    });
    this.#timers.set(name, running);
  }
}
