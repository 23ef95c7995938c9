import { assertNever, invariant } from "../core/invariant.ts";
import type { ConnectionEffect, ConnectionInput } from "../links/connection_port.ts";

/** A connection of a memory broker. */
export interface MemoryConnection extends Disposable {
  /** Carries out what links ask. @throws {Error} If the effect names another connection. */
  effect(effect: ConnectionEffect): void;
}

/** A broker inside the process, without latency and faults: for tests and for a demo without a network. */
export interface MemoryBroker {
  /** Makes a connection that is down. */
  open(name: string, emit: (input: ConnectionInput) => void): MemoryConnection;
  /** Cuts all connections and refuses new ones until `start`. */
  stop(): void;
  start(): void;
  /** Connections that are up. */
  readonly up: number;
}

interface Member {
  readonly name: string;
  readonly emit: (input: ConnectionInput) => void;
  readonly filters: Set<string>;
  state: "down" | "connecting" | "up" | "disposed";
}

/** What the members of one broker share. */
class Broker implements MemoryBroker {
  readonly #members = new Set<Member>();
  readonly #later: (callback: () => void) => void;
  #running = true;

  constructor(later: (callback: () => void) => void) {
    this.#later = later;
  }

  open(name: string, emit: (input: ConnectionInput) => void): MemoryConnection {
    const member: Member = { name, emit, filters: new Set(), state: "down" };
    this.#members.add(member);
    return {
      effect: (effect) => {
        invariant(effect.connection === name, `connection "${name}" got an effect for "${effect.connection}"`);
        if (member.state !== "disposed") this.#carryOut(member, effect);
      },
      [Symbol.dispose]: () => {
        member.state = "disposed";
        this.#members.delete(member);
      },
    };
  }

  stop(): void {
    this.#running = false;
    for (const member of this.#members) this.#drop(member, "broker stopped");
  }

  start(): void {
    this.#running = true;
  }

  get up(): number {
    return [...this.#members].filter((member) => member.state === "up").length;
  }

  #answer(member: Member, input: ConnectionInput): void {
    this.#later(() => {
      if (member.state !== "disposed") member.emit(input);
    });
  }

  #drop(member: Member, reason: string): void {
    if (member.state !== "up") return;
    member.state = "down";
    member.filters.clear();
    this.#answer(member, { kind: "disconnected", connection: member.name, reason });
  }

  #connect(member: Member): void {
    invariant(member.state === "down", `connection "${member.name}" connects while it is ${member.state}`);
    member.state = "connecting";
    this.#later(() => {
      if (member.state !== "connecting") return;
      member.state = this.#running ? "up" : "down";
      const { name: connection, emit } = member;
      if (this.#running) emit({ kind: "connected", connection });
      else emit({ kind: "connect_failed", connection, refusal: "network", reason: "connection refused" });
    });
  }

  #publish(from: Member, effect: Extract<ConnectionEffect, { kind: "publish" }>): void {
    if (effect.token !== 0) this.#answer(from, { kind: "taken", connection: from.name, token: effect.token });
    const { topic, bytes } = effect;
    for (const member of this.#members) {
      if (member.state !== "up" || ![...member.filters].some((filter) => topicMatches(filter, topic))) continue;
      this.#answer(member, { kind: "message", connection: member.name, topic, bytes: bytes.slice() });
    }
  }

  #carryOut(member: Member, effect: ConnectionEffect): void {
    if (effect.kind === "connect") return this.#connect(member);
    if (member.state !== "up") return;
    switch (effect.kind) {
      case "subscribe":
        for (const topic of effect.topics) member.filters.add(topic);
        return this.#answer(member, { kind: "suback", connection: member.name, id: effect.id, refused: [] });
      case "publish":
        return this.#publish(member, effect);
      case "disconnect":
        return this.#drop(member, "disconnected on request");
      default:
        return assertNever(effect);
    }
  }
}

/**
 * Makes a memory broker.
 *
 * @param later Runs a callback after the current step, in the order of the calls: a microtask, a task or a virtual timer.
 */
export function memoryBroker(later: (callback: () => void) => void): MemoryBroker {
  return new Broker(later);
}

/** Whether an MQTT topic filter takes a topic: "+" is one level, "#" at the end any number. Source: MQTT 3.1.1 §4.7. */
export function topicMatches(filter: string, topic: string): boolean {
  const wanted = filter.split("/");
  const levels = topic.split("/");
  for (let index = 0; index < wanted.length; index++) {
    if (wanted[index] === "#") return true;
    if (index >= levels.length) return false;
    if (wanted[index] !== "+" && wanted[index] !== levels[index]) return false;
  }
  return wanted.length === levels.length;
}
