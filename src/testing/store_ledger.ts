import { mapTail } from "./map_tail.ts";
import type { Counters, EventRow, InboxRow, StoreEngine, StoreTxn } from "../store/port.ts";

/** An event as it was made. */
export interface LedgerEvent {
  readonly seq: number;
  readonly messageId: string;
  readonly class: string;
  readonly bytes: Uint8Array;
}

/** What became of every row of one store, kept beside it and independent of it. */
export interface StoreLedger {
  /** Events that were durable at any time, by seq. */
  readonly events: ReadonlyMap<number, LedgerEvent>;
  /** Events of which the proactor was told that they are durable, by message id. */
  readonly promised: ReadonlyMap<string, LedgerEvent>;
  /** Seqs that the store must hold now. */
  readonly stored: ReadonlySet<number>;
  readonly tombstoned: ReadonlySet<number>;
  readonly deleted: number;
  /** Message ids whose ack reached this process, in any life. */
  readonly acked: ReadonlySet<string>;
  /** Payloads that this process applied and committed, by message id. */
  readonly applied: ReadonlyMap<string, Uint8Array>;
  /** What was seen to be wrong while it happened. */
  readonly faults: readonly string[];
  /** Seqs on the disk now, read behind the store's back. */
  onDisk(): readonly number[];
  counters(): Counters;
  wrap(engine: StoreEngine): StoreEngine;
  heardAck(messageId: string): void;
  promise(rows: readonly EventRow[]): void;
  /** All that came since the last call was looked at: its bytes are forgotten, its ids are not. */
  settle(): void;
}

/** Applied rows that are kept to tell a row that is committed again from a second one with its id. */
const ROWS_KEPT = 10_000;
const NOTHING = new Uint8Array(0);

function withoutBytes({ seq, messageId, class: name }: LedgerEvent): LedgerEvent {
  return { seq, messageId, class: name, bytes: NOTHING };
}

function sum(counters: Counters): string {
  const { generated, acked, tombstoned, applied } = counters;
  return `${generated} ${acked} ${tombstoned} ${applied}`;
}

/** Makes the ledger of one disk. @param open Opens an engine on it for looking. */
export function storeLedger(open: () => StoreEngine): StoreLedger {
  return new DiskLedger(open);
}

class DiskLedger implements StoreLedger {
  readonly #open: () => StoreEngine;
  readonly events = new Map<number, LedgerEvent>();
  readonly promised = new Map<string, LedgerEvent>();
  readonly stored = new Set<number>();
  readonly tombstoned = new Set<number>();
  readonly acked = new Set<string>();
  readonly applied = new Map<string, Uint8Array>();
  /** Number on the disk by message id. */
  readonly #ids = new Map<string, number>();
  readonly #appliedRows = new Map<string, InboxRow>();
  readonly #newEvents = mapTail<number, LedgerEvent>();
  readonly #newApplied = mapTail<string, Uint8Array>();
  readonly faults: string[] = [];
  deleted = 0;

  constructor(open: () => StoreEngine) {
    this.#open = open;
  }

  onDisk(): readonly number[] {
    const request = { kind: "read", id: 0, afterSeq: 0, lanes: [0, 1, 2, 3], rowsMax: 1e6, bytesMax: 1e12 } as const;
    return this.#open().read(request).rows.map((row) => row.seq);
  }

  counters(): Counters {
    return this.#open().counters();
  }

  heardAck(messageId: string): void {
    this.acked.add(messageId);
  }

  promise(rows: readonly EventRow[]): void {
    for (const row of rows) {
      // A proactor that was greeted without its disk has numbers of its own.
      const seq = this.#ids.get(row.messageId) ?? row.seq;
      this.promised.set(row.messageId, { ...withoutBytes(row), seq });
    }
  }

  settle(): void {
    for (const [seq, event] of this.#newEvents(this.events)) this.events.set(seq, withoutBytes(event));
    for (const [id] of this.#newApplied(this.applied)) this.applied.set(id, NOTHING);
    for (const id of this.#appliedRows.keys()) {
      if (this.#appliedRows.size <= ROWS_KEPT) break;
      this.#appliedRows.delete(id);
    }
  }

  wrap(engine: StoreEngine): StoreEngine {
    return {
      open: (boot, life) => engine.open(boot, life),
      commit: (txns) => this.#commit(engine, txns),
      read: (request) => engine.read(request),
      inboxList: (newest) => engine.inboxList(newest),
      counters: () => engine.counters(),
      [Symbol.dispose]: () => engine[Symbol.dispose](),
    };
  }

  #commit(engine: StoreEngine, txns: readonly StoreTxn[]): ReturnType<StoreEngine["commit"]> {
    const before = engine.counters();
    const settle = (failed: boolean): void => {
      const after = engine.counters();
      // A failed commit may have been written all the same; one that changed no account needs no note.
      if (failed && sum(before) === sum(after)) return;
      this.#note(txns);
      if (after.tombstoned !== before.tombstoned) this.#evict();
    };
    try {
      const evicted = engine.commit(txns);
      settle(false);
      return evicted;
    } catch (error) {
      settle(true);
      throw error;
    }
  }

  #note(txns: readonly StoreTxn[]): void {
    for (const txn of txns) {
      for (const row of txn.append) this.#append(row);
      for (const seq of txn.deletes) this.#remove(seq);
      for (const row of txn.inbox) this.#apply(row);
    }
  }

  #append(row: EventRow): void {
    const known = this.events.get(row.seq);
    if (known === undefined) {
      this.events.set(row.seq, row);
      this.stored.add(row.seq);
      if (this.#ids.has(row.messageId)) this.faults.push(`two events have one id: ${row.messageId}`);
      this.#ids.set(row.messageId, row.seq);
    } else if (known.messageId !== row.messageId) {
      this.faults.push(`seq ${row.seq} was given twice: ${known.messageId} and ${row.messageId}`);
    }
  }

  #remove(seq: number): void {
    if (!this.stored.delete(seq)) return;
    this.deleted++;
    const { messageId } = this.events.get(seq)!;
    if (!this.acked.has(messageId)) this.faults.push(`row ${seq} was deleted before its ack came: ${messageId}`);
  }

  #apply(row: InboxRow): void {
    const before = this.#appliedRows.get(row.messageId);
    if (before === row) return;
    if (before !== undefined || this.applied.has(row.messageId)) {
      this.faults.push(`an event was applied twice: ${row.messageId}`);
    }
    this.#appliedRows.set(row.messageId, row);
    this.applied.set(row.messageId, row.bytes);
  }

  #evict(): void {
    const left = new Set(this.onDisk());
    for (const seq of this.stored) {
      if (left.has(seq)) continue;
      this.stored.delete(seq);
      this.tombstoned.add(seq);
    }
  }
}
