import { errorText } from "../core/errors.ts";
import { IMPORTED_TABLE } from "./schema.ts";
import { rollBack, type SqlDatabase, type SqlValue } from "./sql_port.ts";
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

/** Columns by table; events before the account, which is made true from them. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  owners: ["id", "owner", "last_seq", "applied", "pending_bytes", "boot", "life"],
  counters: ["owner", "class", "generated", "acked", "tombstoned"],
  tombstones: ["owner", "class", "day", "from_seq", "to_seq", "count"],
  state: ["owner", "key", "version", "value", "expires_wall_ms"],
  events: ["id", "owner", "seq", "lane", "class", "message_id", "bytes"],
  inbox: ["id", "owner", "peer", "n", "message_id", "type", "received_wall_ms", "bytes"],
  journal: ["id", "owner", "wall_ms", "channel", "value"],
  imported: ["owner", "message_id"],
};

/** Whether there was an import into a file; a damaged one may not tell. */
function hasImports(db: SqlDatabase): boolean {
  try {
    return db.prepare("SELECT 1 AS n FROM sqlite_master WHERE name='imported'").get() !== undefined;
  } catch {
    return false;
  }
}

function copyRows(from: SqlDatabase, to: SqlDatabase, table: string): { rows: number; problem?: string } {
  const columns = TABLES[table]!;
  const list = columns.join(", ");
  const marks = columns.map(() => "?").join(", ");
  const insert = to.prepare(`INSERT OR IGNORE INTO ${table}(${list}) VALUES(${marks})`);
  let problem: string | undefined;
  let rows = 0;
  try {
    // The runtime's iterator ends silently at a bad page: this reads every page and says so.
    from.prepare(`SELECT total(length(${columns.at(-1)})) AS n FROM ${table}`).get();
  } catch (thrown) {
    problem = `${table}: ${errorText(thrown)}`;
  }
  // Both ways, so that bad pages cost only the rows between the first and the last of them.
  const orders = columns[0] === "id" && problem !== undefined ? ["id ASC", "id DESC"] : ["1"];
  for (const order of orders) {
    try {
      for (const row of from.prepare(`SELECT ${list} FROM ${table} ORDER BY ${order}`).iterate()) {
        const result = insert.run(...columns.map((name) => row[name] as SqlValue)) as { changes: number | bigint };
        rows += Number(result.changes);
      }
    } catch (thrown) {
      problem ??= `${table}: ${errorText(thrown)}`;
    }
  }
  return problem === undefined ? { rows } : { rows, problem };
}

/** Tombstones that the table names of one row of the counters; and the rows that are there of it. */
const NAMED = "(SELECT ifnull(sum(count), 0) FROM tombstones t WHERE t.owner=c.owner AND t.class=c.class)";
const THERE = "(SELECT count(*) FROM events e WHERE e.owner=c.owner AND e.class=c.class)";

/** Steps after which each owner and class of a row has its own, and no tombstone is unknown to the counters. */
const NAME_ALL = [
  `INSERT OR IGNORE INTO owners(id, owner, last_seq, applied, pending_bytes, boot, life)
    SELECT owner, 'salvaged-' || owner, 0, 0, 0, '', 0 FROM events
    UNION SELECT owner, 'salvaged-' || owner, 0, 0, 0, '', 0 FROM tombstones`,
  `INSERT OR IGNORE INTO counters(owner, class, generated, acked, tombstoned)
    SELECT owner, class, 0, 0, 0 FROM events UNION SELECT owner, class, 0, 0, 0 FROM tombstones`,
  `UPDATE counters AS c SET generated=generated+${NAMED}-tombstoned, tombstoned=${NAMED} WHERE ${NAMED}>tombstoned`,
];

/** Steps that make generated = acked + pending + tombstoned again, and name as many tombstones. */
const REPAIR = [
  // Rows that are gone become tombstones; those that no counter knows are counted.
  `UPDATE counters AS c SET tombstoned=max(tombstoned, generated-acked-${THERE}),
    generated=max(generated, acked+tombstoned+${THERE})`,
  // Each event that was generated had a seq of its own.
  `UPDATE owners SET
    last_seq=max(last_seq, ifnull((SELECT max(seq) FROM events WHERE owner=owners.id), 0),
      ifnull((SELECT max(to_seq) FROM tombstones WHERE owner=owners.id), 0),
      ifnull((SELECT sum(generated) FROM counters WHERE owner=owners.id), 0)),
    applied=max(applied, (SELECT count(*) FROM inbox WHERE owner=owners.id)),
    pending_bytes=ifnull((SELECT sum(length(bytes)) FROM events WHERE owner=owners.id), 0)`,
  `INSERT INTO tombstones(owner, class, day, from_seq, to_seq, count)
    SELECT * FROM (SELECT c.owner, c.class, 0, 1, o.last_seq, c.tombstoned-${NAMED} AS missing
      FROM counters c JOIN owners o ON o.id=c.owner) WHERE missing>0
    ON CONFLICT(owner, class, day) DO UPDATE SET to_seq=excluded.to_seq, count=count+excluded.count`,
];

function tombstoned(db: SqlDatabase): number {
  return db.prepare("SELECT ifnull(sum(tombstoned), 0) AS n FROM counters").get()!.n as number;
}

/** Makes the account true again. @returns Events of which only the counters know. */
function repairAccount(db: SqlDatabase): number {
  for (const step of NAME_ALL) db.exec(step);
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
    const isImported = hasImports(from);
    if (isImported) to.exec(IMPORTED_TABLE);
    for (const table of Object.keys(TABLES)) {
      if (table === "imported" && !isImported) continue;
      const copied = copyRows(from, to, table);
      rows[table] = copied.rows;
      if (copied.problem !== undefined) problems.push(copied.problem);
    }
    // Without the list of owners, rows are taken to be of the one that was just named.
    if (rows.owners === 0) {
      for (const { id, owner } of made) {
        to.prepare(
          "INSERT INTO owners(id, owner, last_seq, applied, pending_bytes, boot, life) VALUES(?, ?, 0, 0, 0, '', 0)",
        )
          .run(id!, owner!);
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
