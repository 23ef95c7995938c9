import type { Message } from "../../src/core/message.ts";
import { portPair } from "../../src/host/port_like.ts";
import type { StoreClock } from "../../src/host/store_clock.ts";
import { serveStore } from "../../src/host/store_server.ts";
import { makeLinks } from "../../src/links/mod.ts";
import type { LinkConfig, LinksConfig, LinkSnapshot, LinkState } from "../../src/links/port.ts";
import { makeInbox } from "../../src/ltn/mod.ts";
import { type Actor, type ActorContext, makeProactor, noOutputs } from "../../src/proactor/mod.ts";
import { DEFAULT_REGISTRY, type Registry } from "../../src/protocol/mod.ts";
import type { EventRow, FromStore, StoreEngine, ToStore } from "../../src/store/port.ts";
import { simulatedDisk } from "../../src/testing/simulated_disk.ts";
import { damagingEngine } from "./damaging_engine.ts";
import type { Ground, Life, Line } from "./ground.ts";
import { type Passed, WireTap } from "./wire_tap.ts";

/** Most payload bytes of pending events: never reached here. */
const BYTES_MAX = 50_000_000;

/** A link of a peer, over a connection of its own with the same name. */
export type PeerLinkOptions = Omit<LinkConfig, "connection" | "ownShortName">;

/** What a peer is made from. */
export interface PeerOptions {
  readonly longName: string;
  readonly shortName: string;
  readonly links: readonly PeerLinkOptions[];
  /** Bounds of the links that differ from the product's defaults. */
  readonly bounds?: Partial<Omit<LinksConfig, "ownLongName" | "links">>;
  /** Payload types that it understands. @default The product's own. */
  readonly registry?: Registry;
  /** What its actor does with a message; by default nothing. */
  readonly onMessage?: (message: Message, link: string, ctx: ActorContext) => void;
}

/** Counts of a peer's store, in the words of the reference. README.md says what they mean here. */
export interface StoreCounts {
  readonly pending: number;
  readonly persists: number;
  readonly clears: number;
}

/** One proactor on its store and its connections, with a tap on the wire. */
export class Peer {
  readonly #ground: Ground;
  readonly #options: PeerOptions;
  readonly #engine: StoreEngine;
  readonly #closes = new DisposableStack();
  readonly #lines = new Map<string, Line>();
  readonly tap: WireTap;
  /** Types of the events that were recorded, in order. */
  readonly recorded: string[] = [];
  /** States that each link went through: "link: from>to". */
  readonly moves: string[] = [];
  /** Message ids of pending rows that reads show damaged, with the bytes that they have now. */
  readonly damaged = new Map<string, Uint8Array>();
  /** Rows that the store was asked for and gave. */
  retrieves = 0;
  /** Whether it has ended in order. */
  stopped = false;
  /** Messages of its links that its actor was handed: what has an effect. */
  readonly handed: Passed[] = [];
  /** Events that were stored, by order. */
  readonly stored: EventRow[] = [];
  readonly #storeTimers = new Set<Disposable>();
  #boots = 0;
  #life: Life | undefined;
  #snapshot: (() => readonly LinkSnapshot[]) | undefined;

