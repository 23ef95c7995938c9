import { EnvironmentError } from "../core/errors.ts";
import { diskFaults } from "../store/disk_faults.ts";
import { type MemoryDisk, memoryDisk, openMemoryEngine } from "../store/memory_engine.ts";
import type { FromStore, StoreEngine, StoreTxn } from "../store/port.ts";
import { openSqliteEngine } from "../store/sqlite_engine.ts";
import { type ReadFaults, readFaults } from "./read_faults.ts";

/** Store engine of a simulated node: the one in memory, or the product's own on SQLite in memory. */
export type EngineName = "memory" | "sqlite";

/** A disk that outlives the processes of a node, and the engine that writes it. */
export interface SimulatedDisk extends MemoryDisk, Disposable {
  openEngine(): StoreEngine;
  /** For the engine that serves a node: who looks at the disk from outside reads past them. */
  readonly reads: ReadFaults;
}

/** What a simulated disk is made from. */
export interface SimulatedDiskOptions {
  readonly owner: string;
  /** Most payload bytes of pending events. */
  readonly bytesMax: number;
  readonly wallMs: () => number;
}

/** Makes an empty disk. */
export function simulatedDisk(engine: EngineName, options: SimulatedDiskOptions): SimulatedDisk {
  if (engine === "sqlite") return new SqliteDisk(options);
  const disk = memoryDisk();
  const reads = readFaults();
  const heal = disk.heal.bind(disk);
  return Object.assign(disk, {
    reads,
    openEngine: () => openMemoryEngine({ disk, ...options }),
    heal() {
      reads.heal();
      heal();
    },
    [Symbol.dispose]() {},
  });
}

/** A database in memory ends with its connection: one engine stays open, and each process gets a handle to it. */
class SqliteDisk implements SimulatedDisk {
  readonly #faults = diskFaults();
  readonly reads = readFaults();
  readonly #engine: StoreEngine;
  #era = 0;
  #failsWith: string | undefined;

  constructor({ owner, bytesMax, wallMs }: SimulatedDiskOptions) {
    const beforeCommit = () => this.#fail();
    const newId = () => "00000000-0000-4000-8000-000000000000";
    this.#engine = openSqliteEngine({ path: ":memory:", owner, bytesMax, wallMs, newId, beforeCommit });
  }

  failCommit(...planned: Parameters<MemoryDisk["failCommit"]>): void {
    this.#faults.failCommit(...planned);
  }

  breakDown(code: string): void {
    this.#faults.breakDown(code);
  }

  heal(): void {
    this.reads.heal();
    this.#faults.heal();
  }

  crash(): void {
    this.#era++;
  }

  next(): ReturnType<MemoryDisk["next"]> {
    return this.#faults.next();
  }

  get broken(): string | undefined {
    return this.#faults.broken;
  }

  get commits(): number {
    return this.#faults.commits;
  }

  get failures(): number {
    return this.#faults.failures;
  }

  openEngine(): StoreEngine {
    const era = this.#era;
    const engine = this.#engine;
    let closed = false;
    const use = (): StoreEngine => {
      if (closed) throw new TypeError("Cannot use store as it must be open: it is closed");
      if (this.#era !== era) throw new EnvironmentError("Cannot use store as the disk lost its power", "SQLITE_IOERR");
      return engine;
    };
    return {
      open: (boot, life) => use().open(boot, life),
      commit: (txns) => this.#commit(use(), txns),
      read: (request) => use().read(request),
      inboxList: (newest) => use().inboxList(newest),
      counters: () => engine.counters(),
      [Symbol.dispose]() {
        closed = true;
      },
    };
  }

  [Symbol.dispose](): void {
    this.#engine[Symbol.dispose]();
  }

  #fail(): void {
    if (this.#failsWith === undefined) return;
    throw new EnvironmentError("Cannot commit as planned", this.#failsWith);
  }

  #commit(engine: StoreEngine, txns: readonly StoreTxn[]): readonly Extract<FromStore, { kind: "evicted" }>[] {
    const fault = this.#faults.next();
    this.#failsWith = fault?.how === "lost" ? fault.code : undefined;
    const evicted = engine.commit(txns);
    if (fault) throw new EnvironmentError("Cannot answer a commit as planned", fault.code);
    return evicted;
  }
}
