import type { ConnectionInput } from "../links/connection_port.ts";
import { ackPayload, encodeEnvelope, encodeTopic, type EventDraft, pingPayload, sendSnap } from "../protocol/mod.ts";
import type { RandomStreams } from "./random_streams.ts";
import type { BrokerPort, SimulatedBroker } from "./simulated_broker.ts";
import type { VirtualClock } from "./virtual_clock.ts";

/** The admin's name, and that of its connection. */
export const SIMULATED_ADMIN = "admin";
/** After so long (ms) an admin without connection tries again. */
const RECONNECT_MS = 5_000;
/** Longest time between two of its messages, in ms. */
const PAUSE_MS_MAX = 60_000;
/** How long (s) it holds the house after a word of it. */
const HOLD_S = 30;
/** Messages of a flood that are sent in one go, and the time to the next, in ms. */
const FLOOD_BATCH = 100;
const FLOOD_BATCH_MS = 50;

/** Asks the agent to log more, and to show its subscriptions. */
const LOG_COMMAND: EventDraft = {
  Levels: { message_summary: 20, lifecycle: 10, comm_event: 10, io_loop: 20 },
  Command: "show_subscriptions",
  TypeName: "gridworks.proactor.dbg",
};

/** What an admin is made from. */
export interface SimulatedAdminOptions {
  readonly clock: VirtualClock;
  readonly random: RandomStreams;
  readonly broker: SimulatedBroker;
  /** Long name of the agent. */
  readonly scadaAlias: string;
}

/** An operator's client of the agent: asks, takes the house over now and then, and may flood it. No product code but the codec. */
export interface SimulatedAdmin {
  /** Acks of the agent that came. */
  readonly acked: number;
  start(): void;
  /** Sends so many questions at once, each of which wants an ack and a snapshot. */
  flood(messages: number): void;
  /** Says nothing more of its own accord, and gives the house back. */
  calm(): void;
}

/** Makes an admin that is not connected. */
export function simulatedAdmin(options: SimulatedAdminOptions): SimulatedAdmin {
  return new VirtualAdmin(options);
}

class VirtualAdmin implements SimulatedAdmin {
  readonly #options: SimulatedAdminOptions;
  readonly #port: BrokerPort;
  #isUp = false;
  #isCalm = false;
  #ids = 0;
  acked = 0;

  constructor(options: SimulatedAdminOptions) {
    this.#options = options;
    this.#port = options.broker.attach(SIMULATED_ADMIN, (input) => this.#heard(input));
  }

  start(): void {
    this.#connect();
    this.#talk();
  }

  flood(messages: number): void {
    if (messages <= 0) return;
    for (let one = 0; one < Math.min(messages, FLOOD_BATCH); one++) this.#send(sendSnap(SIMULATED_ADMIN), true);
    const { clock } = this.#options;
    clock.after(FLOOD_BATCH_MS, "admin.flood", () => this.flood(messages - FLOOD_BATCH));
  }

  calm(): void {
    this.#isCalm = true;
    this.#send({ TypeName: "admin.release.control", Version: "000" }, false);
  }

  #connect(): void {
    this.#port.effect({ kind: "connect", connection: SIMULATED_ADMIN });
  }

  #heard(input: ConnectionInput): void {
    const { clock, scadaAlias } = this.#options;
    switch (input.kind) {
      case "connected": {
        this.#isUp = true;
        const topic = encodeTopic({ src: scadaAlias, dst: SIMULATED_ADMIN, type: "#" });
        return this.#port.effect({ kind: "subscribe", connection: SIMULATED_ADMIN, id: 1, topics: [topic] });
      }
      case "connect_failed":
      case "disconnected":
        this.#isUp = false;
        return void clock.after(RECONNECT_MS, "admin.reconnect", () => this.#connect());
      case "message":
        return this.#message(input);
    }
  }

  #message({ topic, bytes }: Extract<ConnectionInput, { readonly kind: "message" }>): void {
    if (topic.endsWith("/gridworks-ack")) {
      this.acked++;
      return;
    }
    const [, id] = /"MessageId":"([^"]+)","AckRequired":true/.exec(new TextDecoder().decode(bytes)) ?? [];
    if (id !== undefined) this.#send(ackPayload(id), false);
  }

  #send(payload: EventDraft, ackRequired: boolean): void {
    if (!this.#isUp) return;
    const { scadaAlias } = this.#options;
    const messageId = `00000000-0000-4000-8222-${(++this.#ids).toString(16).padStart(12, "0")}`;
    const type = payload.TypeName;
    const header = { src: SIMULATED_ADMIN, dst: scadaAlias, type, messageId, ackRequired };
    const topic = encodeTopic({ src: SIMULATED_ADMIN, dst: scadaAlias, type });
    const bytes = encodeEnvelope({ ...header, payload });
    this.#port.effect({ kind: "publish", connection: SIMULATED_ADMIN, topic, bytes, token: this.#ids });
  }

  #talk(): void {
    const { clock, random } = this.#options;
    clock.after(random.integer("admin", 1, PAUSE_MS_MAX), "admin.talk", () => {
      if (this.#isCalm) return;
      const what = random.integer("admin", 0, 9);
      if (what < 5) this.#send(pingPayload(`ping-${this.#ids}`), true);
      else if (what < 7) this.#send(sendSnap(SIMULATED_ADMIN), true);
      else if (what < 8) this.#send(LOG_COMMAND, true);
      else if (what < 9) {
        this.#send({ AdminTimeoutSeconds: HOLD_S, TypeName: "admin.keep.alive", Version: "000" }, true);
      } else this.#send({ TypeName: "admin.release.control", Version: "000" }, true);
      this.#talk();
    });
  }
}
