import { eventId } from "./event_place.ts";
import type { EventRow } from "./port.ts";
import { rowChecksum } from "./row_checksum.ts";
import { EVENTS_BEFORE } from "./schema.ts";
import { rollBack, rowAs, type SqlDatabase } from "./sql_port.ts";

/** Most rows, and about how many payload bytes, that one transaction moves: neither log nor file grow by a whole backlog. */
const ROWS_MAX = 1_024;
const BYTES_MAX = 1_048_576;

/** An event as all schemas have it. */
export type OwnedEvent = EventRow & { readonly owner: number };

/** Reads events with the columns that they have in every schema. */
export const OWNED_COLUMNS = "owner, seq, lane, class, message_id AS messageId, bytes";

/** Whether events of an older schema wait in this file. */
export function hasEventsBefore(db: SqlDatabase): boolean {
  return db.prepare("SELECT 1 AS n FROM sqlite_master WHERE name=?").get(EVENTS_BEFORE) !== undefined;
}

/** Adds rows with the id and the checksum of this schema, unless they are there. */
export function eventAdder(db: SqlDatabase): (row: OwnedEvent) => unknown {
  const insert = db.prepare(
    "INSERT OR IGNORE INTO events(id, class, message_id, checksum, bytes) VALUES(?, ?, ?, ?, ?)",
  );
  return (row) => {
    const { owner, lane, seq, class: name, messageId, bytes } = row;
    return insert.run(eventId(owner, lane, seq), name, messageId, rowChecksum(row), bytes);
  };
}

/**
 * Moves events of an older schema into their place, a few in each transaction, so that a start that is cut short goes on
 * where it was, and so that the pages they leave are used again.
 *
 * @throws {Error} SQLite's.
 */
export function moveEvents(db: SqlDatabase): void {
  if (!hasEventsBefore(db)) return;
  const sizes = db.prepare(`SELECT id, length(bytes) AS size FROM ${EVENTS_BEFORE} ORDER BY id LIMIT ?`);
  const rows = db.prepare(`SELECT ${OWNED_COLUMNS} FROM ${EVENTS_BEFORE} WHERE id<=? ORDER BY id`);
  const drop = db.prepare(`DELETE FROM ${EVENTS_BEFORE} WHERE id<=?`);
  const add = eventAdder(db);
  const count = db.prepare("UPDATE counters SET pending_bytes=pending_bytes+? WHERE owner=? AND class=?");
  function move(row: OwnedEvent): void {
    add(row);
    count.run(row.bytes.length, row.owner, row.class);
  }
  for (;;) {
    let bytes = 0, lastId: number | undefined;
    for (const { id, size } of sizes.all(ROWS_MAX)) {
      if (lastId !== undefined && bytes + (size as number) > BYTES_MAX) break;
      bytes += size as number;
      lastId = id as number;
    }
    inTransaction(db, () => {
      if (lastId === undefined) return db.exec(`DROP TABLE ${EVENTS_BEFORE}`);
      for (const row of rows.all(lastId)) move(rowAs<OwnedEvent>(row));
      drop.run(lastId);
    });
    if (lastId === undefined) return;
  }
}

function inTransaction(db: SqlDatabase, work: () => void): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    work();
    db.exec("COMMIT");
  } catch (thrown) {
    rollBack(() => db.exec("ROLLBACK"));
    throw thrown;
  }
}
