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
}

function sum(counters: Counters): string {
  const { generated, acked, tombstoned, applied } = counters;
  return `${generated} ${acked} ${tombstoned} ${applied}`;
}

/** Makes the ledger of one disk. @param open Opens an engine on it for looking. */
export function storeLedger(open: () => StoreEngine): StoreLedger {
  const events = new Map<number, LedgerEvent>();
  const promised = new Map<string, LedgerEvent>();
  const stored = new Set<number>();
  const tombstoned = new Set<number>();
  const acked = new Set<string>();
  const applied = new Map<string, Uint8Array>();
  const appliedRows = new Map<string, InboxRow>();
  const faults: string[] = [];
  let deleted = 0;

  function append(row: EventRow): void {
    const known = events.get(row.seq);
    if (known === undefined) {
      events.set(row.seq, row);
      stored.add(row.seq);
    } else if (known.messageId !== row.messageId) {
      faults.push(`seq ${row.seq} was given twice: ${known.messageId} and ${row.messageId}`);
    }
  }
  function remove(seq: number): void {
    if (!stored.delete(seq)) return;
    deleted++;
    const { messageId } = events.get(seq)!;
    if (!acked.has(messageId)) faults.push(`row ${seq} was deleted before its ack came: ${messageId}`);
  }
  function apply(row: InboxRow): void {
    const before = appliedRows.get(row.messageId);
    if (before === row) return;
    if (before !== undefined) faults.push(`an event was applied twice: ${row.messageId}`);
    appliedRows.set(row.messageId, row);
    applied.set(row.messageId, row.bytes);
  }
  function note(txns: readonly StoreTxn[]): void {
    for (const txn of txns) {
      txn.append.forEach(append);
      txn.deletes.forEach(remove);
      txn.inbox.forEach(apply);
    }
  }
  function onDisk(): readonly number[] {
    const engine = open();
    const request = { kind: "read", id: 0, afterSeq: 0, lanes: [0, 1, 2, 3], rowsMax: 1e6, bytesMax: 1e12 } as const;
    return engine.read(request).rows.map((row) => row.seq);
  }
  function evict(): void {
    const left = new Set(onDisk());
    for (const seq of stored) {
      if (left.has(seq)) continue;
      stored.delete(seq);
      tombstoned.add(seq);
    }
  }
  function commit(engine: StoreEngine, txns: readonly StoreTxn[]): ReturnType<StoreEngine["commit"]> {
    const before = engine.counters();
    function settle(failed: boolean): void {
      const after = engine.counters();
      // A failed commit may have been written all the same; one that changed no account needs no note.
      if (failed && sum(before) === sum(after)) return;
      note(txns);
      if (after.tombstoned !== before.tombstoned) evict();
    }
    try {
      const evicted = engine.commit(txns);
      settle(false);
      return evicted;
    } catch (error) {
      settle(true);
      throw error;
    }
  }
  return {
    events,
    promised,
    stored,
    tombstoned,
    acked,
    applied,
    faults,
    get deleted() {
      return deleted;
    },
    onDisk,
    counters: () => open().counters(),
    heardAck: (messageId) => void acked.add(messageId),
    promise(rows) {
      for (const row of rows) promised.set(row.messageId, row);
    },
    wrap: (engine) => ({
      open: (boot, life) => engine.open(boot, life),
      commit: (txns) => commit(engine, txns),
      read: (request) => engine.read(request),
      inboxList: (newest) => engine.inboxList(newest),
      counters: () => engine.counters(),
      [Symbol.dispose]: () => engine[Symbol.dispose](),
    }),
  };
}
