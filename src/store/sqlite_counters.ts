import type { SqlDatabase } from "./sql_port.ts";

/** What a transaction changes in the account of one class. */
export interface ClassChange {
  readonly generated?: number;
  readonly acked?: number;
  readonly tombstoned?: number;
  /** Payload bytes that became pending; negative when they went. */
  readonly bytes?: number;
  /** Seq of a new event. */
  readonly seq?: number;
}

/** The account of one owner by class. It holds what changes with each event, so that a commit writes one page of it. */
export interface SqliteCounters {
  /** Notes a change. */
  add(name: string, change: ClassChange): void;
  /** Writes what was noted since `clear`, in one row each class. */
  write(): void;
  /** A new transaction begins. */
  clear(): void;
}

interface ClassSum {
  generated: number;
  acked: number;
  tombstoned: number;
  bytes: number;
  lastSeq: number;
}

/** Prepares the statement. @param owner Number of the owner in `owners`. */
export function sqliteCounters(db: SqlDatabase, owner: number): SqliteCounters {
  const put = db.prepare(
    `INSERT INTO counters(owner, class, generated, acked, tombstoned, pending_bytes, last_seq) VALUES(?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT(owner, class) DO UPDATE SET generated=generated+excluded.generated, acked=acked+excluded.acked,
       tombstoned=tombstoned+excluded.tombstoned, pending_bytes=pending_bytes+excluded.pending_bytes,
       last_seq=max(last_seq, excluded.last_seq)`,
  );
  const sums = new Map<string, ClassSum>();
  return {
    add(name, { generated = 0, acked = 0, tombstoned = 0, bytes = 0, seq = 0 }) {
      let sum = sums.get(name);
      if (sum === undefined) sums.set(name, sum = { generated: 0, acked: 0, tombstoned: 0, bytes: 0, lastSeq: 0 });
      sum.generated += generated;
      sum.acked += acked;
      sum.tombstoned += tombstoned;
      sum.bytes += bytes;
      sum.lastSeq = Math.max(sum.lastSeq, seq);
    },
    write() {
      for (const [name, { generated, acked, tombstoned, bytes, lastSeq }] of sums) {
        put.run(owner, name, generated, acked, tombstoned, bytes, lastSeq);
      }
    },
    clear: () => sums.clear(),
  };
}
