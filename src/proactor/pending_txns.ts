import { invariant } from "../core/invariant.ts";
import { type EventRow, type StoreTxn, txnBytes } from "../store/port.ts";

/** Most transactions handed to the store and not yet committed. */
export const STORE_WINDOW_TXNS = 256;
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
  return new StoreWindow();
}

class StoreWindow implements PendingTxns {
  readonly #ring = txnRing();
  #sent: StoreTxn[] = [];
  #sentBytes = 0;
  /** Each transaction handed over after a refused one is refused too, once: only then is it safe to hand it over again. */
  #refusalsMissing = 0;
  paused = false;

  get dropped(): number {
    return this.#ring.dropped;
  }

  get size(): number {
    return this.#sent.length + this.#ring.size;
  }

  get roomy(): boolean {
    return this.#ring.roomy;
  }

  add(txn: StoreTxn): readonly number[] {
    return this.#ring.push(txn);
  }

  takeSendable(): readonly StoreTxn[] {
    if (this.paused) return [];
    let count = 0;
    while (this.#sent.length + count < STORE_WINDOW_TXNS) {
      const next = this.#ring.peek(count);
      if (next === undefined) break;
      const bytes = txnBytes(next);
      if (this.#sentBytes > 0 && this.#sentBytes + bytes > STORE_WINDOW_BYTES) break;
      this.#sentBytes += bytes;
      count++;
    }
    const batch = this.#ring.take(count);
    this.#sent.push(...batch);
    invariant(this.#sent.length <= STORE_WINDOW_TXNS, "store window");
    return batch;
  }

  committed(txn: number): readonly StoreTxn[] {
    const at = this.#sent.findIndex((one) => one.txn > txn);
    return this.#takeSent(0, at < 0 ? this.#sent.length : at);
  }

  refused(refusedTxn: number): boolean {
    if (this.#refusalsMissing > 0) {
      this.#refusalsMissing--;
      return false;
    }
    const at = this.#sent.findIndex((one) => one.txn >= refusedTxn);
    if (at < 0) return false;
    const again = this.#takeSent(at);
    this.#refusalsMissing = again.length - 1;
    this.#ring.unshift(again);
    this.paused = true;
    return true;
  }

  resend(): boolean {
    if (this.#refusalsMissing > 0) return false;
    this.paused = false;
    return true;
  }

  reopened(lastSeq: number): readonly StoreTxn[] {
    const last = this.#sent.findLastIndex((txn) => txn.append.some((row: EventRow) => row.seq <= lastSeq));
    const done = this.#takeSent(0, last + 1);
    this.#ring.unshift(this.#takeSent(0));
    this.#refusalsMissing = 0;
    this.paused = false;
    return done;
  }

  #takeSent(from: number, to = this.#sent.length): readonly StoreTxn[] {
    const taken = this.#sent.slice(from, to);
    this.#sent = [...this.#sent.slice(0, from), ...this.#sent.slice(to)];
    for (const txn of taken) this.#sentBytes -= txnBytes(txn);
    return taken;
  }
}
