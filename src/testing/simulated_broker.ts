import { invariant } from "../core/invariant.ts";
import type { ConnectionEffect, ConnectionInput } from "../links/connection_port.ts";
import { topicMatches } from "../transports/memory_connection.ts";
import {
  type BrokerFaults,
  CALM,
  type FaultKind,
  NOTHING_FIRED,
  PACKET_EXTRA_BYTES,
  SOCKET_BYTES,
} from "./broker_faults.ts";
import { type ClientSocket, clientSocket } from "./client_socket.ts";
import type { RandomStreams } from "./random_streams.ts";
import type { VirtualClock } from "./virtual_clock.ts";

/** After so long a half-open connection is noticed, in ms: one and a half times the keep-alive of 60 s. */
export const KEEP_ALIVE_NOTICE_MS = 90_000;

/** Most pairs of filter and topic that are remembered. */
const MATCHES_MAX = 10_000;

/** One client of the broker. */
export interface BrokerPort {
  /** Carries out what links ask of their connection. */
  effect(effect: ConnectionEffect): void;
  /** The process dies: nothing reaches it any more, and what it sent last may be lost. */
  crash(): void;
  /** The process stops (or goes on) reading its socket: what comes meanwhile waits. */
  flow(reading: boolean): void;
}

/** A broker in memory, on virtual time, with faults. MQTT 3.1.1, clean session, QoS 0; first in, first out in a connection. */
export interface SimulatedBroker {
  readonly faults: BrokerFaults;
  readonly fired: Readonly<Record<FaultKind, number>>;
  /** Attaches a client. @param client Unique name of it, also after a restart of the client. */
  attach(client: string, input: (input: ConnectionInput) => void): BrokerPort;
  /** Cuts the connection of one client; what is in flight both ways is lost. */
  cut(client: string): void;
  /** Both ends believe that the connection is up, nothing arrives; each notices by its keep-alive. */
  halfOpen(client: string): void;
  /** The broker goes away and comes back: all connections are cut, connects are refused meanwhile. */
  restart(downMs: number): void;
  /** Cuts everyone and refuses connects, until it is switched off. */
  partition(on: boolean): void;
  /** Refuses to grant subscriptions that match these topics exactly. */
  refuseTopics(topics: readonly string[]): void;
  /** All faults off: short even latency, no partition. */
  calm(): void;
  /** Whether the broker holds a live connection of this client. */
  isUp(client: string): boolean;
}

interface Client {
  readonly name: string;
  input: (input: ConnectionInput) => void;
  connection: string;
  /** Raised by every cut: what was sent in an older epoch is lost. */
  epoch: number;
  state: "down" | "connecting" | "up" | "half_open";
  filters: string[];
  /** Due times never fall behind these: FIFO each way. */
  toBrokerMs: number;
  toClientMs: number;
  /** When the bytes that were sent so far have left, each way. */
  sentToBrokerMs: number;
  sentToClientMs: number;
  /** Until then nothing passes. */
  stalledUntilMs: number;
  socket: ClientSocket;
}

type Way = "ToBroker" | "ToClient";

/** Makes a calm broker. */
export function simulatedBroker(clock: VirtualClock, random: RandomStreams): SimulatedBroker {
  return new VirtualBroker(clock, random);
}

class VirtualBroker implements SimulatedBroker {
  readonly #clock: VirtualClock;
  readonly #random: RandomStreams;
  readonly #clients = new Map<string, Client>();
  readonly faults: BrokerFaults = { ...CALM };
  readonly fired = { ...NOTHING_FIRED };
  #refusedTopics: readonly string[] = [];
  readonly #matched = new Map<string, boolean>();
  #partitioned = false;
  #downUntilMs = 0;

  constructor(clock: VirtualClock, random: RandomStreams) {
    this.#clock = clock;
    this.#random = random;
  }

