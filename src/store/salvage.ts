import { errorText } from "../core/errors.ts";
import { eventAdder, OWNED_COLUMNS, type OwnedEvent } from "./move_events.ts";
import { rowChecksum } from "./row_checksum.ts";
import { EVENTS_BEFORE, IMPORTED_TABLE } from "./schema.ts";
import { rollBack, rowAs, type SqlDatabase, type SqlRow, type SqlStatement } from "./sql_port.ts";
import { openSql } from "./sqlite_open.ts";

/** What could be read of a damaged file. */
export interface Salvage {
  /** Rows carried over, by table. */
  readonly rows: Readonly<Record<string, number>>;
  /** Events that the counters know and the file no longer gave: tombstoned in the new store. */
  readonly eventsLost: number;
  /** Why reading stopped, one line a table. */
  readonly problems: readonly string[];
}

/** A table to carry over. */
interface Source {
  readonly table: string;
  /** Columns of every schema; the last one is read of each row to find bad pages. */
  readonly columns: string;
  /** Columns that only newer schemas have. */
  readonly newer?: string;
  /** Table of the new store, when it is another. */
  readonly to?: string;
}

const EVENT_SOURCE = { columns: `id, ${OWNED_COLUMNS}`, newer: ", checksum", to: "events" };

/** Events before the account, which is made true from them. */
const SOURCES: readonly Source[] = [
  { table: "owners", columns: "id, owner, last_seq, applied, boot, life" },
  { table: "counters", columns: "owner, class, generated, acked, tombstoned", newer: ", last_seq" },
  { table: "tombstones", columns: "owner, class, day, from_seq, to_seq, count" },
  { table: "state", columns: "owner, key, version, value, expires_wall_ms" },
  { table: EVENTS_BEFORE, ...EVENT_SOURCE },
  { table: "events", ...EVENT_SOURCE },
  { table: "inbox", columns: "id, owner, peer, n, message_id, type, received_wall_ms, bytes" },
  { table: "journal", columns: "id, owner, wall_ms, channel, value" },
  { table: "imported", columns: "owner, message_id" },
];
/** Tables that a store may do without. */
const OPTIONAL: readonly string[] = [EVENTS_BEFORE, "imported"];

/** Whether there is such a table; a damaged file may not tell. */
function hasTable(db: SqlDatabase, table: string): boolean {
  try {
    return db.prepare("SELECT 1 AS n FROM sqlite_master WHERE name=?").get(table) !== undefined;
  } catch {
    return false;
  }
}

/** What reads the rows of a table; an older schema has fewer columns. */
function selector(from: SqlDatabase, { table, columns, newer }: Source): string {
  if (newer !== undefined) {
    const all = `SELECT ${columns}${newer} FROM ${table}`;
    try {
      from.prepare(all);
      return all;
    } catch {
      // Also when nothing can be read: then the shorter one tells why.
    }
  }
  return `SELECT ${columns} FROM ${table}`;
}

const NOTHING = { changes: 0 };

/** What puts a row into the new store. An event whose bytes are not what was written counts as lost. */
function putter(to: SqlDatabase, source: Source): (row: SqlRow) => unknown {
  if (source.to === "events") {
    const add = eventAdder(to);
    return (raw) => {
      const row = rowAs<OwnedEvent>(raw);
      return raw.checksum === undefined || raw.checksum === rowChecksum(row) ? add(row) : NOTHING;
    };
  }
  const inserts = new Map<string, SqlStatement>();
  return (row) => {
    const names = Object.keys(row);
    const list = names.join(", ");
    let insert = inserts.get(list);
    if (insert === undefined) {
      const marks = names.map(() => "?").join(", ");
      insert = to.prepare(`INSERT OR IGNORE INTO ${source.table}(${list}) VALUES(${marks})`);
      inserts.set(list, insert);
    }
    return insert.run(...Object.values(row));
  };
}

function copyRows(from: SqlDatabase, to: SqlDatabase, source: Source): { rows: number; problem?: string } {
  const { table, columns } = source;
  const select = selector(from, source);
  const put = putter(to, source);
  let problem: string | undefined;
  let rows = 0;
  try {
    // The runtime's iterator ends silently at a bad page: this reads every page and says so.
    from.prepare(`SELECT total(length(${columns.split(", ").at(-1)})) AS n FROM ${table}`).get();
  } catch (thrown) {
    problem = `${table}: ${errorText(thrown)}`;
  }
  // Both ways, so that bad pages cost only the rows between the first and the last of them.
  const orders = problem !== undefined && columns.startsWith("id,") ? [" ORDER BY id ASC", " ORDER BY id DESC"] : [""];
  for (const order of orders) {
    try {
      for (const row of from.prepare(select + order).iterate()) {
        rows += Number((put(row) as { changes: number | bigint }).changes);
      }
    } catch (thrown) {
      problem ??= `${table}: ${errorText(thrown)}`;
    }
  }
  return problem === undefined ? { rows } : { rows, problem };
}

/** What is there of each class, counted once. */
const COUNT_THERE = `CREATE TEMP TABLE there AS SELECT owner, class, count(*) AS n, sum(length(bytes)) AS bytes,
  max(seq) AS seq FROM events GROUP BY owner, class`;

