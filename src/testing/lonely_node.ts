import type { CertificateDates } from "../core/credentials.ts";
import type { LogRecord } from "../core/log.ts";
import type { ConnectionInput } from "../links/connection_port.ts";
import { makeLinks } from "../links/mod.ts";
import {
  makeProactor,
  noOutputs,
  type ProactorEffect,
  type ProactorInput,
  type ProactorWorld,
} from "../proactor/mod.ts";
import { DEFAULT_REGISTRY } from "../protocol/mod.ts";
import { linkConfig } from "./link_harness.ts";
import { nodePlant } from "./planted_node.ts";
import { type SimulatedLife, simulatedLife } from "./simulated_life.ts";
import { type SimulatedStore, simulatedStore } from "./simulated_store.ts";
import { makeTrace } from "./trace.ts";
import type { VirtualClock } from "./virtual_clock.ts";

/** Most payload bytes of pending events: nobody acks them. */
const BYTES_MAX = 50_000_000;
const BOOT = "boot";

/** A problem event that was made durable. */
export interface LonelyProblem {
  readonly type: "error" | "warning";
  readonly summary: string;
  readonly details: string;
  /** Stamp of the event, ms since 1970. */
  readonly wallMs: number;
}

/** How a lonely node is set up. */
export interface LonelyOptions {
  readonly clock: VirtualClock;
  /** Certificates of connection "broker", told at each start. */
  readonly certificates?: () => readonly CertificateDates[];
  /** Real ms for each ms of house time: with 60 it looks at its clock once a minute. @default 1 */
  readonly turnsSlower?: number;
  /** Answers a try of connection "broker"; without it the node has no link at all. */
  readonly connect?: (wallMs: number) => Extract<ConnectionInput, { kind: "connected" | "connect_failed" }>;
}

/**
 * One process without peers: proactor, links and store on virtual time, for weeks of it in seconds. Its disk outlives it, and
 * its wall clock can be set apart from the world's.
 */
export interface LonelyNode {
  start(): void;
  /** Stops in order. */
  stop(): void;
  /** Dies: what was not durable is lost. */
  crash(): void;
  post(input: ProactorInput): void;
  /** Sets its wall clock, which runs on from there. @param wallMs ms since 1970. */
  setWall(wallMs: number): void;
  readonly wallMs: number;
  /** Durable problem events of all lives, oldest first. */
  problems(): readonly LonelyProblem[];
  readonly logs: readonly LogRecord[];
  /** Monotonic ms of each try to connect. */
  readonly tries: readonly number[];
  /** Commits of the store in all lives. */
  readonly commits: number;
}

/** Makes a node that is down. */
export function lonelyNode(options: LonelyOptions): LonelyNode {
  return new VirtualLonelyNode(options);
}

class VirtualLonelyNode implements LonelyNode {
  readonly #options: LonelyOptions;
  readonly #store: SimulatedStore;
  readonly logs: LogRecord[] = [];
  readonly tries: number[] = [];
  commits = 0;
  #life: SimulatedLife | undefined;
  #wallOffsetMs = 0;
  #ids = 0;
  #lives = 0;

  constructor(options: LonelyOptions) {
    this.#options = options;
    const { clock } = options;
    this.#store = simulatedStore({
      name: "lonely",
      clock,
      trace: makeTrace(),
      engine: "memory",
      bytesMax: BYTES_MAX,
      wallMs: () => this.wallMs,
      planted: undefined,
      plant: nodePlant(undefined),
      answered: (message) => void (message.kind === "committed" && this.commits++),
    });
  }

  get wallMs(): number {
    return this.#options.clock.wallMs + this.#wallOffsetMs;
  }

  setWall(wallMs: number): void {
    this.#wallOffsetMs += wallMs - this.wallMs;
  }

  start(): void {
    this.#store.start(BOOT);
    const life: SimulatedLife = simulatedLife(this.#ground(), {
      effect: (effect) => this.#effect(effect, (message) => store.send(message)),
      log: (record) => void this.logs.push(record),
    });
    const store = this.#store.attach(life, BOOT, ++this.#lives);
    this.#life = life;
    const config = linkConfig("lonely", "cloud", "upstream");
    const links = makeLinks({ ...config, links: this.#options.connect ? config.links : [] }, DEFAULT_REGISTRY);
    const names = { longName: "d1.lonely", inbound: {}, routes: {}, peers: { cloud: "d1.cloud" } };
    const parts = { boot: `boot${this.#lives}`, life: this.#lives, actors: [], links, guard: noOutputs() };
    life.run(makeProactor({ ...names, ...parts }, this.#slowWorld(life.world)));
    const certificates = this.#options.certificates?.();
    if (certificates) {
      this.post({ kind: "credentials", told: { verdict: "in_use", connection: "broker", certificates } });
    }
    store.open();
  }

  stop(): void {
    this.post({ kind: "stop", reason: "test" });
  }

  crash(): void {
    this.#life?.end();
    this.#life = undefined;
    this.#store.crash();
  }

  post(input: ProactorInput): void {
    this.#life?.post(input);
  }

  problems(): readonly LonelyProblem[] {
    return [...this.#store.ledger.events.values()]
      .filter((event) => event.class === "gridworks.event.problem")
      .map(({ bytes }) => {
        const { ProblemType: type, Summary: summary, Details: details, TimeCreatedMs: wallMs } = JSON.parse(
          new TextDecoder().decode(bytes),
        );
        return { type, summary, details, wallMs };
      });
  }

  #slowWorld(world: ProactorWorld): ProactorWorld {
    const { turnsSlower: times = 1 } = this.#options;
    return {
      ...world,
      houseMs: () => world.houseMs() / times,
      effect(one) {
        const isSlow = one.kind === "timer" && one.clock === "house";
        world.effect(isSlow ? { ...one, delayMs: one.delayMs * times } : one);
      },
    };
  }

  #ground() {
    return {
      name: "lonely",
      clock: this.#options.clock,
      wallMs: () => this.wallMs,
      newId: () => `00000000-0000-4000-8000-${(++this.#ids).toString(16).padStart(12, "0")}`,
      random: () => 0.5,
    };
  }

  #effect(
    effect: Exclude<ProactorEffect, { kind: "timer" | "cancel" | "log" }>,
    toStore: (message: Extract<ProactorEffect, { kind: "store" }>["message"]) => void,
  ): void {
    if (effect.kind === "store") toStore(effect.message);
    else if (effect.kind === "stopped") this.crash();
    else if (effect.kind === "connection" && effect.effect.kind === "connect") {
      const { clock, connect } = this.#options;
      this.tries.push(clock.nowMs);
      const life = this.#life;
      clock.after(0, "lonely: answer of the broker", () => {
        life?.post({ kind: "connection", input: connect!(this.wallMs) });
      });
    }
  }
}