  attach(name: string, input: (input: ConnectionInput) => void): BrokerPort {
    const before = this.#clients.get(name);
    if (before !== undefined) this.#drop(before, undefined);
    const client = newClient(this.#clock, name, input);
    this.#clients.set(name, client);
    return {
      effect: (effect) => {
        if (this.#clients.get(name) === client) this.#effect(client, effect);
      },
      flow: (reading) => client.socket.flow(reading),
      crash: () => {
        this.#drop(client, undefined);
        if (this.#clients.get(name) === client) this.#clients.delete(name);
      },
    };
  }

  cut(name: string): void {
    const client = this.#clients.get(name);
    if (client === undefined || client.state === "down") return;
    this.fired.cut++;
    this.#drop(client, "connection cut");
  }

  halfOpen(name: string): void {
    const client = this.#clients.get(name);
    if (client?.state !== "up") return;
    this.fired.half_open++;
    client.state = "half_open";
    const { epoch } = client;
    this.#clock.after(KEEP_ALIVE_NOTICE_MS, "broker.keep_alive", () => {
      if (client.epoch === epoch) this.#drop(client, "keep-alive time-out");
    });
  }

  restart(downMs: number): void {
    this.fired.restart++;
    this.#downUntilMs = this.#clock.nowMs + downMs;
    this.#dropAll("broker restarted");
  }

  partition(on: boolean): void {
    if (on && !this.#partitioned) this.fired.partition++;
    this.#partitioned = on;
    if (on) this.#dropAll("network unreachable");
  }

  refuseTopics(topics: readonly string[]): void {
    this.#refusedTopics = topics;
  }

  calm(): void {
    Object.assign(this.faults, CALM);
    this.#partitioned = false;
    this.#downUntilMs = 0;
    this.#refusedTopics = [];
    for (const client of this.#clients.values()) client.stalledUntilMs = 0;
  }

  isUp(name: string): boolean {
    return this.#clients.get(name)?.state === "up";
  }

  #effect(client: Client, effect: ConnectionEffect): void {
    switch (effect.kind) {
      case "connect":
        return this.#connect(client, effect.connection);
      case "disconnect":
        return this.#pass(client, "ToBroker", () => this.#drop(client, "disconnected on request"));
      case "publish":
        return this.#publish(client, effect);
      case "subscribe":
        return client.state === "up" ? this.#subscribe(client, effect.id, effect.topics) : undefined;
    }
  }

  /** @returns When a packet that leaves now arrives. */
  #arrivalMs(client: Client): number {
    const { nowMs } = this.#clock;
    const { stallChance, stallMsMax, latencyMsMin, latencyMsMax } = this.faults;
    if (this.#random.chance("broker.stall", stallChance)) {
      this.fired.stall++;
      client.stalledUntilMs = nowMs + this.#random.integer("broker.stall", 1, Math.max(1, stallMsMax));
    }
    const drawnMs = this.#random.integer("broker.latency", latencyMsMin, latencyMsMax);
    return Math.max(nowMs + drawnMs, client.stalledUntilMs);
  }

  /** Runs `arrive` when a packet of so many bytes has passed, unless the connection was cut meanwhile. */
  #pass(client: Client, way: Way, arrive: () => void, bytes = 0): void {
    const { epoch } = client;
    const waitMs = this.#send(client, way, bytes) - this.#clock.nowMs;
    const field = way === "ToBroker" ? "toBrokerMs" : "toClientMs";
    client[field] = Math.max(client[field], waitMs + this.#arrivalMs(client));
    this.#clock.after(client[field] - this.#clock.nowMs, `broker.${field}`, () => {
      if (client.epoch === epoch && client.state !== "half_open") arrive();
      else this.fired.lost++;
    });
  }

  /** Puts bytes on the line, behind those before. @returns When the last of them has left. */
  #send(client: Client, way: Way, bytes: number): number {
    const { nowMs } = this.#clock;
    const { bytesPerS } = this.faults;
    if (bytesPerS === 0) return nowMs;
    client[`sent${way}Ms`] = Math.max(nowMs, client[`sent${way}Ms`]) + (bytes + PACKET_EXTRA_BYTES) * 1_000 / bytesPerS;
    return client[`sent${way}Ms`];
  }

  #drop(client: Client, reason: string | undefined): void {
    if (client.state === "down") return;
    const wasConnecting = client.state === "connecting";
    client.epoch++;
    client.state = "down";
    client.filters = [];
    if (reason === undefined) return;
    const { connection, epoch, input } = client;
    this.#clock.after(1, "broker.cut", () => {
      if (client.epoch !== epoch) return;
      if (wasConnecting) input({ kind: "connect_failed", connection, refusal: "network", reason });
      else input({ kind: "disconnected", connection, reason });
    });
  }

  #dropAll(reason: string): void {
    for (const client of this.#clients.values()) this.#drop(client, reason);
  }

  #connect(client: Client, connection: string): void {
    invariant(client.state === "down", `client "${client.name}" connects while it is ${client.state}`);
    Object.assign(client, { connection, state: "connecting", filters: [], stalledUntilMs: 0 });
    client.epoch++;
    client.toBrokerMs = client.toClientMs = this.#clock.nowMs;
    client.sentToBrokerMs = client.sentToClientMs = this.#clock.nowMs;
    client.socket = clientSocket(this.#clock);
    this.#pass(client, "ToClient", () => {
      const { input } = client;
      const isAway = this.#partitioned || this.#clock.nowMs < this.#downUntilMs;
      if (isAway || this.#random.chance("broker.refuse", this.faults.refuseChance)) {
        this.fired.refused++;
        client.state = "down";
        input({ kind: "connect_failed", connection, refusal: "network", reason: "connection refused" });
        return;
      }
      client.state = "up";
      input({ kind: "connected", connection });
    });
  }

  #subscribe(client: Client, id: number, topics: readonly string[]): void {
    this.#pass(client, "ToBroker", () => {
      const { subackRefuseChance } = this.faults;
      const isRefused = subackRefuseChance > 0 && this.#random.chance("broker.suback_refused", subackRefuseChance);
      const refused = isRefused ? topics : topics.filter((topic) => this.#refusedTopics.includes(topic));
      if (refused.length > 0) this.fired.suback_refused++;
      for (const topic of topics) {
        if (!refused.includes(topic) && !client.filters.includes(topic)) client.filters.push(topic);
      }
      const lateMs = this.#random.integer("broker.suback", 0, this.faults.subackDelayMsMax);
      if (lateMs > 0) this.fired.suback_late++;
      const { connection, epoch, input } = client;
      // A broker may answer late while messages of the new subscription already flow: its own clock, not FIFO.
      this.#clock.after(this.#arrivalMs(client) - this.#clock.nowMs + lateMs, "broker.suback", () => {
        if (client.epoch === epoch && client.state === "up") input({ kind: "suback", connection, id, refused });
      });
    });
  }

  /** As `topicMatches`; a world has few topics, and many messages on each. */
  #matches(filter: string, topic: string): boolean {
    const key = `${filter} ${topic}`;
    const known = this.#matched.get(key);
    if (known !== undefined) return known;
    const matches = topicMatches(filter, topic);
    if (this.#matched.size < MATCHES_MAX) this.#matched.set(key, matches);
    return matches;
  }

  #route(topic: string, bytes: Uint8Array): void {
    for (const client of this.#clients.values()) {
      if (client.state !== "up" || !client.filters.some((filter) => this.#matches(filter, topic))) continue;
      const { connection, input } = client;
      const { epoch } = client;
      const give = (): void => {
        if (client.epoch === epoch) input({ kind: "message", connection, topic, bytes });
      };
      const size = topic.length + bytes.length;
      this.#pass(client, "ToClient", () => client.socket.arrived(give, size), size);
    }
  }

  #publish(client: Client, effect: Extract<ConnectionEffect, { kind: "publish" }>): void {
    if (client.state !== "up" && client.state !== "half_open") return;
    const { connection, epoch, input } = client;
    const { nowMs } = this.#clock;
    const stalledMs = client.stalledUntilMs - nowMs;
    const size = effect.topic.length + effect.bytes.length;
    this.#pass(client, "ToBroker", () => this.#route(effect.topic, effect.bytes), size);
    const bufferedMs = this.faults.bytesPerS === 0 ? 0 : SOCKET_BYTES * 1_000 / this.faults.bytesPerS;
    if (effect.token === 0) return;
    const takenMs = Math.max(0, stalledMs, client.sentToBrokerMs - bufferedMs - nowMs);
    this.#clock.after(takenMs, "broker.taken", () => {
      if (client.epoch === epoch) input({ kind: "taken", connection, token: effect.token });
    });
  }
}

function newClient(clock: VirtualClock, name: string, input: (input: ConnectionInput) => void): Client {
  return {
    name,
    input,
    connection: "",
    epoch: 0,
    state: "down",
    filters: [],
    toBrokerMs: 0,
    toClientMs: 0,
    sentToBrokerMs: 0,
    sentToClientMs: 0,
    socket: clientSocket(clock),
    stalledUntilMs: 0,
  };
}
