import { EnvironmentError } from "../core/errors.ts";
import { rollBack, type SqlDatabase } from "./sql_port.ts";

/** One step of the schema: the statements that lead from the version before to `to`. */
export interface Migration {
  readonly to: number;
  readonly statements: readonly string[];
}

/** Where events of schema 2 and before wait until they have moved into the table of schema 3. */
export const EVENTS_BEFORE = "events_before";

/** All steps, ascending; the last one's `to` is the schema that this program writes. */
export const MIGRATIONS: readonly Migration[] = [
  {
    to: 1,
    statements: [
      "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID",
      // Owners by number: the two indexes of events repeat it in every row.
      `CREATE TABLE owners(id INTEGER PRIMARY KEY, owner TEXT NOT NULL UNIQUE, last_seq INTEGER NOT NULL,
        applied INTEGER NOT NULL, pending_bytes INTEGER NOT NULL, boot TEXT NOT NULL, life INTEGER NOT NULL) STRICT`,
      `CREATE TABLE events(id INTEGER PRIMARY KEY, owner INTEGER NOT NULL, seq INTEGER NOT NULL, lane INTEGER NOT NULL,
        class TEXT NOT NULL, message_id TEXT NOT NULL, bytes BLOB NOT NULL, UNIQUE(owner, seq)) STRICT`,
      "CREATE INDEX events_lane ON events(owner, lane, seq)",
      `CREATE TABLE counters(owner INTEGER NOT NULL, class TEXT NOT NULL, generated INTEGER NOT NULL,
        acked INTEGER NOT NULL, tombstoned INTEGER NOT NULL, PRIMARY KEY(owner, class)) STRICT, WITHOUT ROWID`,
      `CREATE TABLE tombstones(owner INTEGER NOT NULL, class TEXT NOT NULL, day INTEGER NOT NULL,
        from_seq INTEGER NOT NULL, to_seq INTEGER NOT NULL, count INTEGER NOT NULL,
        PRIMARY KEY(owner, class, day)) STRICT, WITHOUT ROWID`,
      `CREATE TABLE state(owner INTEGER NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, value TEXT NOT NULL,
        expires_wall_ms INTEGER NOT NULL, PRIMARY KEY(owner, key)) STRICT, WITHOUT ROWID`,
      `CREATE TABLE inbox(id INTEGER PRIMARY KEY, owner INTEGER NOT NULL, peer TEXT NOT NULL, n INTEGER NOT NULL,
        message_id TEXT NOT NULL, type TEXT NOT NULL, received_wall_ms INTEGER NOT NULL, bytes BLOB NOT NULL,
        UNIQUE(owner, peer, n), UNIQUE(owner, peer, message_id)) STRICT`,
      `CREATE TABLE journal(id INTEGER PRIMARY KEY, owner INTEGER NOT NULL, wall_ms INTEGER NOT NULL,
        channel TEXT NOT NULL, value REAL NOT NULL, UNIQUE(owner, wall_ms, channel)) STRICT`,
    ],
  },
  {
    // The inbox without indexes: that of random message ids made a page of each row.
    to: 2,
    statements: [
      `CREATE TABLE inbox_2(id INTEGER PRIMARY KEY, owner INTEGER NOT NULL, peer TEXT NOT NULL, n INTEGER NOT NULL,
        message_id TEXT NOT NULL, type TEXT NOT NULL, received_wall_ms INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT`,
      `INSERT INTO inbox_2(id, owner, peer, n, message_id, type, received_wall_ms, bytes)
        SELECT id, owner, peer, n, message_id, type, received_wall_ms, bytes FROM inbox ORDER BY id`,
      "DROP TABLE inbox",
      "ALTER TABLE inbox_2 RENAME TO inbox",
    ],
  },
  {
    // A commit of events writes two pages instead of five: owner, lane and seq are the row's id (event_place.ts), so that
    // there is no index, and what changes with each event is in one table. Events move in small steps (move_events.ts).
    to: 3,
    statements: [
      "DROP INDEX events_lane",
      `ALTER TABLE events RENAME TO ${EVENTS_BEFORE}`,
      `CREATE TABLE events(id INTEGER PRIMARY KEY, class TEXT NOT NULL, message_id TEXT NOT NULL,
        checksum INTEGER NOT NULL, bytes BLOB NOT NULL,
        owner INTEGER AS (id >> 44) VIRTUAL, lane INTEGER AS ((3 + (id >> 42)) & 3) VIRTUAL,
        seq INTEGER AS (id & 4398046511103) VIRTUAL) STRICT`,
      "ALTER TABLE counters ADD COLUMN pending_bytes INTEGER NOT NULL DEFAULT 0",
      "ALTER TABLE counters ADD COLUMN last_seq INTEGER NOT NULL DEFAULT 0",
      // What is left of it is the last seq when a life began; counters have the newest.
      "ALTER TABLE owners DROP COLUMN pending_bytes",
    ],
  },
];

/** Ids that were imported, in a file into which there was an import: beside the schema, as older programs do not mind it. */
export const IMPORTED_TABLE = `CREATE TABLE IF NOT EXISTS imported(owner TEXT NOT NULL, message_id TEXT NOT NULL,
  PRIMARY KEY(owner, message_id)) STRICT, WITHOUT ROWID`;

/** The schema that this program reads and writes. */
export const SCHEMA_VERSION = MIGRATIONS[MIGRATIONS.length - 1]!.to;

/**
 * The schema of an open file: 0 for an empty one.
 *
 * @throws {EnvironmentError} "ENOTSTORE" when the file is a database of something else.
 */
export function schemaOf(db: SqlDatabase, path: string): number {
  const tables = db.prepare("SELECT name FROM sqlite_master WHERE type='table'").all().map((row) => row.name);
  if (tables.length === 0) return 0;
  const row = tables.includes("meta") ? db.prepare("SELECT value FROM meta WHERE key='schema'").get() : undefined;
  const version = Number(row?.value);
  if (!Number.isInteger(version)) {
    const found = tables.slice(0, 3).map((name) => `"${name}"`).join(", ");
    throw new EnvironmentError(
      `Cannot open store "${path}" as it must be a Hearth store: found a database with tables ${found}`,
      "ENOTSTORE",
    );
  }
  return version;
}

/** Refuses a file that a newer program has written. @throws {EnvironmentError} "ESCHEMA", with the way back. */
export function checkSchema(version: number, path: string): void {
  if (version <= SCHEMA_VERSION) return;
  throw new EnvironmentError(
    `Cannot open store "${path}" as its schema must be at most ${SCHEMA_VERSION}: found ${version}; ` +
      `start the newer program again, or move the file aside to begin with an empty store`,
    "ESCHEMA",
  );
}

/** Brings a file to the schema of this program, all or nothing. @param storeId Given to a new file. */
export function migrate(db: SqlDatabase, version: number, storeId: string): void {
  if (version === SCHEMA_VERSION) return;
  db.exec("BEGIN IMMEDIATE");
  try {
    for (const { to, statements } of MIGRATIONS) {
      if (to > version) { for (const statement of statements) db.exec(statement); }
    }
    const put = db.prepare(
      "INSERT INTO meta(key, value) VALUES(?, ?) ON CONFLICT(key) DO UPDATE SET value=excluded.value",
    );
    put.run("schema", String(SCHEMA_VERSION));
    if (version === 0) put.run("store_id", storeId);
    db.exec("COMMIT");
  } catch (thrown) {
    rollBack(() => db.exec("ROLLBACK"));
    throw thrown;
  }
}
