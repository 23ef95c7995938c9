import type { LogRecord } from "../../src/core/log.ts";
import type { StoreClock } from "../../src/host/store_clock.ts";
import type { ConnectionEffect, ConnectionInput } from "../../src/links/connection_port.ts";
import type { PlantedBug } from "../../src/links/mod.ts";
import type { InboxPlant } from "../../src/ltn/mod.ts";
import type { Proactor, ProactorEffect, ProactorInput, ProactorWorld } from "../../src/proactor/mod.ts";
import type { EngineName } from "../../src/testing/simulated_disk.ts";

/** Where the effects of a life go, beside timers. */
export interface Hands {
  effect(effect: Exclude<ProactorEffect, { kind: "timer" | "cancel" | "log" }>): void;
  log(record: LogRecord): void;
}

/** One life of a proactor, on virtual or real time. */
export interface Life {
  readonly world: ProactorWorld;
  run(proactor: Proactor): void;
  post(input: ProactorInput): void;
  end(): void;
}

/** One connection of a peer, and what can be done to it from outside. */
export interface Line {
  effect(effect: ConnectionEffect): void;
  /** Cuts it on the wire. */
  cut(): void;
  end(): void;
}

/** Bugs of links and inboxes. */
export interface Planted {
  readonly links?: ReadonlySet<PlantedBug>;
  readonly inbox?: ReadonlySet<InboxPlant>;
}

/** What peers stand on: simulated or real time, store and broker. */
export interface Ground {
  readonly kind: "simulated" | "real";
  readonly engine: EngineName;
  readonly storeClock: StoreClock;
  /** Bugs that every peer has, to see that scenarios find them. */
  readonly planted?: Planted;
  /** Monotonic ms. */
  nowMs(): number;
  /** @param connections Names of the connections that it has. */
  life(name: string, connections: readonly string[], hands: Hands): Life;
  line(name: string, connection: string, input: (input: ConnectionInput) => void): Line;
  /** Lets time pass until the condition holds. @throws {Error} When it does not within the ground's bound. */
  until(condition: () => boolean, what: string): Promise<void>;
}
