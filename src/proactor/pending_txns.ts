import { invariant } from "../core/invariant.ts";
import type { EventRow, StoreTxn } from "../store/port.ts";

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
  add(txn: StoreTxn): void;
  /** Transactions that may be handed to the store now. */
  takeSendable(): readonly StoreTxn[];
  /** @returns The transactions that became durable, oldest first. */
  committed(txn: number): readonly StoreTxn[];
  /** The store was replaced: what it has not committed is handed over again. @returns Those it had committed already. */
  reopened(lastSeq: number): readonly StoreTxn[];
  /** Events dropped from the ring before they were committed; they never counted as generated. */
  readonly dropped: number;
  readonly size: number;
}

function bytesOf(txn: StoreTxn): number {
  let bytes = 64;
  for (const row of txn.append) bytes += row.bytes.length;
  for (const row of txn.inbox) bytes += row.bytes.length;
  return bytes + txn.journal.length * 32;
}

/** Makes the ring of transactions that are not yet durable. */
export function pendingTxns(): PendingTxns {
  let sent: StoreTxn[] = [];
  let waiting: StoreTxn[] = [];
  let sentBytes = 0;
  let waitingBytes = 0;
  let dropped = 0;

  function dropOldestBulk(): void {
    const at = waiting.findIndex((txn) => txn.lane >= 2 && txn.append.length + txn.journal.length > 0);
    if (at < 0) {
      const oldest = waiting.shift();
      if (oldest) waitingBytes -= bytesOf(oldest);
      dropped += oldest?.append.length ?? 0;
      return;
    }
    const old = waiting[at]!;
    waitingBytes -= bytesOf(old);
    dropped += old.append.length;
    // Deletes and kept state of the step stay: only its events and readings are given up.
    const rest: StoreTxn = { ...old, append: [], journal: [] };
    if (rest.deletes.length + rest.keep.length + rest.inbox.length > 0) {
      waiting[at] = rest;
      waitingBytes += bytesOf(rest);
    } else {
      waiting.splice(at, 1);
    }
  }

  function takeDone(done: readonly StoreTxn[]): readonly StoreTxn[] {
    for (const txn of done) sentBytes -= bytesOf(txn);
    return done;
  }

  return {
    add(txn) {
      waiting.push(txn);
      waitingBytes += bytesOf(txn);
      while (waiting.length > WAITING_TXNS_MAX || waitingBytes > WAITING_BYTES_MAX) dropOldestBulk();
    },
    takeSendable() {
      let count = 0;
      while (
        count < waiting.length && sent.length + count < STORE_WINDOW_TXNS &&
        (sentBytes === 0 || sentBytes + bytesOf(waiting[count]!) <= STORE_WINDOW_BYTES)
      ) {
        const bytes = bytesOf(waiting[count]!);
        sentBytes += bytes;
        waitingBytes -= bytes;
        count++;
      }
      const batch = waiting.slice(0, count);
      waiting = waiting.slice(count);
      sent.push(...batch);
      invariant(sent.length <= STORE_WINDOW_TXNS, "store window");
      return batch;
    },
    committed(txn) {
      const at = sent.findIndex((one) => one.txn > txn);
      const count = at < 0 ? sent.length : at;
      const done = sent.slice(0, count);
      sent = sent.slice(count);
      return takeDone(done);
    },
    reopened(lastSeq) {
      let count = 0;
      sent.forEach((txn, index) => {
        if (txn.append.some((row: EventRow) => row.seq <= lastSeq)) count = index + 1;
      });
      const done = takeDone(sent.slice(0, count));
      const again = takeDone(sent.slice(count));
      sent = [];
      waiting = [...again, ...waiting];
      for (const txn of again) waitingBytes += bytesOf(txn);
      return done;
    },
    get dropped() {
      return dropped;
    },
    get size() {
      return sent.length + waiting.length;
    },
  };
}
