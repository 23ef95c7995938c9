import { EnvironmentError } from "../core/errors.ts";
import { portPair } from "../host/port_like.ts";
import type { StoreClock } from "../host/store_clock.ts";
import { isDiskReason } from "../host/store_disk_reason.ts";
import { type Glance, lateEngine } from "../host/store_late.ts";
import { serveStore, type StoreServer } from "../host/store_server.ts";
import type { EventRow, FromStore, StoreEngine, ToStore } from "../store/port.ts";
import { type EngineName, type SimulatedDisk, simulatedDisk } from "./simulated_disk.ts";
import type { PlantedName } from "./planted.ts";
import { type EnginePlant, enginePlant } from "./planted_engine.ts";
import type { NodePlant } from "./planted_node.ts";
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
  readonly planted: PlantedName | undefined;
  readonly plant: NodePlant;
  /** Told of every answer. */
  readonly answered: (message: FromStore) => void;
  /** Told when the disk refuses at a start. */
  readonly refused?: () => void;
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
  start(boot: string): void;
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
  readonly #plant: EnginePlant;
  #timers = new Set<Disposable>();
  #server: StoreServer | undefined;

  constructor(options: SimulatedStoreOptions) {
    const { engine, name, bytesMax, wallMs, planted } = options;
    this.#options = options;
    this.#plant = enginePlant(planted);
    this.disk = simulatedDisk(engine, { owner: name, bytesMax, wallMs });
    this.ledger = storeLedger(() => this.#engine());
  }

  get up(): boolean {
    return this.#server !== undefined;
  }

  start(boot: string): void {
    this.#timers = new Set();
    const engine = this.#plant.above(lateEngine({
      open: () => this.#open(),
      glance: () => this.#glance(),
      boot,
      life: 1,
      refused: () => this.#options.refused?.(),
      cameLate() {},
      hopeless(thrown) {
        throw thrown;
      },
    }));
    this.#server = serveStore({ engine, clock: this.#clock() });
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

  /** A disk that takes no commits cannot be opened, either. */
  #open(): StoreEngine {
    const refusal = new EnvironmentError("Cannot open store as planned", this.disk.broken ?? "");
    if (isDiskReason(refusal)) throw refusal;
    return this.ledger.wrap(this.disk.reads.around(this.#engine()));
  }

  /** It can be read. */
  #glance(): Glance {
    using engine = this.#engine();
    const { kept, journal, appliedIds } = engine.open("", 0);
    return { kept, journal, appliedIds };
  }

  #engine(): StoreEngine {
    return this.#plant.below(this.disk.openEngine());
  }

  #answered(message: FromStore, asked: Map<number, readonly EventRow[]>, life: SimulatedLife): void {
    if (message.kind === "committed") {
      for (const [txn, rows] of asked) {
        if (txn > message.txn) break;
        asked.delete(txn);
        this.ledger.promise(rows);
      }
    }
    const { name, clock, trace, plant, answered } = this.#options;
    answered(message);
    if (message.kind === "failed") trace.add(clock.nowMs, name, `store failed ${message.code}`);
    const seen = plant.fromStore(message);
    if (seen !== undefined) life.post({ kind: "store", message: seen });
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