  constructor(ground: Ground, options: PeerOptions) {
    this.#ground = ground;
    this.#options = options;
    const { longName: owner } = options;
    const disk = simulatedDisk(ground.engine, { owner, bytesMax: BYTES_MAX, wallMs: ground.storeClock.wallMs });
    this.#engine = damagingEngine(disk.openEngine(), this.damaged, (rows) => {
      this.retrieves += rows;
    });
    this.#closes.use(disk);
    this.#closes.use(this.#engine);
    this.tap = new WireTap({
      toBroker: (effect) => this.#lines.get(effect.connection)?.effect(effect),
      toLinks: (input) => this.#life?.post({ kind: "connection", input }),
    });
  }

  /** Starts a life: the first, or one after `kill`. */
  start(): void {
    const { longName, shortName, links: peers } = this.#options;
    const links = makeLinks(
      this.#linksConfig(),
      this.#options.registry ?? DEFAULT_REGISTRY,
      this.#ground.planted?.links,
    );
    const [mine, theirs] = portPair();
    const life = this.#ground.life(longName, peers.map(({ name }) => name), {
      effect: (effect) => {
        if (effect.kind === "store") mine.postMessage(this.#asked(effect.message));
        if (effect.kind === "connection") this.tap.fromLinks(effect.effect);
        if (effect.kind === "stopped") this.stopped = true;
      },
      log: ({ event, fields }) => this.#logged(event, fields),
    });
    this.#life = life;
    this.#snapshot = () => links.snapshot();
    mine.onmessage = ({ data }: { readonly data: FromStore }) => life.post({ kind: "store", message: data });
    for (const { name } of peers) {
      this.#lines.set(name, this.#ground.line(longName, name, (input) => this.tap.fromBroker(input)));
    }
    const config = {
      longName,
      boot: `00000000-0000-4000-8000-${String(++this.#boots).padStart(12, "0")}`,
      life: 1,
      actors: [() => this.#actor()],
      links,
      guard: noOutputs(),
      inbox: makeInbox({}, this.#ground.planted?.inbox),
      inbound: { "": shortName },
      routes: Object.fromEntries(peers.map((peer) => [peer.peerShortName, peer.name])),
      peers: Object.fromEntries(peers.map((peer) => [peer.name, peer.peerLongName])),
    };
    life.run(makeProactor(config, life.world));
    const server = serveStore({ engine: this.#engine, clock: this.#mortalClock() });
    server.attach(theirs, config.boot, config.life);
  }

  /** Kills it: what is not durable is lost, and so is what is on its wires. */
  kill(): void {
    this.#life?.end();
    for (const line of this.#lines.values()) line.end();
    for (const timer of this.#storeTimers) timer[Symbol.dispose]();
    this.#storeTimers.clear();
    this.#life = undefined;
    this.tap.lost();
    this.stopped = false;
  }

  /** Asks it to end in order. */
  stop(reason: string): void {
    this.#life?.post({ kind: "stop", reason });
  }

  /** Kills it for good. */
  end(): void {
    this.kill();
    this.#closes.dispose();
  }

  /** Has its actor record an event. */
  emit(type: string, count = 1): void {
    for (let made = 0; made < count; made++) this.say("record", { TypeName: type });
  }

  /** Has its actor send a message to a peer, by short name. */
  send(dst: string, payload: { readonly TypeName: string; readonly [key: string]: unknown }): void {
    this.say(`send ${dst}`, payload);
  }

  /** Posts a message to its actor from the rim of the process. */
  say(type: string, payload: unknown): void {
    const { shortName: dst } = this.#options;
    this.#life?.post({ kind: "post", message: { src: "rim", dst, type, messageId: "", ackRequired: false, payload } });
  }

  /** Cuts the connection of a link, or of its only one. */
  cut(link = this.#options.links[0]!.name): void {
    this.#lines.get(link)?.cut();
  }

  link(name = this.#options.links[0]!.name): LinkSnapshot {
    const found = this.#snapshot?.().find((link) => link.name === name);
    if (found === undefined) throw new Error(`Cannot look at link "${name}" as its peer must be started`);
    return found;
  }

  state(name?: string): LinkState {
    return this.#snapshot === undefined ? "not_started" : this.link(name).state;
  }

  get counts(): StoreCounts {
    const { pending, generated, acked } = this.#engine.counters();
    return { pending, persists: generated, clears: acked };
  }

  /** Events that it holds of itself and of others: the reference's "pending" of a parent. */
  get held(): number {
    const { pending, applied } = this.#engine.counters();
    return pending + applied;
  }

  /** Message ids of the events of others that it applied, oldest first. */
  get applied(): readonly string[] {
    return this.#engine.inboxList(10_000).map(({ messageId }) => messageId);
  }

  /** Types of the events of others that it applied, oldest first. */
  get appliedTypes(): readonly string[] {
    return this.#engine.inboxList(10_000).map(({ type }) => type);
  }

  /** Payload text of an event that it applied. @throws {Error} If there is none of this id. */
  appliedText(messageId: string): string {
    const row = this.#engine.inboxList(10_000).find((one) => one.messageId === messageId);
    if (row === undefined) throw new Error(`Cannot find event "${messageId}" as it must be applied`);
    return new TextDecoder().decode(row.bytes);
  }

  /** How often its communication events of these short names were recorded: connect, fully.subscribed, disconnect, peer.active. */
  get comm(): { readonly conn: number; readonly sub: number; readonly disc: number; readonly active: number } {
    const count = (type: string): number => this.recorded.filter((one) => one === type).length;
    return {
      conn: count("gridworks.event.comm.mqtt.connect"),
      sub: count("gridworks.event.comm.mqtt.fully.subscribed"),
      disc: count("gridworks.event.comm.mqtt.disconnect"),
      active: count("gridworks.event.comm.peer.active"),
    };
  }

  get summary(): string {
    const { longName } = this.#options;
    const links = this.#snapshot?.().map((link) => JSON.stringify(link)).join(" ") ?? "down";
    const { pending, persists, clears } = this.counts;
    const flight = `in flight ${this.tap.inFlight.size}, held ${this.held}, paused ${this.tap.held.length}`;
    const counts = `pending ${pending}, persists ${persists}, retrieves ${this.retrieves}, clears ${clears}`;
    return `${longName}: ${counts}, ${flight}; ${links}; recorded ${this.recorded.join(" ")}`;
  }

  #linksConfig(): LinksConfig {
    const { longName, shortName, links, bounds } = this.#options;
    return {
      ownLongName: longName,
      links: links.map((link) => ({ ...link, connection: link.name, ownShortName: shortName })),
      pollMs: 60_000,
      ackTimeoutMs: 5_000,
      windowInitial: 5,
      windowRowsMax: 256,
      windowBytesMax: 131_072,
      peerIsHearth: false,
      ...bounds,
    };
  }

  /** The ground's clock, whose timers end with the process. */
  #mortalClock(): StoreClock {
    const clock = this.#ground.storeClock;
    return {
      nowMs: clock.nowMs,
      wallMs: clock.wallMs,
      after: (ms, name, callback) => {
        const timer = clock.after(ms, name, () => {
          this.#storeTimers.delete(timer);
          callback();
        });
        this.#storeTimers.add(timer);
        return timer;
      },
    };
  }

  #actor(): Actor {
    const { shortName: name, onMessage } = this.#options;
    const { handed } = this;
    return {
      name,
      listensTo: [],
      step(input, ctx) {
        if (input.kind !== "message") return;
        const { message, link } = input;
        const payload = message.payload as { readonly TypeName: string };
        if (link !== "internal") {
          handed.push({ type: message.type, id: message.messageId });
          return onMessage?.(message, link, ctx);
        }
        if (message.type === "record") return ctx.record(payload);
        const [verb, dst] = message.type.split(" ");
        if (verb === "send" && dst !== undefined) ctx.send({ dst, type: payload.TypeName, payload });
      },
      snapshot: () => null,
    };
  }

  #asked(message: ToStore): ToStore {
    if (message.kind !== "txn") return message;
    for (const row of message.txn.append) {
      this.recorded.push(row.class);
      this.stored.push(row);
    }
    return message;
  }

  #logged(event: string, fields: Readonly<Record<string, unknown>>): void {
    if (event !== "link.moved") return;
    const upstream = this.#options.links.find(({ role }) => role === "upstream")?.name;
    if (fields["from"] === "active" && fields["link"] === upstream) this.tap.inFlight.clear();
    this.moves.push(`${fields["link"]}: ${fields["from"]}>${fields["to"]}`);
  }
}
