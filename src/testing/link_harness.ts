import { invariant } from "../core/invariant.ts";
import type { Message } from "../core/message.ts";
import { makeLinks, type PlantedBug } from "../links/mod.ts";
import { type WallClocks, withStampMark } from "../links/stamps.ts";
import type { Links, LinksConfig, LinksContext, LinkSnapshot } from "../links/port.ts";
import { clockBook } from "../proactor/clock_book.ts";
import { DEFAULT_REGISTRY, type EventDraft, fillEvent } from "../protocol/mod.ts";
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
  return new HarnessNode(world, options);
}

class HarnessNode implements LinkNode {
  readonly #world: LinkWorld;
  readonly #options: LinkNodeOptions;
  readonly #clocks: WallClocks;
  readonly #context: LinksContext;
  readonly #timers = new Map<string, Disposable>();
  readonly links: Links;
  readonly disk: LinkDisk;
  readonly recorded: string[] = [];
  readonly moves: string[] = [];
  readonly delivered: string[] = [];
  reads = 0;
  acking = true;
  #alive = true;
  #port: BrokerPort | undefined;

  constructor(world: LinkWorld, options: LinkNodeOptions) {
    const { clock } = world;
    this.#world = world;
    this.#options = options;
    this.disk = options.disk ?? linkDisk();
    this.links = makeLinks(options.config, DEFAULT_REGISTRY, options.planted);
    const time = { realMs: () => clock.nowMs, realWallMs: () => clock.wallMs };
    this.#clocks = options.clocks ?? clockBook(options.name, time);
    this.#context = this.#makeContext();
  }

  start(): void {
    this.#port = this.#world.broker.attach(this.#options.name, (input) => {
      if (this.#alive) this.links.input(input, this.#context);
    });
    this.links.start(this.#context);
  }

  crash(): void {
    this.#alive = false;
    for (const timer of this.#timers.values()) timer[Symbol.dispose]();
    this.#port?.crash();
  }

  emit(type: string, lane: Lane = 2): EventRow {
    return this.#store({ TypeName: type }, lane);
  }

  send(message: Message): boolean {
    const link = this.#options.config.links[0];
    invariant(link !== undefined, "a node has a link");
    return this.links.send(link.name, message, this.#context);
  }

  snapshot(): LinkSnapshot {
    return this.links.snapshot()[0] as LinkSnapshot;
  }

  #newId(): string {
    const { random } = this.#world;
    const stream = `${this.#options.name}.id`;
    const hex = Array.from({ length: 32 }, () => random.integer(stream, 0, 15).toString(16)).join("");
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
  }

  #later(delayMs: number, name: string, run: () => void): Disposable {
    return this.#world.clock.after(delayMs, name, () => {
      if (this.#alive) run();
    });
  }

  #store(payload: EventDraft, lane: Lane): EventRow {
    const { clock } = this.#world;
    const stamp = { messageId: this.#newId(), timeCreatedMs: clock.wallMs, src: this.#options.config.ownLongName };
    const marked = withStampMark(fillEvent(payload, stamp), this.#clocks);
    const bytes = new TextEncoder().encode(JSON.stringify(marked));
    const seq = ++this.disk.lastSeq;
    const row: EventRow = { seq, lane, class: payload.TypeName, messageId: stamp.messageId, bytes };
    this.#later(0, "store.commit", () => {
      this.disk.rows.set(row.seq, row);
      this.links.committed([row], this.#context);
    });
    return row;
  }

  #read({ afterSeq, lanes, rowsMax }: Parameters<LinksContext["readRows"]>[0]): void {
    this.reads++;
    this.#later(0, "store.read", () => {
      const wanted = [...this.disk.rows.values()].filter(({ seq, lane }) => seq > afterSeq && lanes.includes(lane));
      const rows = wanted.sort((a, b) => a.seq - b.seq).slice(0, rowsMax);
      this.links.rowsRead(rows, rows.length === wanted.length, this.#context);
    });
  }

  #cancel(name: string): void {
    this.#timers.get(name)?.[Symbol.dispose]();
    this.#timers.delete(name);
  }

  #startTimer(name: string, delayMs: number): void {
    this.#cancel(name);
    const timer = this.#later(delayMs, name, () => {
      this.#timers.delete(name);
      this.links.timer(name, this.#context);
    });
    this.#timers.set(name, timer);
  }

  #makeContext(): LinksContext {
    const { clock, random } = this.#world;
    const { name, deleteDelayMs = 0 } = this.#options;
    return {
      get nowMs() {
        return clock.nowMs;
      },
      get wallMs() {
        return clock.wallMs;
      },
      clocks: this.#clocks,
      newId: () => this.#newId(),
      random: (stream) => random.next(`${name}.${stream}`),
      log() {},
      timer: (timer, delayMs) => this.#startTimer(timer, delayMs),
      cancel: (timer) => this.#cancel(timer),
      connection: (effect) => this.#port?.effect(effect),
      record: (payload, lane) => {
        this.recorded.push(payload.TypeName);
        this.#store(payload, lane);
      },
      acked: (seq) => {
        this.#later(deleteDelayMs, "store.delete", () => {
          if (this.disk.rows.delete(seq)) this.disk.acked++;
        });
      },
      readRows: (request) => this.#read(request),
      deliver: (link, message) => {
        this.delivered.push(message.messageId);
        if (this.acking) this.links.ack(link, message, this.#context);
      },
      moved: (_name, from, to) => void this.moves.push(`${from}>${to}`),
    };
  }
}
