import { invariant } from "../core/invariant.ts";
import type { Counters, FromStore } from "./port.ts";

/** Newest applied ids of one peer that the inbox keeps, and that `opened` lists at most. */
export const INBOX_ROWS_MAX = 10_000;
/** Newest journal rows kept; a report clears them long before. */
export const JOURNAL_ROWS_MAX = 100_000;
/** Length of a tombstone's slot (ms): evictions of one class and day share a row, so that the table stays small. */
export const TOMBSTONE_DAY_MS = 86_400_000;

/** What one engine knows about its owner besides the rows; changed in the same transaction as they. */
export interface Account {
  lastSeq: number;
  generated: number;
  acked: number;
  tombstoned: number;
  applied: number;
  /** Payload bytes of pending events. */
  pendingBytes: number;
  journalRows: number;
}

/** Counters as the port has them. */
export function countersOf(account: Account): Counters {
  const { generated, acked, tombstoned, applied } = account;
  const pending = generated - acked - tombstoned;
  invariant(pending >= 0, `store account: generated ${generated}, acked ${acked}, tombstoned ${tombstoned}`);
  return { generated, acked, tombstoned, pending, applied };
}

/** One evicted row, as far as the account needs it. */
export interface Evicted {
  readonly seq: number;
  readonly class: string;
}

/** Sums evicted rows by class: exact count, lowest and highest seq. In the order in which a class was first hit. */
export function sumEvicted(rows: readonly Evicted[]): readonly Extract<FromStore, { kind: "evicted" }>[] {
  const byClass = new Map<string, { fromSeq: number; toSeq: number; count: number }>();
  for (const row of rows) {
    const sum = byClass.get(row.class);
    if (!sum) byClass.set(row.class, { fromSeq: row.seq, toSeq: row.seq, count: 1 });
    else {
      sum.fromSeq = Math.min(sum.fromSeq, row.seq);
      sum.toSeq = Math.max(sum.toSeq, row.seq);
      sum.count++;
    }
  }
  return [...byClass].map(([name, sum]) => ({ kind: "evicted", class: name, ...sum }));
}

/** Whether a kept value still counts. */
export function isAlive(expiresWallMs: number, wallMs: number): boolean {
  return expiresWallMs === 0 || expiresWallMs > wallMs;
}

/** A reading as the journal keeps it, or undefined: NaN and infinity are no readings, and -0 is 0. */
export function journalValue(value: number): number | undefined {
  return Number.isFinite(value) ? value + 0 : undefined;
}

/** A stamp as the store keeps it: whole ms. */
export function stampMs(ms: number): number {
  return Math.floor(ms);
}
