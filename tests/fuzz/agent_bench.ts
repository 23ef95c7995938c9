/** The agent as the product composes it, on virtual time, with all that it does written down. */
import type { ConnectionEffect, ConnectionInput } from "../../src/links/connection_port.ts";
import type { LinksConfig } from "../../src/links/port.ts";
import type { ToBus } from "../../src/core/device.ts";
import { makeLinks } from "../../src/links/mod.ts";
import { makeProactor, type Proactor } from "../../src/proactor/mod.ts";
import { ackPayload, DEFAULT_REGISTRY, encodeEnvelope, encodeTopic } from "../../src/protocol/mod.ts";
import type { ScadaFacts } from "../../src/scada/mod.ts";
import { memoryDisk, openMemoryEngine } from "../../src/store/memory_engine.ts";
import type { EventRow, KeepRow, StoreTxn, ToStore } from "../../src/store/port.ts";
import { simulatedBus } from "../../src/testing/mod.ts";
import { agentLinks, agentOwn, ltnLinks, ltnOwn, type NodeOwn } from "../../src/testing/simulated_parts.ts";
import { type SimulatedLife, simulatedLife } from "../../src/testing/simulated_life.ts";
import { type VirtualClock, virtualClock } from "../../src/testing/virtual_clock.ts";

/** Connections of the agent, by what is at their other end. */
export const CONNECTIONS = { ltn: "broker", admin: "admin_broker" } as const;
/** Who may talk to the agent. */
export type PeerName = keyof typeof CONNECTIONS;

/** One message that the agent published. */
export interface Published {
  readonly connection: string;
  readonly topic: string;
  readonly bytes: Uint8Array;
}

/** All that an agent did since the last look. */
export interface Deeds {
  readonly txns: readonly StoreTxn[];
  readonly published: readonly Published[];
  /** Outputs that changed, as "name=value". */
  readonly switched: readonly string[];
  /** Connections that were asked for, or ended. */
  readonly connects: number;
  /** Events of log records of level "error". */
  readonly errors: readonly string[];
}

/** What is looked at before and after an input. */
export interface AgentView {
  /** Outputs, the hub's control and the links' states, as text. */
  readonly ruled: string;
  readonly received: number;
  readonly restarts: number;
  readonly dropped: number;
  readonly lost: number;
  readonly top: string;
  readonly account: {
    readonly generated: number;
    readonly acked: number;
    readonly pending: number;
    readonly tombstoned: number;
  };
}

/** An agent that a test talks to. */
export interface AgentBench {
  readonly clock: VirtualClock;
  readonly facts: ScadaFacts;
  /** Pending events by seq. */
  readonly pending: ReadonlyMap<number, EventRow>;
  /** Gives it an input of a connection, and lets it do all that it does in this instant. */
  input(input: ConnectionInput): void;
  /** Lets time pass; the peers ack all that they got when they are told to. */
  pass(ms: number, acks: boolean): void;
  take(): Deeds;
  view(): AgentView;
}

/** Virtual time until everything has started, in s. */
const START_S = 20;
/** Cap of the store, in payload bytes. */
const STORE_BYTES_MAX = 2_000_000;
/** Mean time between two events of the workload, in ms. */
const LOAD_MS = 2_000;
/** What makes a bench an agent's or an LTN's. */
interface BenchParts {
  readonly facts: ScadaFacts;
  readonly links: LinksConfig;
  readonly own: NodeOwn;
  readonly kept: readonly KeepRow[];
  readonly hasBus: boolean;
}

const BOOT = "00000000-0000-4000-8000-00000000b007";

interface Hub {
  readonly control: { readonly top: string };
}

class Bench implements AgentBench {
  readonly clock = virtualClock();
  readonly facts: ScadaFacts;
  readonly #rows = new Map<number, EventRow>();
  readonly #life: SimulatedLife;
  readonly #proactor: Proactor;
  readonly #disk = memoryDisk();
  readonly #engine;
  readonly #toBus;
  #txns: StoreTxn[] = [];
  #published: Published[] = [];
  #switched: string[] = [];
  #errors: string[] = [];
  #connects = 0;
  #owed: Published[] = [];
  #ids = 0;
  #draws = 1;
  readonly #isLtn: boolean;