/** Tombstones that the table names of one row of the counters; and the rows, and their bytes, that are there of it. */
const NAMED = "(SELECT ifnull(sum(count), 0) FROM tombstones t WHERE t.owner=c.owner AND t.class=c.class)";
const THERE = "(SELECT ifnull(sum(n), 0) FROM there e WHERE e.owner=c.owner AND e.class=c.class)";
const THERE_BYTES = "(SELECT ifnull(sum(bytes), 0) FROM there e WHERE e.owner=c.owner AND e.class=c.class)";

/** Steps after which each owner and class of a row has its own, and no tombstone is unknown to the counters. */
const NAME_ALL = [
  `INSERT OR IGNORE INTO owners(id, owner, last_seq, applied, boot, life)
    SELECT owner, 'salvaged-' || owner, 0, 0, '', 0 FROM there
    UNION SELECT owner, 'salvaged-' || owner, 0, 0, '', 0 FROM tombstones`,
  `INSERT OR IGNORE INTO counters(owner, class, generated, acked, tombstoned)
    SELECT owner, class, 0, 0, 0 FROM there UNION SELECT owner, class, 0, 0, 0 FROM tombstones`,
  `UPDATE counters AS c SET generated=generated+${NAMED}-tombstoned, tombstoned=${NAMED} WHERE ${NAMED}>tombstoned`,
];

/** Steps that make generated = acked + pending + tombstoned again, and name as many tombstones. */
const REPAIR = [
  // Rows that are gone become tombstones; those that no counter knows are counted.
  `UPDATE counters AS c SET tombstoned=max(tombstoned, generated-acked-${THERE}),
    generated=max(generated, acked+tombstoned+${THERE}), pending_bytes=${THERE_BYTES}`,
  // Each event that was generated had a seq of its own.
  `UPDATE owners SET
    last_seq=max(last_seq, ifnull((SELECT max(seq) FROM there WHERE owner=owners.id), 0),
      ifnull((SELECT max(last_seq) FROM counters WHERE owner=owners.id), 0),
      ifnull((SELECT max(to_seq) FROM tombstones WHERE owner=owners.id), 0),
      ifnull((SELECT sum(generated) FROM counters WHERE owner=owners.id), 0)),
    applied=max(applied, (SELECT count(*) FROM inbox WHERE owner=owners.id))`,
  `INSERT INTO tombstones(owner, class, day, from_seq, to_seq, count)
    SELECT * FROM (SELECT c.owner, c.class, 0, 1, o.last_seq, c.tombstoned-${NAMED} AS missing
      FROM counters c JOIN owners o ON o.id=c.owner) WHERE missing>0
    ON CONFLICT(owner, class, day) DO UPDATE SET to_seq=excluded.to_seq, count=count+excluded.count`,
  "DROP TABLE there",
];

function tombstoned(db: SqlDatabase): number {
  return db.prepare("SELECT ifnull(sum(tombstoned), 0) AS n FROM counters").get()!.n as number;
}

/** Makes the account true again. @returns Events of which only the counters know. */
function repairAccount(db: SqlDatabase): number {
  for (const step of [COUNT_THERE, ...NAME_ALL]) db.exec(step);
  const known = tombstoned(db);
  for (const step of REPAIR) db.exec(step);
  return tombstoned(db) - known;
}

/**
 * Carries over what can be read of a damaged file, and makes the account true again.
 *
 * @param to A new store of the current schema whose owner was just named.
 * @throws {Error} SQLite's, when the new store cannot be written.
 */
export function salvageFrom(path: string, to: SqlDatabase, open = openSql): Salvage {
  const rows: Record<string, number> = {};
  const problems: string[] = [];
  let from: SqlDatabase;
  try {
    from = open(path, true);
  } catch (thrown) {
    return { rows, eventsLost: 0, problems: [errorText(thrown)] };
  }
  to.exec("BEGIN IMMEDIATE");
  try {
    const made = to.prepare("SELECT id, owner FROM owners").all();
    to.exec("DELETE FROM owners");
    if (hasTable(from, "imported")) to.exec(IMPORTED_TABLE);
    for (const source of SOURCES) {
      const { table } = source;
      if (OPTIONAL.includes(table) && !hasTable(from, table)) continue;
      const copied = copyRows(from, to, source);
      rows[source.to ?? table] = (rows[source.to ?? table] ?? 0) + copied.rows;
      if (copied.problem !== undefined) problems.push(copied.problem);
    }
    // Without the list of owners, rows are taken to be of the one that was just named.
    if (rows.owners === 0) {
      for (const { id, owner } of made) {
        to.prepare(
          "INSERT INTO owners(id, owner, last_seq, applied, boot, life) VALUES(?, ?, 0, 0, '', 0)",
        ).run(id!, owner!);
      }
    }
    const eventsLost = repairAccount(to);
    to.exec("COMMIT");
    return { rows, eventsLost, problems };
  } catch (thrown) {
    rollBack(() => to.exec("ROLLBACK"));
    throw thrown;
  } finally {
    from.close();
  }
}
