import { invariant } from "../core/invariant.ts";
import type { Account, Evicted } from "./account.ts";
import type { SqlDatabase } from "./sql_port.ts";

/** Rows looked at in one go when room is made. */
const EVICT_ROWS = 256;
/** Rows that are given up in one transaction as they are too old; the others go with the next ones. */
const AGED_ROWS_MAX = 1_024;
/** Bytes given up before the file's pages are counted again, */
const STEP_BYTES = 65_536;
/** and in one transaction beside twice what it adds: a cap that was lowered must not make one huge transaction. */
const FILE_BYTES_MAX = 1_048_576;
/** What a row takes in the file besides its payload, about, in bytes. */
const ROW_FILE_BYTES = 160;

/** What the events of one owner must stay within. */
export interface EvictBounds {
  /** Most payload bytes of pending events. */
  readonly bytesMax: number;
  /** Every seq up to this one is too old; 0: none. */
  readonly agedSeq: number;
  /** Whether the file has more pages than it may. @param eventBytes What the events take in it, about. */
  isOver(eventBytes: number): boolean;
  /** Bytes that this transaction adds, about. */
  addedBytes(): number;
  /** Slot of the tombstones. */
  readonly day: number;
}

/**
 * Makes what gives events up and leaves a tombstone for each: first what is too old, whatever its lane; then, until bytes
 * and pages are within their bounds, the oldest rows of lane 3, of lane 2, of lane 1, and of lane 0 last.
 *
 * @param take Takes a row out of the file and counts it; its class, or undefined when there is no such row.
 */
export function sqliteEvict(
  db: SqlDatabase,
  owner: number,
  take: (account: Account, seq: number) => string | undefined,
): (account: Account, bounds: EvictBounds) => readonly Evicted[] {
  const oldest = db.prepare("SELECT seq FROM events WHERE owner=? ORDER BY lane DESC, seq LIMIT ?");
  const aged = db.prepare("SELECT seq FROM events WHERE owner=? AND seq<=? ORDER BY seq LIMIT ?");
  const tombstone = db.prepare(
    `INSERT INTO tombstones(owner, class, day, from_seq, to_seq, count) VALUES(?, ?, ?, ?, ?, 1)
     ON CONFLICT(owner, class, day) DO UPDATE SET from_seq=min(from_seq, excluded.from_seq),
       to_seq=max(to_seq, excluded.to_seq), count=count+1`,
  );

  return function evict(account, bounds) {
    const { bytesMax, agedSeq, day } = bounds;
    const evicted: Evicted[] = [];

    function isOver(): boolean {
      const rows = account.generated - account.acked - account.tombstoned;
      return bounds.isOver(account.pendingBytes + rows * ROW_FILE_BYTES);
    }

    /** @returns Bytes that it took, about. */
    function giveUp(seq: number): number {
      const { pendingBytes } = account;
      const name = take(account, seq);
      invariant(name !== undefined, `store: event ${seq} to give up is there`);
      tombstone.run(owner, name, day, seq, seq);
      account.tombstoned++;
      evicted.push({ seq, class: name });
      return pendingBytes - account.pendingBytes + ROW_FILE_BYTES;
    }

    function oldestRows(): { seq: number }[] {
      return oldest.all(owner, EVICT_ROWS) as { seq: number }[];
    }

    if (agedSeq > 0) {
      for (const { seq } of aged.all(owner, agedSeq, AGED_ROWS_MAX) as { seq: number }[]) giveUp(seq);
    }
    while (account.pendingBytes > bytesMax) {
      const rows = oldestRows();
      invariant(rows.length > 0, `store account: ${account.pendingBytes} B pending without a row`);
      for (const { seq } of rows) if (account.pendingBytes > bytesMax) giveUp(seq);
    }
    if (!isOver()) return evicted;
    let leftBytes = FILE_BYTES_MAX + 2 * bounds.addedBytes();
    while (leftBytes > 0 && isOver()) {
      const rows = oldestRows();
      if (rows.length === 0) break;
      let stepBytes = 0;
      for (const { seq } of rows) if (stepBytes < STEP_BYTES) stepBytes += giveUp(seq);
      leftBytes -= stepBytes;
    }
    return evicted;
  };
}
