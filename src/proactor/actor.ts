import type { Json, TimerContext } from "../core/context.ts";
import type { WriteResult } from "../core/device.ts";
import type { Message } from "../core/message.ts";
import type { LinkState } from "../links/port.ts";
import type { Lane } from "../store/port.ts";

/** What an actor is told. One input a step. */
export type ActorInput =
  /**
   * First input of a life. `kept` holds what this actor kept in an earlier one, by key, as it was given to `keep`. When
   * it throws, a fresh actor gets it before its next input.
   */
  | { readonly kind: "start"; readonly kept: ReadonlyMap<string, Json> }
  /** `link` is the name of the link it came over, or "internal". */
  | { readonly kind: "message"; readonly message: Message; readonly link: string }
  | { readonly kind: "timer"; readonly name: string }
  /** A device read a channel; `value` in the channel's telemetry unit. Every actor that listens to the channel gets it. */
  | { readonly kind: "reading"; readonly channel: string; readonly value: number }
  /** What became of a command of this actor. */
  | {
    readonly kind: "result";
    readonly id: string;
    readonly output: string;
    readonly result: WriteResult | GuardRefusal;
  }
  /** An output changed without this actor's command: its lease lapsed, or a safety rule forced it. */
  | { readonly kind: "output"; readonly output: string; readonly value: number; readonly because: string }
  | { readonly kind: "link"; readonly link: string; readonly from: LinkState; readonly to: LinkState }
  /** Answer to `request`. */
  | { readonly kind: "reply"; readonly id: string; readonly body: Json }
  | { readonly kind: "stop" };

/** Safety refused a command. */
export interface GuardRefusal {
  readonly kind: "forbidden";
  readonly because: string;
  readonly retryAfterMs?: number;
}

/** Payload of an event to record; MessageId, TimeCreatedMs and Src are filled in when they are absent. */
export interface EventPayload {
  readonly TypeName: string;
  readonly [key: string]: unknown;
}

/**
 * What an actor is handed with every input. Times are house time; the effects leave when the step is over, sends after the
 * rows of the step are durable. Timers are the actor's own: two actors may use the same name.
 */
export interface ActorContext extends TimerContext {
  /** Sends a message: to an actor of this process when `dst` names one, else over the link that leads to `dst`. */
  send(
    message: {
      readonly dst: string;
      readonly type: string;
      readonly payload: unknown;
      readonly src?: string;
      readonly link?: string;
    },
  ): void;
  /** Records an event: durable first, then delivered upstream until acked. @param lane Default 2. */
  record(payload: EventPayload, lane?: Lane): void;
  /** Keeps a value over restarts and power cuts. @param lifetimeMs How long it counts; 0 for ever. */
  keep(key: string, value: Json, lifetimeMs: number): void;
  /** Journals a reading until `clearJournal`. */
  journal(channel: string, value: number): void;
  /** Clears journalled readings older than this stamp, in the transaction of this step. */
  clearJournal(beforeWallMs: number): void;
  /** Commands one output of a bus, through safety; the result comes back as an input. @returns Its id. */
  command(output: string, value: number, by: string): string;
  /** Asks a request port at the rim; the answer comes back as `reply`. */
  request(port: string, id: string, body: Json): void;
}

/** A live actor: a node of the layout with state of its own and one pure step. No promise, no callback, no I/O. */
export interface Actor {
  /** Node name in the layout. */
  readonly name: string;
  /** Channels whose readings it wants; "*" for all. */
  readonly listensTo: readonly string[];
  step(input: ActorInput, ctx: ActorContext): void;
  /** What the dashboard and the live view show: small, plain data. */
  snapshot(): Json;
}
