import { type StoreTxn, txnBytes } from "./port.ts";

/** Most rows of lane 2 that wait for a shared commit. */
export const LANE2_ROWS_MAX = 64;
/** Longest wait (ms) of an event in lane 2. */
export const LANE2_WAIT_MS = 2_000;
/** Longest wait (ms) of lane 3: bulk and journal. */
export const LANE3_WAIT_MS = 10_000;
/** Longest wait (ms) of a transaction that only deletes acked rows, in any lane. */
export const DELETES_WAIT_MS = 2_000;
/**
 * Most transactions that wait for a shared commit: half of a proactor's window to its store, which would stand still until
 * the commit, with urgent ones behind it.
 */
export const TXNS_MAX = 128;
/** Most acked rows that wait for their deletion: a commit stays short. */
export const DELETES_MAX = 512;
/** Most rows that wait while the disk refuses; more than a proactor's window to its store. */
export const QUEUE_ROWS_MAX = 65_536;
/** Most bytes that wait while the disk refuses; more than a proactor's window to its store. */
export const QUEUE_BYTES_MAX = 8_388_608;
/** First wait (ms) after a failed commit; doubles with each further one. */
export const RETRY_FIRST_MS = 500;
/** Longest wait (ms) after a failed commit. */
export const RETRY_MAX_MS = 30_000;

/** Bounds of the policy; what is absent has the default of the constant with its name. */
export interface GroupCommitSettings {
  readonly lane2RowsMax?: number;
  readonly lane2WaitMs?: number;
  readonly lane3WaitMs?: number;
  readonly queueRowsMax?: number;
  readonly queueBytesMax?: number;
}

/** What became of a transaction. */
export type Added =
  | { readonly kind: "queued" }
  /** The queue is full, or an earlier transaction was refused and has not come again: order has no gaps. */
  | { readonly kind: "refused"; readonly refusedTxn: number };

/** When transactions commit: in order, always as a prefix, so that an urgent one takes the earlier ones with it. */
export interface GroupCommit {
  add(txn: StoreTxn, nowMs: number): Added;
  /** Monotonic ms at which to commit; undefined when nothing waits. May lie in the past. */
  readonly dueMs: number | undefined;
  /** Everything that waits, in order: what the next commit takes. */
  waiting(): readonly StoreTxn[];
  /** The first `count` waiting transactions are durable. */
  committed(count: number): void;
  /** The commit failed: all stays, and waits longer each time. */
  failed(nowMs: number): void;
  /** A new life numbers anew: nothing is missing any more. What was accepted stays. */
  newLife(): void;
  /** Transactions refused so far. */
  readonly refused: number;
}

interface Waiting {
  readonly txn: StoreTxn;
  readonly dueMs: number;
  readonly lane2Rows: number;
  readonly rows: number;
  readonly bytes: number;
}

function onlyDeletes(txn: StoreTxn): boolean {
  return txn.append.length + txn.keep.length + txn.inbox.length + txn.journal.length === 0 &&
    txn.journalClearBeforeWallMs === undefined;
}

/** Longest wait (ms) of a transaction by itself. */
function waitMs(txn: StoreTxn, settings: GroupCommitSettings): number {
  if (onlyDeletes(txn)) return DELETES_WAIT_MS;
  if (txn.lane <= 1) return 0;
  return txn.lane === 2 ? settings.lane2WaitMs ?? LANE2_WAIT_MS : settings.lane3WaitMs ?? LANE3_WAIT_MS;
}

/** Makes the policy; the store worker and the simulator run the same one. */
export function groupCommit(settings: GroupCommitSettings = {}): GroupCommit {
  const lane2RowsMax = settings.lane2RowsMax ?? LANE2_ROWS_MAX;
  const queueRowsMax = settings.queueRowsMax ?? QUEUE_ROWS_MAX;
  const queueBytesMax = settings.queueBytesMax ?? QUEUE_BYTES_MAX;
  let queue: Waiting[] = [];
  let rows = 0, bytes = 0, lane2Rows = 0, deletes = 0, refused = 0, failures = 0;
  let earliestMs = Infinity, retryAtMs = -Infinity;
  let refusedTxn: number | undefined;

  function weigh(txn: StoreTxn, nowMs: number): Waiting {
    const count = txn.append.length + txn.deletes.length + txn.keep.length + txn.inbox.length + txn.journal.length;
    return {
      txn,
      dueMs: nowMs + waitMs(txn, settings),
      lane2Rows: txn.lane === 2 ? txn.append.length : 0,
      rows: Math.max(1, count),
      bytes: txnBytes(txn),
    };
  }

  return {
    add(txn, nowMs) {
      const next = weigh(txn, nowMs);
      const full = queue.length > 0 && (rows + next.rows > queueRowsMax || bytes + next.bytes > queueBytesMax);
      if (full || (refusedTxn !== undefined && txn.txn > refusedTxn)) {
        refused++;
        refusedTxn = Math.min(refusedTxn ?? txn.txn, txn.txn);
        return { kind: "refused", refusedTxn };
      }
      refusedTxn = undefined;
      queue.push(next);
      rows += next.rows;
      bytes += next.bytes;
      lane2Rows += next.lane2Rows;
      deletes += txn.deletes.length;
      const isMany = lane2Rows >= lane2RowsMax || deletes >= DELETES_MAX || queue.length >= TXNS_MAX;
      earliestMs = Math.min(earliestMs, isMany ? nowMs : next.dueMs);
      return { kind: "queued" };
    },
    get dueMs() {
      return queue.length === 0 ? undefined : Math.max(earliestMs, retryAtMs);
    },
    waiting: () => queue.map(({ txn }) => txn),
    committed(count) {
      for (const done of queue.slice(0, count)) {
        rows -= done.rows;
        bytes -= done.bytes;
        lane2Rows -= done.lane2Rows;
        deletes -= done.txn.deletes.length;
      }
      queue = queue.slice(count);
      failures = 0;
      retryAtMs = -Infinity;
      earliestMs = queue.reduce((least, { dueMs }) => Math.min(least, dueMs), Infinity);
    },
    failed(nowMs) {
      retryAtMs = nowMs + Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** Math.min(failures, 10));
      failures++;
    },
    newLife() {
      refusedTxn = undefined;
    },
    get refused() {
      return refused;
    },
  };
}
