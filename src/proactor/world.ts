import type { Json } from "../core/context.ts";
import type { CredentialsTold } from "../core/credentials.ts";
import type { FromBus, ToBus } from "../core/device.ts";
import type { LogRecord } from "../core/log.ts";
import type { Message } from "../core/message.ts";
import type { ConnectionEffect, ConnectionInput } from "../links/connection_port.ts";
import type { FromStore, ToStore } from "../store/port.ts";

/** Everything that can happen to a proactor. */
export type ProactorInput =
  | { readonly kind: "store"; readonly message: FromStore }
  | { readonly kind: "connection"; readonly input: ConnectionInput }
  | { readonly kind: "bus"; readonly bus: string; readonly message: FromBus }
  /** `epoch` is the one of the effect that started it. */
  | { readonly kind: "timer"; readonly name: string; readonly epoch: number }
  /** A message from the rim of this process: web, command line, a test. */
  | { readonly kind: "post"; readonly message: Message }
  /** What a connection uses, and what it did not take: at the start, and after each change of its files. */
  | { readonly kind: "credentials"; readonly told: CredentialsTold }
  | { readonly kind: "reply"; readonly actor: string; readonly id: string; readonly body: Json }
  | { readonly kind: "stop"; readonly reason: string };

/** Everything a proactor can ask its shell for. */
export type ProactorEffect =
  | { readonly kind: "store"; readonly message: ToStore }
  | { readonly kind: "connection"; readonly effect: ConnectionEffect }
  /** The queue of this connection is full (or has room again): stop (or go on) reading its socket. */
  | { readonly kind: "flow"; readonly connection: string; readonly reading: boolean }
  | { readonly kind: "bus"; readonly bus: string; readonly message: ToBus }
  /** Links and leases run on the real clock, actors on the house's. */
  | {
    readonly kind: "timer";
    readonly name: string;
    readonly epoch: number;
    readonly delayMs: number;
    readonly clock: "real" | "house";
  }
  | { readonly kind: "cancel"; readonly name: string }
  | {
    readonly kind: "request";
    readonly actor: string;
    readonly port: string;
    readonly id: string;
    readonly body: Json;
  }
  | { readonly kind: "log"; readonly record: LogRecord }
  /** Outputs are safe and rows committed: the last effect of a life. */
  | { readonly kind: "stopped" };

/**
 * The shell of a proactor: clocks, ids, chance, and hands. `src/host` has the real one, `src/testing` the simulated one.
 * `effect` must not call back into the proactor; what happens comes as an input later.
 */
export interface ProactorWorld {
  /** Monotonic ms of the real clock. */
  realMs(): number;
  /** Wall clock in ms since 1970. */
  realWallMs(): number;
  /** Monotonic ms of the house's clock: the real one, or faster in a demo. */
  houseMs(): number;
  houseWallMs(): number;
  newId(): string;
  random(stream: string): number;
  effect(effect: ProactorEffect): void;
}
