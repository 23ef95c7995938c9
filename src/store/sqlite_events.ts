import type { Account, Evicted } from "./account.ts";
import type { EventRow, FromStore, ToStore } from "./port.ts";
import { rowAs, type SqlDatabase, type SqlStatement } from "./sql_port.ts";
import { type EvictBounds, sqliteEvict } from "./sqlite_evict.ts";
import { windowCount } from "./window_count.ts";

/** The events of one owner in SQLite, with their counters and tombstones. Runs inside the engine's transaction. */
export interface SqliteEvents {
  /** Adds a row, unless its seq is known already: then it was sent twice. */
  append(account: Account, row: EventRow): void;
  /** Deletes an acked row; an unknown seq changes nothing. */
  ack(account: Account, seq: number): void;
  /** Makes room: what is too old first, then the oldest rows of the least urgent lane. */
  evict(account: Account, bounds: EvictBounds): readonly Evicted[];
  read(request: Extract<ToStore, { kind: "read" }>): Extract<FromStore, { kind: "rows" }>;
}

interface Statements {
  readonly insert: SqlStatement;
  readonly remove: SqlStatement;
  readonly count: SqlStatement;
  readonly window: SqlStatement;
  readonly row: SqlStatement;
}

function prepareAll(db: SqlDatabase): Statements {
  return {
    insert: db.prepare("INSERT INTO events(owner, seq, lane, class, message_id, bytes) VALUES(?, ?, ?, ?, ?, ?)"),
    remove: db.prepare("DELETE FROM events WHERE owner=? AND seq=? RETURNING class, length(bytes) AS size"),
    count: db.prepare(
      `INSERT INTO counters(owner, class, generated, acked, tombstoned) VALUES(?, ?, ?, ?, ?)
       ON CONFLICT(owner, class) DO UPDATE SET generated=generated+excluded.generated, acked=acked+excluded.acked,
         tombstoned=tombstoned+excluded.tombstoned`,
    ),
    window: db.prepare(
      "SELECT seq, length(bytes) AS size FROM events WHERE owner=? AND lane=? AND seq>? ORDER BY seq LIMIT ?",
    ),
    row: db.prepare("SELECT seq, lane, class, message_id AS messageId, bytes FROM events WHERE owner=? AND seq=?"),
  };
}

/** Prepares the event statements. @param owner Number of the owner in `owners`. */
export function sqliteEvents(db: SqlDatabase, owner: number): SqliteEvents {
  const sql = prepareAll(db);

  /** The class of the removed row, or undefined when there was none. */
  function remove(account: Account, seq: number): string | undefined {
    const gone = sql.remove.get(owner, seq);
    if (!gone) return undefined;
    account.pendingBytes -= gone.size as number;
    return gone.class as string;
  }

  return {
    append(account, row) {
      if (row.seq <= account.lastSeq) return;
      sql.insert.run(owner, row.seq, row.lane, row.class, row.messageId, row.bytes);
      sql.count.run(owner, row.class, 1, 0, 0);
      account.lastSeq = row.seq;
      account.generated++;
      account.pendingBytes += row.bytes.length;
    },
    ack(account, seq) {
      const name = remove(account, seq);
      if (name === undefined) return;
      sql.count.run(owner, name, 0, 1, 0);
      account.acked++;
    },
    evict: sqliteEvict(db, owner, (account, seq) => {
      const name = remove(account, seq);
      if (name !== undefined) sql.count.run(owner, name, 0, 0, 1);
      return name;
    }),
    read({ id, afterSeq, lanes, rowsMax, bytesMax }) {
      const found = lanes.flatMap((lane) => sql.window.all(owner, lane, afterSeq, rowsMax + 1)) as {
        seq: number;
        size: number;
      }[];
      found.sort((a, b) => a.seq - b.seq);
      const count = windowCount(found.map((row) => row.size), rowsMax, bytesMax);
      const rows = found.slice(0, count).map((row) => rowAs<EventRow>(sql.row.get(owner, row.seq)!));
      return { kind: "rows", id, rows, end: count === found.length };
    },
  };
}
