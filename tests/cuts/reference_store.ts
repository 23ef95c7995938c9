import type { Counters, JournalRow, KeepRow } from "../../src/store/port.ts";
import type { PackedEvent, PackedInbox, PackedTxn } from "./mark.ts";

/** What a store holds; rows without their payloads. */
export interface StoreContent {
  readonly lastSeq: number;
  readonly counters: Counters;
  /** Ascending by seq. */
  readonly pending: readonly PackedEvent[];
  /** By key. */
  readonly kept: readonly KeepRow[];
  /** In the order in which they were applied. */
  readonly inbox: readonly PackedInbox[];
  /** By stamp, then channel. */
  readonly journal: readonly JournalRow[];
  /** By class. */
  readonly tombstones: readonly { readonly class: string; readonly count: number }[];
}

/** A plain model of the store: none of the engine's code, and nothing of it on a disk. */
export interface ReferenceStore {
  /** Takes these transactions as one commit, and gives up events until the rest fits. */
  commit(txns: readonly PackedTxn[]): void;
  content(): StoreContent;
  /** A copy that goes its own way. */
  copy(): ReferenceStore;
}

interface Tables {
  lastSeq: number;
  generated: number;
  acked: number;
  tombstoned: number;
  applied: number;
  readonly pending: Map<number, PackedEvent>;
  readonly kept: Map<string, KeepRow>;
  readonly inbox: Map<string, PackedInbox>;
  readonly journal: Map<string, JournalRow>;
  readonly tombstones: Map<string, number>;
}

class PlainStore implements ReferenceStore {
  readonly #bytesMax: number;
  readonly #tables: Tables;
  #content: StoreContent | undefined;

  constructor(bytesMax: number, tables: Tables) {
    this.#bytesMax = bytesMax;
    this.#tables = tables;
  }

  commit(txns: readonly PackedTxn[]): void {
    this.#content = undefined;
    for (const txn of txns) applyTxn(this.#tables, txn);
    evict(this.#tables, this.#bytesMax);
  }

  content(): StoreContent {
    return this.#content ??= contentOf(this.#tables);
  }

  copy(): ReferenceStore {
    const { pending, kept, inbox, journal, tombstones } = this.#tables;
    return new PlainStore(this.#bytesMax, {
      ...this.#tables,
      pending: new Map(pending),
      kept: new Map(kept),
      inbox: new Map(inbox),
      journal: new Map(journal),
      tombstones: new Map(tombstones),
    });
  }
}

function applyTxn(tables: Tables, txn: PackedTxn): void {
  for (const row of txn.append) {
    tables.pending.set(row.seq, row);
    tables.lastSeq = row.seq;
    tables.generated++;
  }
  for (const seq of txn.deletes) if (tables.pending.delete(seq)) tables.acked++;
  for (const row of txn.keep) {
    if (row.value === null) tables.kept.delete(row.key);
    else tables.kept.set(row.key, row);
  }
  for (const row of txn.inbox) {
    const key = `${row.peer} ${row.messageId}`;
    if (tables.inbox.has(key)) continue;
    tables.inbox.set(key, row);
    tables.applied++;
  }
  for (const row of txn.journal) {
    const key = `${row.wallMs} ${row.channel}`;
    if (!tables.journal.has(key)) tables.journal.set(key, row);
  }
  const before = txn.journalClearBeforeWallMs;
  if (before === undefined) return;
  for (const [key, row] of tables.journal) if (row.wallMs < before) tables.journal.delete(key);
}

/** Oldest of the least urgent lane first. */
function evict(tables: Tables, bytesMax: number): void {
  let bytes = 0;
  for (const { length } of tables.pending.values()) bytes += length;
  const order = [...tables.pending.values()].sort((a, b) => b.lane - a.lane || a.seq - b.seq);
  for (const row of order) {
    if (bytes <= bytesMax) return;
    bytes -= row.length;
    tables.pending.delete(row.seq);
    tables.tombstoned++;
    tables.tombstones.set(row.class, (tables.tombstones.get(row.class) ?? 0) + 1);
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function contentOf(tables: Tables): StoreContent {
  const { lastSeq, generated, acked, tombstoned, applied } = tables;
  const pending = [...tables.pending.values()].sort((a, b) => a.seq - b.seq);
  const journal = [...tables.journal.values()];
  const tombstones = [...tables.tombstones].map(([name, count]) => ({ class: name, count }));
  return {
    lastSeq,
    counters: { generated, acked, tombstoned, pending: pending.length, applied },
    pending,
    kept: [...tables.kept.values()].sort((a, b) => compare(a.key, b.key)),
    inbox: [...tables.inbox.values()],
    journal: journal.sort((a, b) => a.wallMs - b.wallMs || compare(a.channel, b.channel)),
    tombstones: tombstones.sort((a, b) => compare(a.class, b.class)),
  };
}

/** Makes a store that holds this. @param bytesMax Most payload bytes of pending events. */
export function makeReferenceStore(bytesMax: number, content: StoreContent = EMPTY): ReferenceStore {
  const { lastSeq, counters: { generated, acked, tombstoned, applied } } = content;
  return new PlainStore(bytesMax, {
    lastSeq,
    generated,
    acked,
    tombstoned,
    applied,
    pending: new Map(content.pending.map((row) => [row.seq, row])),
    kept: new Map(content.kept.map((row) => [row.key, row])),
    inbox: new Map(content.inbox.map((row) => [`${row.peer} ${row.messageId}`, row])),
    journal: new Map(content.journal.map((row) => [`${row.wallMs} ${row.channel}`, row])),
    tombstones: new Map(content.tombstones.map(({ class: name, count }) => [name, count])),
  });
}

const EMPTY: StoreContent = {
  lastSeq: 0,
  counters: { generated: 0, acked: 0, tombstoned: 0, pending: 0, applied: 0 },
  pending: [],
  kept: [],
  inbox: [],
  journal: [],
  tombstones: [],
};
