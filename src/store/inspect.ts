import { existsSync } from "node:fs";
import { EnvironmentError } from "../core/errors.ts";
import { invariant } from "../core/invariant.ts";
import type { Counters, Lane } from "./port.ts";
import { hasEventsBefore } from "./move_events.ts";
import { checkSchema, EVENTS_BEFORE, schemaOf } from "./schema.ts";
import { type SqlDatabase, sqlFailed } from "./sql_port.ts";
import { openSql } from "./sqlite_open.ts";

/** Most rows that one listing gives. */
export const LIST_ROWS_MAX = 10_000;

/** The account of one owner in a store file. */
export interface OwnerStat {
  readonly owner: string;
  readonly lastSeq: number;
  readonly counters: Counters;
  /** Payload bytes of pending events. */
  readonly pendingBytes: number;
  readonly oldestSeq: number | undefined;
  /** Rows in the inbox, the journal and the kept values. */
  readonly inboxRows: number;
  readonly journalRows: number;
  readonly keptRows: number;
  readonly boot: string;
  readonly life: number;
}

/** One pending event, without its payload. */
export interface PendingRow {
  readonly owner: string;
  readonly seq: number;
  readonly lane: Lane;
  readonly class: string;
  readonly messageId: string;
  readonly bytesLength: number;
}

/** One run of evicted events. */
export interface TombstoneRow {
  readonly owner: string;
  readonly class: string;
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly count: number;
}

/** A store file, opened to look at: never written, and free to be in use by a running agent. */
export interface StoreInspection extends Disposable {
  readonly schema: number;
  readonly storeId: string;
  owners(): readonly OwnerStat[];
  /** Pending rows with a greater seq, ascending by owner and seq. @param rowsMax At most `LIST_ROWS_MAX`. */
  pending(afterSeq?: number, rowsMax?: number): readonly PendingRow[];
  /** Payload of one pending event, as JSON text. */
  payload(owner: string, seq: number): string | undefined;
  tombstones(): readonly TombstoneRow[];
}

/** The events of a file, also of one that an older program has left, or whose events have not all moved yet. */
function eventsOf(db: SqlDatabase, schema: number): string {
  if (!hasEventsBefore(db)) return "events";
  invariant(schema >= 3, `schema ${schema} has no events of an older one`);
  const all = "SELECT owner, seq, lane, class, message_id, bytes FROM";
  return `(${all} events UNION ALL ${all} ${EVENTS_BEFORE})`;
}

function ownersSql(events: string, schema: number): string {
  const newest = schema < 3 ? "0" : "ifnull((SELECT max(last_seq) FROM counters WHERE owner=o.id), 0)";
  return `SELECT o.owner, max(o.last_seq, ${newest}) AS lastSeq, o.applied, o.boot, o.life,
    (SELECT ifnull(sum(generated), 0) FROM counters WHERE owner=o.id) AS generated,
    (SELECT ifnull(sum(acked), 0) FROM counters WHERE owner=o.id) AS acked,
    (SELECT ifnull(sum(tombstoned), 0) FROM counters WHERE owner=o.id) AS tombstoned,
    (SELECT count(*) FROM ${events} WHERE owner=o.id) AS pending,
    (SELECT ifnull(sum(length(bytes)), 0) FROM ${events} WHERE owner=o.id) AS pendingBytes,
    (SELECT min(seq) FROM ${events} WHERE owner=o.id) AS oldestSeq,
    (SELECT count(*) FROM inbox WHERE owner=o.id) AS inboxRows,
    (SELECT count(*) FROM journal WHERE owner=o.id) AS journalRows,
    (SELECT count(*) FROM state WHERE owner=o.id) AS keptRows
    FROM owners o ORDER BY o.owner`;
}

const TOMBSTONES = `SELECT o.owner, t.class, t.from_seq AS fromSeq, t.to_seq AS toSeq, t.count
  FROM tombstones t JOIN owners o ON o.id=t.owner ORDER BY o.owner, t.from_seq, t.class`;

function ownerStats(db: SqlDatabase, sql: string): readonly OwnerStat[] {
  return db.prepare(sql).all().map((row) => {
    const { generated, acked, tombstoned, pending, applied, oldestSeq, ...rest } = row as unknown as
      & Omit<OwnerStat, "counters" | "oldestSeq">
      & Counters
      & { oldestSeq: number | null };
    invariant(generated === acked + tombstoned + pending, `account of ${rest.owner}: ${generated} generated`);
    const counters = { generated, acked, tombstoned, pending, applied };
    return { ...rest, oldestSeq: oldestSeq ?? undefined, counters };
  });
}

/**
 * Opens a store file read-only. Each answer is one snapshot of the file.
 *
 * @throws {EnvironmentError} When the file is missing, is no store, or was written by a newer program.
 */
export function inspectStore(path: string): StoreInspection {
  if (!existsSync(path)) {
    throw new EnvironmentError(
      `Cannot look into store "${path}" as a start of the program must have made the file: found none`,
      "SQLITE_CANTOPEN",
    );
  }
  let db: SqlDatabase | undefined;
  try {
    db = openSql(path, true);
    const schema = schemaOf(db, path);
    checkSchema(schema, path);
    const storeId = db.prepare("SELECT value FROM meta WHERE key='store_id'").get()?.value as string;
    return inspection(db, schema, storeId);
  } catch (thrown) {
    db?.close();
    throw sqlFailed(`look into store "${path}"`, thrown);
  }
}

function inspection(db: SqlDatabase, schema: number, storeId: string): StoreInspection {
  let closed = false;
  const events = () => eventsOf(db, schema);
  return {
    schema,
    storeId,
    owners: () => ownerStats(db, ownersSql(events(), schema)),
    pending(afterSeq = 0, rowsMax = LIST_ROWS_MAX) {
      const rows = db.prepare(
        `SELECT o.owner, e.seq, e.lane, e.class, e.message_id AS messageId, length(e.bytes) AS bytesLength
          FROM ${events()} e JOIN owners o ON o.id=e.owner WHERE e.seq>? ORDER BY o.owner, e.seq LIMIT ?`,
      ).all(afterSeq, Math.max(0, Math.min(rowsMax, LIST_ROWS_MAX)));
      return rows.map((row) => ({ ...row }) as unknown as PendingRow);
    },
    payload(owner, seq) {
      const row = db.prepare(
        `SELECT bytes FROM ${events()} WHERE seq=? AND owner=(SELECT id FROM owners WHERE owner=?)`,
      ).get(seq, owner);
      return row ? new TextDecoder().decode(row.bytes as Uint8Array) : undefined;
    },
    tombstones: () => db.prepare(TOMBSTONES).all().map((row) => ({ ...row }) as unknown as TombstoneRow),
    [Symbol.dispose]() {
      if (closed) return;
      closed = true;
      db.close();
    },
  };
}
