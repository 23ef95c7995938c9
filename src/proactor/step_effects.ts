import type { ActorContext, EventPayload } from "./actor.ts";
import type { Json } from "../core/context.ts";
import type { LogRecord } from "../core/log.ts";
import type { Lane } from "../store/port.ts";

/** What `ActorContext.send` takes. */
export type OutgoingMessage = Parameters<ActorContext["send"]>[0];

/** One effect of an actor's step, kept as data until the step has ended without an exception. */
export type ActorEffect =
  | { readonly kind: "send"; readonly message: OutgoingMessage }
  | { readonly kind: "record"; readonly payload: EventPayload; readonly lane: Lane }
  | { readonly kind: "keep"; readonly key: string; readonly value: Json; readonly lifetimeMs: number }
  | { readonly kind: "journal"; readonly channel: string; readonly value: number; readonly wallMs: number }
  | { readonly kind: "clear_journal"; readonly beforeWallMs: number }
  | {
    readonly kind: "command";
    readonly id: string;
    readonly output: string;
    readonly value: number;
    readonly by: string;
  }
  | { readonly kind: "request"; readonly port: string; readonly id: string; readonly body: Json }
  | { readonly kind: "timer"; readonly name: string; readonly delayMs: number }
  | { readonly kind: "cancel"; readonly name: string }
  | { readonly kind: "log"; readonly record: LogRecord };

/** What an actor's context needs from outside: house time, ids and chance. */
export interface ActorWorld {
  readonly nowMs: number;
  readonly wallMs: number;
  newId(): string;
  random(stream: string): number;
}

/** A context that collects the effects of one step. */
export function collectingContext(world: ActorWorld, effects: ActorEffect[]): ActorContext {
  // The world's clock goes on during a step; all stamps of one step must be the same.
  const { nowMs, wallMs } = world;
  return {
    nowMs,
    wallMs,
    newId: () => world.newId(),
    random: (stream) => world.random(stream),
    log: (record) => void effects.push({ kind: "log", record }),
    timer: (name, delayMs) => void effects.push({ kind: "timer", name, delayMs }),
    cancel: (name) => void effects.push({ kind: "cancel", name }),
    send: (message) => void effects.push({ kind: "send", message }),
    record: (payload, lane = 2) => void effects.push({ kind: "record", payload, lane }),
    keep: (key, value, lifetimeMs) => void effects.push({ kind: "keep", key, value, lifetimeMs }),
    journal: (channel, value) => void effects.push({ kind: "journal", channel, value, wallMs }),
    clearJournal: (beforeWallMs) => void effects.push({ kind: "clear_journal", beforeWallMs }),
    command(output, value, by) {
      const id = world.newId();
      effects.push({ kind: "command", id, output, value, by });
      return id;
    },
    request: (port, id, body) => void effects.push({ kind: "request", port, id, body }),
  };
}
