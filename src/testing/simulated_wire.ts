import type { ConnectionEffect, ConnectionInput } from "../links/connection_port.ts";
import type { LinkConfig, LinksConfig } from "../links/port.ts";
import type { LinkWatch } from "./link_watch.ts";
import { markReceived } from "./node_marks.ts";
import type { NodePlant } from "./planted_node.ts";
import type { BrokerPort } from "./simulated_broker.ts";
import type { SimulatedLife } from "./simulated_life.ts";
import type { NodeWorld } from "./node_world.ts";
import type { StoreLedger } from "./store_ledger.ts";

const DECODER = new TextDecoder();

/** A payload that was published. */
export interface Published {
  /** Virtual ms. */
  readonly atMs: number;
  readonly bytes: Uint8Array;
}

/** What a wire is made from. */
export interface SimulatedWireOptions {
  readonly name: string;
  readonly links: LinksConfig;
  readonly ledger: StoreLedger;
  readonly plant: NodePlant;
  /** The watch of the life that is attached. */
  readonly watch: () => LinkWatch;
}

/** The connections of a simulated process: what it says and hears, over all its lives. */
export interface SimulatedWire {
  /** Messages that were heard. */
  readonly delivered: number;
  /** Newest message to the peer of the first link, by type as in its topic. */
  readonly published: ReadonlyMap<string, Published>;
  /** Joins a new life to its connections. */
  attach(life: SimulatedLife): void;
  effect(effect: ConnectionEffect, life: SimulatedLife): void;
  /** The life stops, or goes on, reading one connection, or all. */
  flow(reading: boolean, connection?: string): void;
  /** Something that no peer of ours sent, on a topic of the peer. */
  inject(bytes: Uint8Array): void;
  /** The newest ack that was heard is heard again. */
  repeatAck(): void;
  /** The process dies, and its connections with it. */
  crash(): void;
}

/** Makes the wire of a process that has no life yet. */
export function simulatedWire(world: NodeWorld, options: SimulatedWireOptions): SimulatedWire {
  return new VirtualWire(world, options);
}

class VirtualWire implements SimulatedWire {
  readonly #world: NodeWorld;
  readonly #options: SimulatedWireOptions;
  readonly #link: LinkConfig;
  readonly #connections = new Map<string, BrokerPort>();
  readonly published = new Map<string, Published>();
  #life: SimulatedLife | undefined;
  #lastAck: ConnectionInput | undefined;
  /** Subscribes of the first link's connection that were not answered yet. */
  readonly #asked = new Set<number>();
  delivered = 0;

  constructor(world: NodeWorld, options: SimulatedWireOptions) {
    this.#world = world;
    this.#options = options;
    this.#link = options.links.links[0]!;
  }

  attach(life: SimulatedLife): void {
    const { name, links } = this.#options;
    this.#life = life;
    this.#lastAck = undefined;
    for (const connection of new Set(links.links.map((link) => link.connection))) {
      // The link that faults aim at has its connection under the node's own name.
      const client = connection === this.#link.connection ? name : `${name}.${connection}`;
      this.#connections.set(connection, this.#world.broker.attach(client, (input) => this.#received(input, life)));
    }
  }

  effect(asked: ConnectionEffect, life: SimulatedLife): void {
    const { plant, watch } = this.#options;
    const effect = plant.effect(asked, (input) => life.post({ kind: "connection", input }));
    if (effect === undefined) return;
    if (effect.connection === this.#link.connection) {
      watch().asked(effect);
      if (effect.kind === "subscribe") this.#asked.add(effect.id);
    }
    if (effect.kind === "publish" && effect.topic.split("/")[3] === this.#link.peerShortName) {
      const type = effect.topic.slice(effect.topic.lastIndexOf("/") + 1);
      this.published.set(type, { atMs: this.#world.clock.nowMs, bytes: effect.bytes });
    }
    this.#connections.get(effect.connection)?.effect(effect);
  }

  flow(reading: boolean, connection?: string): void {
    const ports = connection === undefined ? this.#connections.values() : [this.#connections.get(connection)];
    for (const port of ports) port?.flow(reading);
  }

  inject(bytes: Uint8Array): void {
    const { name, watch } = this.#options;
    if (!this.#life || !this.#world.broker.isUp(name)) return;
    if (watch().state === "active") this.#world.marks.hit("garbage_on_a_link_that_is_active");
    const { peerLongName, ownShortName, connection } = this.#link;
    const topic = `gw/${peerLongName}/to/${ownShortName}/x`.replaceAll(".", "-");
    this.#received({ kind: "message", connection, topic, bytes }, this.#life);
  }

  repeatAck(): void {
    if (!this.#life || !this.#lastAck || !this.#world.broker.isUp(this.#options.name)) return;
    this.#world.marks.hit("ack_repeated");
    this.#received(this.#lastAck, this.#life);
  }

  crash(): void {
    for (const connection of this.#connections.values()) connection.crash();
    this.#connections.clear();
    this.#life = undefined;
  }

  #received(input: ConnectionInput, to: SimulatedLife): void {
    if (!to.alive) return;
    const { name, ledger, plant } = this.#options;
    const { clock, trace } = this.#world;
    if (input.connection === this.#link.connection) this.#watchInput(input);
    if (input.kind === "message") {
      this.delivered++;
      trace.add(clock.nowMs, name, `< ${input.topic} ${input.bytes.length}`);
      if (input.topic.endsWith("/gridworks-ack")) {
        ledger.heardAck(ackedId(input.bytes));
        if (input.connection === this.#link.connection) this.#lastAck = input;
      }
    } else if (input.kind !== "taken") trace.add(clock.nowMs, name, `< ${input.kind}`);
    const seen = plant.input(input, (effect) => this.#connections.get(effect.connection)?.effect(effect));
    if (seen !== undefined) to.post({ kind: "connection", input: seen });
  }

  #watchInput(input: ConnectionInput): void {
    const { name, ledger, watch } = this.#options;
    const { marks, clock } = this.#world;
    if (input.kind === "suback") {
      this.#asked.delete(input.id);
      if (this.#asked.size > 0) marks.hit("subacks_apart");
      if (input.refused.length > 0) marks.hit("suback_refused");
    } else if (input.kind === "connected") this.#asked.clear();
    markReceived(marks, input, { name, ledger, watch: watch() });
    watch().connection(input, clock.nowMs);
  }
}

function ackedId(bytes: Uint8Array): string {
  const [, id = ""] = /"AckMessageID":"([^"]*)"/.exec(DECODER.decode(bytes)) ?? [];
  return id;
}
