import type { ConnectionEffect, ConnectionInput } from "../../src/links/connection_port.ts";

type Publish = Extract<ConnectionEffect, { kind: "publish" }>;
type Suback = Extract<ConnectionInput, { kind: "suback" }>;

/** The two sides between which a tap sits. */
export interface TapEnds {
  toBroker(effect: ConnectionEffect): void;
  toLinks(input: ConnectionInput): void;
}

/** A message that passed. */
export interface Passed {
  /** Message type as in the topic, with dots. */
  readonly type: string;
  /** Header.MessageId; of an ack the id that it acks. */
  readonly id: string;
}

/** Sits between the links of a peer and its connections: counts, and holds back what a scenario wants held. */
export class WireTap {
  readonly #ends: TapEnds;
  readonly #held: Publish[] = [];
  readonly #subacks: Suback[] = [];
  readonly #asked = new Map<number, readonly string[]>();
  readonly sent: Passed[] = [];
  readonly received: Passed[] = [];
  /** Events that were sent and not acked. */
  readonly inFlight = new Set<string>();
  #holdsPublishes = false;
  /** Answers to subscribes wait for `answerSuback`. */
  holdsSubacks = false;

  constructor(ends: TapEnds) {
    this.#ends = ends;
  }

  /** Messages held back, oldest first. */
  get held(): readonly Passed[] {
    return this.#held.map(passed);
  }

  get subacksHeld(): number {
    return this.#subacks.length;
  }

  /** Holds every message that the peer publishes from now on, not only acks; the peer believes them sent. */
  pause(): void {
    this.#holdsPublishes = true;
  }

  /** Sends the oldest messages held, and stays paused. */
  release(count: number): void {
    for (const effect of this.#held.splice(0, count)) this.#ends.toBroker(effect);
  }

  /** Sends all that is held, and holds no more. */
  resume(): void {
    this.#holdsPublishes = false;
    this.release(Infinity);
  }

  /** Forgets all that is held, and holds no more. */
  discard(): void {
    this.#holdsPublishes = false;
    this.#held.length = 0;
  }

  /** The process of this peer is dead: nothing is held or in flight any more. */
  lost(): void {
    this.discard();
    this.#subacks.length = 0;
    this.inFlight.clear();
  }

  /** Hands the oldest held answer to the links, as the broker gave it or as a refusal of all its topics. */
  answerSuback(how: "granted" | "refused"): void {
    const suback = this.#subacks.shift();
    if (suback === undefined) throw new Error("Cannot answer a subscribe as an answer must be held");
    const refused = how === "granted" ? suback.refused : this.#asked.get(suback.id) ?? [];
    this.#ends.toLinks({ ...suback, refused });
  }

  fromLinks(effect: ConnectionEffect): void {
    if (effect.kind === "subscribe") this.#asked.set(effect.id, effect.topics);
    if (effect.kind !== "publish") return this.#ends.toBroker(effect);
    const one = passed(effect);
    this.sent.push(one);
    if (isEvent(one.type)) this.inFlight.add(one.id);
    if (!this.#holdsPublishes) return this.#ends.toBroker(effect);
    this.#held.push(effect);
    this.#ends.toLinks({ kind: "taken", connection: effect.connection, token: effect.token });
  }

  fromBroker(input: ConnectionInput): void {
    // Answers of a connection that is gone are lost with it.
    if (input.kind === "disconnected") this.#subacks.length = 0;
    if (input.kind === "suback" && this.holdsSubacks) return void this.#subacks.push(input);
    if (input.kind === "message") {
      const one = passed(input);
      this.received.push(one);
      if (one.type === "gridworks.ack") this.inFlight.delete(one.id);
    }
    this.#ends.toLinks(input);
  }
}

/** Whether a type is one of those that are stored until they are acked. */
export function isEvent(type: string): boolean {
  return type.startsWith("gridworks.event");
}

function passed({ topic, bytes }: { readonly topic: string; readonly bytes: Uint8Array }): Passed {
  const type = topic.slice(topic.lastIndexOf("/") + 1).replaceAll("-", ".");
  const { Header, Payload } = JSON.parse(new TextDecoder().decode(bytes)) as {
    readonly Header: { readonly MessageId: string };
    readonly Payload: { readonly AckMessageID?: string };
  };
  return { type, id: Payload.AckMessageID ?? Header.MessageId };
}
