/**
 * The store port: what a proactor asks of its store, and what comes back. Plain data, so that it crosses a MessagePort.
 *
 * Everything of one step is one transaction; several transactions share a commit. Sequence numbers are given by the
 * proactor, from the `lastSeq` of `opened` on, without gaps inside one life.
 */

/** 0 safety, 1 command results and inbox: commit at once; 2 events; 3 bulk and journal. Settings bound the wait of 2 and 3. */
export type Lane = 0 | 1 | 2 | 3;

/** One event that waits for its ack. `bytes` is the payload's JSON text in UTF-8, kept raw. */
export interface EventRow {
  /** Greater than 0, unique for the store's owner, ascending. */
  readonly seq: number;
  readonly lane: Lane;
  /** Eviction class: the dotted type name. */
  readonly class: string;
  readonly messageId: string;
  readonly bytes: Uint8Array;
}

/** One kept value: state that must outlive a power cut. `null` deletes the key. */
export interface KeepRow {
  readonly key: string;
  readonly version: number;
  /** JSON text, or null. */
  readonly value: string | null;
  /** Wall ms after which the value no longer counts; 0 for never. */
  readonly expiresWallMs: number;
}

/** One event that a receiver has applied: written before its ack leaves. */
export interface InboxRow {
  /** Long name of the peer that sent it. */
  readonly peer: string;
  readonly messageId: string;
  readonly type: string;
  readonly receivedWallMs: number;
  readonly bytes: Uint8Array;
}

/** One reading that no report holds yet. */
export interface JournalRow {
  readonly channel: string;
  readonly value: number;
  readonly wallMs: number;
}

/** Exact account of one owner. generated = acked + pending + tombstoned, always. */
export interface Counters {
  readonly generated: number;
  readonly acked: number;
  readonly tombstoned: number;
  readonly pending: number;
  /** Inbox rows ever written: events applied by this owner as a receiver. */
  readonly applied: number;
}

/** A damaged file that was found when the store was opened, and replaced by what could be read of it. */
export interface RecoveredStore {
  /** Where the damaged file is now. */
  readonly movedTo: string;
  /** Rows carried over, and events that only the counters knew: tombstoned. Absent: an earlier start had counted them. */
  readonly carriedOver?: { readonly rows: number; readonly eventsLost: number };
}

/** All store effects of one step. */
export interface StoreTxn {
  /** Ascending from 1 in each life of the proactor. */
  readonly txn: number;
  /** The most urgent lane in it decides when it commits. */
  readonly lane: Lane;
  readonly append: readonly EventRow[];
  /** Seqs whose ack was received. */
  readonly deletes: readonly number[];
  readonly keep: readonly KeepRow[];
  readonly inbox: readonly InboxRow[];
  readonly journal: readonly JournalRow[];
  /** Deletes every journal row with a stamp before this one (ms); absent: none. */
  readonly journalClearBeforeWallMs?: number;
}

/** Proactor to store. */
export type ToStore =
  | { readonly kind: "txn"; readonly txn: StoreTxn }
  /** Pending rows with seq > afterSeq of the given lanes, ascending, at most `rowsMax` and about `bytesMax`. */
  | {
    readonly kind: "read";
    readonly id: number;
    readonly afterSeq: number;
    readonly lanes: readonly Lane[];
    readonly rowsMax: number;
    readonly bytesMax: number;
  }
  | { readonly kind: "inbox_list"; readonly id: number; readonly newest: number }
  /** Commit everything now, and answer `flushed`. */
  | { readonly kind: "flush"; readonly id: number };

/** Store to proactor. */
export type FromStore =
  | {
    readonly kind: "opened";
    readonly boot: string;
    readonly life: number;
    readonly lastSeq: number;
    readonly kept: readonly KeepRow[];
    readonly counters: Counters;
    readonly journal: readonly JournalRow[];
    /** Newest applied ids, oldest first, at most 10,000: for dedupe. */
    readonly appliedIds: readonly string[];
    /** Told until a transaction after it is durable. */
    readonly recovered?: RecoveredStore;
  }
  /** Every transaction up to and including `txn` is durable. */
  | { readonly kind: "committed"; readonly txn: number; readonly counters: Counters }
  | { readonly kind: "rows"; readonly id: number; readonly rows: readonly EventRow[]; readonly end: boolean }
  | { readonly kind: "inbox_rows"; readonly id: number; readonly rows: readonly InboxRow[] }
  | { readonly kind: "flushed"; readonly id: number }
  /** Rows evicted to stay within the cap: the exact range and count. */
  | {
    readonly kind: "evicted";
    readonly class: string;
    readonly fromSeq: number;
    readonly toSeq: number;
    readonly count: number;
    /** They were given up as their bytes in the file are not what was written. */
    readonly isDamaged?: true;
  }
  /**
   * A commit failed; the transactions stay queued in memory (bounded) and are tried again. With code "EQUEUE" one
   * transaction was refused: each refused one gets this answer once, and all are refused until `refusedTxn` comes again.
   * "EBADROW" and "ELOGSIZE" tell of a thing once: what was tried is durable, and its next try says so.
   */
  | { readonly kind: "failed"; readonly code: string; readonly message: string; readonly refusedTxn?: number };

/**
 * A store engine: one owner, one writer. The SQLite engine runs in the store worker, and inline in tests;
 * the memory engine in simulation. Both pass the same conformance suite.
 */
export interface StoreEngine extends Disposable {
  /** Starts a life: loads what `opened` says. Later lives may be opened on the same engine. */
  open(boot: string, life: number): Extract<FromStore, { kind: "opened" }>;
  /** Commits these transactions in one go, all or nothing. @throws {EnvironmentError} With SQLite's code. */
  commit(txns: readonly StoreTxn[]): readonly Extract<FromStore, { kind: "evicted" }>[];
  read(request: Extract<ToStore, { kind: "read" }>): Extract<FromStore, { kind: "rows" }>;
  inboxList(newest: number): readonly InboxRow[];
  counters(): Counters;
}

/** Bytes that a transaction counts for in every bound on what waits for the disk: its payloads, and a bit for each row. */
export function txnBytes({ append, inbox, keep, journal, deletes }: StoreTxn): number {
  let bytes = TXN_BYTES + (journal.length + deletes.length) * ROW_BYTES;
  for (const row of append) bytes += ROW_BYTES + row.bytes.length;
  for (const row of inbox) bytes += ROW_BYTES + row.bytes.length;
  for (const row of keep) bytes += ROW_BYTES + row.key.length + (row.value?.length ?? 0);
  return bytes;
}

/** What a transaction itself counts for, in bytes. */
const TXN_BYTES = 64;
/** What a row counts for besides its payload, in bytes. */
const ROW_BYTES = 32;
