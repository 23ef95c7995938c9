import { invariant } from "../core/invariant.ts";
import type { Message } from "../core/message.ts";
import { makeLinks, type PlantedBug } from "../links/mod.ts";
import { type WallClocks, withStampMark } from "../links/stamps.ts";
import type { Links, LinksConfig, LinksContext, LinkSnapshot, LinkState } from "../links/port.ts";
import { clockBook } from "../proactor/clock_book.ts";
import { DEFAULT_REGISTRY, fillEvent } from "../protocol/mod.ts";
import type { EventRow, Lane } from "../store/port.ts";
import type { RandomStreams } from "./random_streams.ts";
import type { BrokerPort, SimulatedBroker } from "./simulated_broker.ts";
import type { VirtualClock } from "./virtual_clock.ts";

/** What outlives a node: its pending rows by seq, and the account. */
export interface LinkDisk {
  readonly rows: Map<number, EventRow>;
  lastSeq: number;
  acked: number;
}

/** A node that is links, a memory store and nothing else; it acks and remembers all that it is sent. */
export interface LinkNode {
  readonly links: Links;
  readonly disk: LinkDisk;
  /** Type names of the events that its links recorded, in order. */
  readonly recorded: string[];
  /** "from>to" of each move. */
  readonly moves: string[];
  /** Message ids delivered to it, in order, with repeats. */
  readonly delivered: string[];
  /** Reads asked of the store. */
  readonly reads: number;
  /** When false, delivered messages are not acked. */
  acking: boolean;
  start(): void;
  /** Dies: timers and connection with it; the disk stays. */
  crash(): void;
  /** Stores an event; it is committed in this instant. */
  emit(type: string, lane?: Lane): EventRow;
  send(message: Message): boolean;
  snapshot(): LinkSnapshot;
}

/** What a node runs in. */
export interface LinkWorld {
  readonly clock: VirtualClock;
  readonly random: RandomStreams;
  readonly broker: SimulatedBroker;
}

/** How a node is set up. */
export interface LinkNodeOptions {
  readonly name: string;
  readonly config: LinksConfig;
  readonly disk?: LinkDisk;
  readonly planted?: ReadonlySet<PlantedBug>;
  /** How long a row that was acked still shows in reads, in ms; 0 deletes at once. */
  readonly deleteDelayMs?: number;
  /** @default What this life itself knows of its clock. */
  readonly clocks?: WallClocks;
}

/** Makes an empty disk. */
export function linkDisk(): LinkDisk {
  return { rows: new Map(), lastSeq: 0, acked: 0 };
}

/** The settings of a link to one peer, with the product's defaults. */
export function linkConfig(own: string, peer: string, role: "upstream" | "downstream"): LinksConfig {
  return {
    ownLongName: `d1.${own}`,
    links: [{
      name: peer,
      connection: "broker",
      role,
      peerLongName: `d1.${peer}`,
      peerShortName: peer,
      ownShortName: own,
    }],
    pollMs: 60_000,
    ackTimeoutMs: 5_000,
    windowInitial: 5,
    windowRowsMax: 256,
    windowBytesMax: 131_072,
    peerIsHearth: false,
  };
}

/** Makes a node of a simulated world. */
export function linkNode(world: LinkWorld, options: LinkNodeOptions): LinkNode {
  const { clock, random, broker } = world;
  const disk = options.disk ?? linkDisk();
  const links = makeLinks(options.config, DEFAULT_REGISTRY, options.planted);
  const link = options.config.links[0];
  invariant(link !== undefined, "a node has a link");
  const timers = new Map<string, Disposable>();
  const recorded: string[] = [];
  const moves: string[] = [];
  const delivered: string[] = [];
  let alive = true;
  let reads = 0;
  let port: BrokerPort | undefined;
  const clocks = options.clocks ??
    clockBook(options.name, { realMs: () => clock.nowMs, realWallMs: () => clock.wallMs });

  function newId(): string {
    const hex = Array.from({ length: 32 }, () => random.integer(`${options.name}.id`, 0, 15).toString(16)).join("");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
  }
  function soon(name: string, run: () => void): void {
    clock.after(0, name, () => {
      if (alive) run();
    });
  }
  function store(payload: { readonly TypeName: string; readonly [key: string]: unknown }, lane: Lane): EventRow {
    const stamp = { messageId: newId(), timeCreatedMs: clock.wallMs, src: options.config.ownLongName };
    const bytes = new TextEncoder().encode(JSON.stringify(withStampMark(fillEvent(payload, stamp), clocks)));
    const row: EventRow = { seq: ++disk.lastSeq, lane, class: payload.TypeName, messageId: stamp.messageId, bytes };
    soon("store.commit", () => {
      disk.rows.set(row.seq, row);
      links.committed([row], ctx);
    });
    return row;
  }
  const ctx: LinksContext = {
    get nowMs() {
      return clock.nowMs;
    },
    get wallMs() {
      return clock.wallMs;
    },
    clocks,
    newId,
    random: (stream) => random.next(`${options.name}.${stream}`),
    log() {},
    timer(name, delayMs) {
      timers.get(name)?.[Symbol.dispose]();
      timers.set(
        name,
        clock.after(delayMs, name, () => {
          timers.delete(name);
          if (alive) links.timer(name, ctx);
        }),
      );
    },
    cancel(name) {
      timers.get(name)?.[Symbol.dispose]();
      timers.delete(name);
    },
    connection: (effect) => port?.effect(effect),
    record(payload, lane) {
      recorded.push(payload.TypeName);
      store(payload, lane);
    },
    acked(seq) {
      clock.after(options.deleteDelayMs ?? 0, "store.delete", () => {
        if (alive && disk.rows.delete(seq)) disk.acked++;
      });
    },
    readRows(request) {
      reads++;
      soon("store.read", () => {
        const wanted = [...disk.rows.values()].filter(({ seq, lane }) =>
          seq > request.afterSeq && request.lanes.includes(lane)
        );
        const all = wanted.sort((a, b) => a.seq - b.seq);
        const rows = all.slice(0, request.rowsMax);
        links.rowsRead(rows, rows.length === all.length, ctx);
      });
    },
    deliver(name, message) {
      delivered.push(message.messageId);
      if (node.acking) links.ack(name, message, ctx);
    },
    moved(_name, from: LinkState, to: LinkState) {
      moves.push(`${from}>${to}`);
    },
  };
  const node: LinkNode = {
    links,
    disk,
    recorded,
    moves,
    delivered,
    get reads() {
      return reads;
    },
    acking: true,
    start() {
      port = broker.attach(options.name, (input) => {
        if (alive) links.input(input, ctx);
      });
      links.start(ctx);
    },
    crash() {
      alive = false;
      for (const timer of timers.values()) timer[Symbol.dispose]();
      port?.crash();
    },
    emit: (type, lane = 2) => store({ TypeName: type }, lane),
    send: (message) => links.send(link.name, message, ctx),
    snapshot: () => links.snapshot()[0] as LinkSnapshot,
  };
  return node;
}
