import { invariant } from "../core/invariant.ts";
import { type EventRow, type StoreTxn, txnBytes } from "../store/port.ts";

/** Most transactions handed to the store and not yet committed. */
export const STORE_WINDOW_TXNS = 512;
/** Most bytes of events handed to the store and not yet committed. */
export const STORE_WINDOW_BYTES = 1_048_576;
/** Most transactions that wait in memory while the store is slow, full or gone. */
export const WAITING_TXNS_MAX = 4_096;
/** Most bytes of events that wait in memory while the store is slow, full or gone. */
export const WAITING_BYTES_MAX = 4_194_304;

/** Transactions on their way to the disk, with their bounds: a credit window to the store, then a ring in memory. */
export interface PendingTxns {
  /** @returns Numbers of the transactions that were given up whole: they will never be durable. */
  add(txn: StoreTxn): readonly number[];
  /** Transactions that may be handed to the store now: none while a refusal is being sorted out. */
  takeSendable(): readonly StoreTxn[];
  /** @returns The transactions that became durable, oldest first. */
  committed(txn: number): readonly StoreTxn[];
  /**
   * The store refused a transaction that it was handed, as its queue is full; `refusedTxn` is the first one it wants again.
   *
   * @returns Whether this is the first refusal of a row of them: `resend` must be called after a while.
   */
  refused(refusedTxn: number): boolean;
  /** Ends the pause after a refusal. @returns False while answers to handed transactions are still missing. */
  resend(): boolean;
  /** The store was replaced: what it has not committed is handed over again. @returns Those it had committed already. */
  reopened(lastSeq: number): readonly StoreTxn[];
  /** Events dropped from the ring before they were committed; they never counted as generated. */
  readonly dropped: number;
  readonly size: number;
  /** Whether a refusal is being sorted out. */
  readonly paused: boolean;
  /** Whether the ring is at most half full: what can be refused at the door is taken only then. */
  readonly roomy: boolean;
}

/** The ring in memory: oldest out first, bulk before everything else. */
function txnRing() {
  let txns: StoreTxn[] = [];
  let bytes = 0;
  let dropped = 0;

  /** @returns Number of the transaction when nothing of it is left. */
  function dropOne(): number | undefined {
    const bulk = txns.findIndex((txn) => txn.lane >= 2 && txn.append.length + txn.journal.length > 0);
    const at = Math.max(0, bulk);
    const old = txns[at]!;
    bytes -= txnBytes(old);
    dropped += old.append.length;
    // Deletes and kept state of the step stay. Its events and readings go, and a report's readings must not go with it.
    const { journalClearBeforeWallMs: _, ...kept } = old;
    const rest: StoreTxn = { ...kept, append: [], journal: [] };
    if (
      bulk >= 0 && rest.deletes.length + rest.keep.length + rest.inbox.length > 0 && txns.length <= WAITING_TXNS_MAX
    ) {
      txns[at] = rest;
      bytes += txnBytes(rest);
      return undefined;
    }
    txns.splice(at, 1);
    return old.txn;
  }

  return {
    push(txn: StoreTxn): readonly number[] {
      txns.push(txn);
      bytes += txnBytes(txn);
      const gone: number[] = [];
      while (txns.length > WAITING_TXNS_MAX || bytes > WAITING_BYTES_MAX) {
        const lost = dropOne();
        if (lost !== undefined) gone.push(lost);
      }
      return gone;
    },
    unshift(again: readonly StoreTxn[]): void {
      txns = [...again, ...txns];
      for (const txn of again) bytes += txnBytes(txn);
    },
    take(count: number): readonly StoreTxn[] {
      const taken = txns.slice(0, count);
      txns = txns.slice(count);
      for (const txn of taken) bytes -= txnBytes(txn);
      return taken;
    },
    peek: (at: number) => txns[at],
    get size() {
      return txns.length;
    },
    get dropped() {
      return dropped;
    },
    get roomy() {
      return txns.length * 2 <= WAITING_TXNS_MAX && bytes * 2 <= WAITING_BYTES_MAX;
    },
  };
}

/** Makes the ring of transactions that are not yet durable. */
export function pendingTxns(): PendingTxns {
  const ring = txnRing();
  let sent: StoreTxn[] = [];
  let sentBytes = 0;
  /** Each transaction handed over after a refused one is refused too, once: only then is it safe to hand it over again. */
  let refusalsMissing = 0;
  let paused = false;

  function takeSent(from: number, to?: number): readonly StoreTxn[] {
    const taken = sent.slice(from, to);
    sent = [...sent.slice(0, from), ...(to === undefined ? [] : sent.slice(to))];
    for (const txn of taken) sentBytes -= txnBytes(txn);
    return taken;
  }

  return {
    add: (txn) => ring.push(txn),
    takeSendable() {
      if (paused) return [];
      let count = 0;
      for (let next = ring.peek(0); next && sent.length + count < STORE_WINDOW_TXNS; next = ring.peek(count)) {
        const bytes = txnBytes(next);
        if (sentBytes > 0 && sentBytes + bytes > STORE_WINDOW_BYTES) break;
        sentBytes += bytes;
        count++;
      }
      const batch = ring.take(count);
      sent.push(...batch);
      invariant(sent.length <= STORE_WINDOW_TXNS, "store window");
      return batch;
    },
    committed(txn) {
      const at = sent.findIndex((one) => one.txn > txn);
      return takeSent(0, at < 0 ? sent.length : at);
    },
    refused(refusedTxn) {
      if (refusalsMissing > 0) {
        refusalsMissing--;
        return false;
      }
      const at = sent.findIndex((one) => one.txn >= refusedTxn);
      if (at < 0) return false;
      const again = takeSent(at);
      refusalsMissing = again.length - 1;
      ring.unshift(again);
      paused = true;
      return true;
    },
    resend() {
      if (refusalsMissing > 0) return false;
      paused = false;
      return true;
    },
    reopened(lastSeq) {
      const last = sent.findLastIndex((txn) => txn.append.some((row: EventRow) => row.seq <= lastSeq));
      const done = takeSent(0, last + 1);
      ring.unshift(takeSent(0));
      refusalsMissing = 0;
      paused = false;
      return done;
    },
    get dropped() {
      return ring.dropped;
    },
    get size() {
      return sent.length + ring.size;
    },
    get paused() {
      return paused;
    },
    get roomy() {
      return ring.roomy;
    },
  };
}
