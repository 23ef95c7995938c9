import { portPair } from "../host/port_like.ts";
import { serveStore, type StoreClock, type StoreServer } from "../host/store_server.ts";
import type { EventRow, FromStore, ToStore } from "../store/port.ts";
import { type EngineName, type SimulatedDisk, simulatedDisk } from "./simulated_disk.ts";
import type { SimulatedLife } from "./simulated_life.ts";
import { type StoreLedger, storeLedger } from "./store_ledger.ts";
import type { Trace } from "./trace.ts";
import type { VirtualClock } from "./virtual_clock.ts";

/** What a simulated store is made from. */
export interface SimulatedStoreOptions {
  readonly name: string;
  readonly clock: VirtualClock;
  readonly trace: Trace;
  readonly engine: EngineName;
  /** Most payload bytes of pending events. */
  readonly bytesMax: number;
  readonly wallMs: () => number;
}

/** A life's end of its port to the store. */
export interface StoreEnd {
  send(message: ToStore): void;
  /** Lets the store greet the life. */
  open(): void;
}

/** The store worker of a simulated process, on a disk that outlives it. */
export interface SimulatedStore {
  readonly disk: SimulatedDisk;
  readonly ledger: StoreLedger;
  readonly up: boolean;
  start(): void;
  /** Joins a life to the store, hop by hop in order. */
  attach(life: SimulatedLife, boot: string, number: number): StoreEnd;
  /** Commits all that waits, and closes. */
  close(): void;
  /** The process dies. */
  crash(): void;
}

/** Makes a store that is down. */
export function simulatedStore(options: SimulatedStoreOptions): SimulatedStore {
  return new VirtualStore(options);
}

class VirtualStore implements SimulatedStore {
  readonly #options: SimulatedStoreOptions;
  readonly disk: SimulatedDisk;
  readonly ledger: StoreLedger;
  #timers = new Set<Disposable>();
  #server: StoreServer | undefined;

  constructor(options: SimulatedStoreOptions) {
    const { engine, name, bytesMax, wallMs } = options;
    this.#options = options;
    this.disk = simulatedDisk(engine, { owner: name, bytesMax, wallMs });
    this.ledger = storeLedger(() => this.disk.openEngine());
  }

  get up(): boolean {
    return this.#server !== undefined;
  }

  start(): void {
    this.#timers = new Set();
    this.#server = serveStore({ engine: this.ledger.wrap(this.disk.openEngine()), clock: this.#clock() });
  }

  attach(life: SimulatedLife, boot: string, number: number): StoreEnd {
    const { name, clock } = this.#options;
    const [mine, theirs] = portPair();
    const asked = new Map<number, readonly EventRow[]>();
    const served = this.#server!;
    mine.onmessage = ({ data }: { readonly data: FromStore }) => {
      if (life.alive) this.#answered(data, asked, life);
    };
    return {
      send: (message) => {
        if (message.kind === "txn") asked.set(message.txn.txn, message.txn.append);
        clock.after(0, `${name}: to store`, () => {
          if (this.#server === served) mine.postMessage(message);
        });
      },
      open: () => served.attach(theirs, boot, number),
    };
  }

  close(): void {
    this.#server?.close();
  }

  crash(): void {
    for (const timer of this.#timers) timer[Symbol.dispose]();
    this.#server = undefined;
    this.disk.crash();
  }

  #answered(message: FromStore, asked: Map<number, readonly EventRow[]>, life: SimulatedLife): void {
    if (message.kind === "committed") {
      for (const [txn, rows] of asked) {
        if (txn > message.txn) break;
        asked.delete(txn);
        this.ledger.promise(rows);
      }
    }
    const { name, clock, trace } = this.#options;
    if (message.kind === "failed") trace.add(clock.nowMs, name, `store failed ${message.code}`);
    life.post({ kind: "store", message });
  }

  #clock(): StoreClock {
    const { name, clock, wallMs } = this.#options;
    const timers = this.#timers;
    return {
      nowMs: () => clock.nowMs,
      wallMs,
      after(ms, timer, callback) {
        const running = clock.after(ms, `${name}: ${timer}`, () => {
          timers.delete(running);
          callback();
        });
        timers.add(running);
        return running;
      },
    };
  }
}