  constructor({ facts, links: config, own, kept, hasBus }: BenchParts) {
    this.facts = facts;
    this.#isLtn = !hasBus;
    this.#engine = openMemoryEngine({
      disk: this.#disk,
      owner: "agent",
      bytesMax: STORE_BYTES_MAX,
      wallMs: () => this.clock.wallMs,
    });
    const ground = {
      name: "agent",
      clock: this.clock,
      wallMs: () => this.clock.wallMs,
      newId: () => `00000000-0000-4000-8000-${(++this.#ids).toString(16).padStart(12, "0")}`,
      random: () => (this.#draws = Math.imul(this.#draws, 48_271) & 0x7fffffff) / 2 ** 31,
    };
    this.#life = simulatedLife(ground, {
      effect: (effect) => {
        if (effect.kind === "store") this.#store(effect.message);
        else if (effect.kind === "connection") this.#connection(effect.effect);
        else if (effect.kind === "bus") this.#toBus(effect.message);
      },
      log: ({ level, event }) => void (level === "error" && this.#errors.push(event)),
    });
    const links = makeLinks(config, DEFAULT_REGISTRY);
    this.#proactor = makeProactor({ ...own, boot: BOOT, life: 1, links }, this.#life.world);
    this.#life.run(this.#proactor);
    this.#toBus = hasBus ? this.#attachBus() : () => undefined;
    const opened = this.#engine.open(BOOT, 1);
    this.#life.post({ kind: "store", message: { ...opened, kept } });
  }

  get pending(): ReadonlyMap<number, EventRow> {
    return this.#rows;
  }

  input(input: ConnectionInput): void {
    this.#life.post({ kind: "connection", input });
    this.clock.run(0);
  }

  pass(ms: number, acks: boolean): void {
    this.clock.run(ms);
    if (!acks) return;
    const owed = this.#owed;
    this.#owed = [];
    for (const { connection, bytes } of owed) this.#ack(connection, bytes);
  }

  take(): Deeds {
    const deeds: Deeds = {
      txns: this.#txns,
      published: this.#published,
      switched: this.#switched,
      connects: this.#connects,
      errors: this.#errors,
    };
    this.#txns = [];
    this.#published = [];
    this.#switched = [];
    this.#errors = [];
    this.#connects = 0;
    return deeds;
  }

  view(): AgentView {
    const { links, actors, outputs, received, restarts, dropped, lost, counters } = this.#proactor.snapshot();
    const control = (actors["s"] as unknown as Hub | undefined)?.control;
    const states = links.map(({ name, state }) => `${name} ${state}`);
    return {
      ruled: JSON.stringify([outputs, control, states]),
      received,
      restarts,
      dropped,
      lost: Object.values(lost).reduce((sum, one) => sum + one, 0),
      top: control?.top ?? "",
      account: counters,
    };
  }

  #attachBus(): (message: ToBus) => void {
    const bus = simulatedBus(this.clock, { switched: (output, value) => this.#switched.push(`${output}=${value}`) });
    bus.start();
    return bus.attach((message) => this.#life.post({ kind: "bus", bus: "house", message }));
  }

  #store(message: ToStore): void {
    if (message.kind === "txn") {
      const { txn } = message;
      this.#txns.push(txn);
      for (const row of txn.append) this.#rows.set(row.seq, row);
      for (const seq of txn.deletes) this.#rows.delete(seq);
      for (const evicted of this.#engine.commit([txn])) {
        for (const { seq } of [...this.#rows.values()].filter((row) => row.class === evicted.class)) {
          if (seq >= evicted.fromSeq && seq <= evicted.toSeq) this.#rows.delete(seq);
        }
        this.#life.post({ kind: "store", message: evicted });
      }
      this.#life.post({
        kind: "store",
        message: { kind: "committed", txn: txn.txn, counters: this.#engine.counters() },
      });
    } else if (message.kind === "read") {
      this.#life.post({ kind: "store", message: this.#engine.read(message) });
    } else if (message.kind === "flush") {
      this.#life.post({ kind: "store", message: { kind: "flushed", id: message.id } });
    }
  }

  #connection(effect: ConnectionEffect): void {
    const { connection } = effect;
    const post = (input: ConnectionInput) => this.#life.post({ kind: "connection", input });
    switch (effect.kind) {
      case "connect":
        this.#connects++;
        return post({ kind: "connected", connection });
      case "subscribe":
        return post({ kind: "suback", connection, id: effect.id, refused: [] });
      case "publish":
        this.#published.push(effect);
        this.#owed.push(effect);
        return post({ kind: "taken", connection, token: effect.token });
      case "disconnect":
        this.#connects++;
    }
  }

  #ack(connection: string, bytes: Uint8Array): void {
    const { Header } = JSON.parse(new TextDecoder().decode(bytes)) as {
      readonly Header: { readonly MessageId: string; readonly AckRequired: boolean };
    };
    if (!Header.AckRequired) return;
    const peer: PeerName = connection === CONNECTIONS.admin ? "admin" : "ltn";
    const payload = ackPayload(Header.MessageId);
    const { src, dst } = this.#isLtn ? scadaAddress(this.facts) : addressOf(peer, this.facts);
    const type = payload.TypeName;
    const message = { src, dst, type, messageId: "", ackRequired: false, payload };
    const topic = encodeTopic({ src, dst, type });
    this.input({ kind: "message", connection, topic, bytes: encodeEnvelope(message) });
  }
}

/** From and to of a peer's messages. */
export function addressOf(peer: PeerName, facts: ScadaFacts): { readonly src: string; readonly dst: string } {
  return peer === "admin" ? { src: "admin", dst: facts.scadaAlias } : { src: facts.ltnAlias, dst: "s" };
}

/** From and to of a scada's messages to its LTN. */
export function scadaAddress({ scadaAlias }: ScadaFacts): { readonly src: string; readonly dst: string } {
  return { src: scadaAlias, dst: "ltn" };
}

/** Makes an agent that has started and has both its links. @param kept What an earlier life kept. */
export function agentBench(facts: ScadaFacts, kept: readonly KeepRow[] = []): AgentBench {
  const own = agentOwn(facts, { loadMs: LOAD_MS, admin: true });
  return started(new Bench({ facts, links: agentLinks(facts, true), own, kept, hasBus: true }));
}

/** Makes an LTN that has started and has its link. */
export function ltnBench(facts: ScadaFacts): AgentBench {
  return started(
    new Bench({ facts, links: ltnLinks(facts), own: ltnOwn(facts, undefined), kept: [], hasBus: false }),
  );
}

function started(bench: AgentBench): AgentBench {
  for (let second = 0; second < START_S; second++) bench.pass(1_000, true);
  bench.take();
  return bench;
}
