import { type Account, isAlive, JOURNAL_ROWS_MAX, journalValue, stampMs } from "./account.ts";
import type { JournalRow, KeepRow } from "./port.ts";
import { rowAs, type SqlDatabase } from "./sql_port.ts";

/** Kept values and journal of one owner in SQLite. Runs inside the engine's transaction. */
export interface SqliteRows {
  keep(row: KeepRow): void;
  /** Values that still count, by key. */
  kept(wallMs: number): readonly KeepRow[];
  journal(account: Account, row: JournalRow): void;
  journalClear(account: Account, beforeWallMs: number): void;
  journalRows(): readonly JournalRow[];
}

function statements(db: SqlDatabase) {
  return {
    put: db.prepare(
      `INSERT INTO state(owner, key, version, value, expires_wall_ms) VALUES(?, ?, ?, ?, ?)
       ON CONFLICT(owner, key) DO UPDATE SET version=excluded.version, value=excluded.value,
         expires_wall_ms=excluded.expires_wall_ms`,
    ),
    drop: db.prepare("DELETE FROM state WHERE owner=? AND key=?"),
    state: db.prepare(
      "SELECT key, version, value, expires_wall_ms AS expiresWallMs FROM state WHERE owner=? ORDER BY key",
    ),
    journal: db.prepare("INSERT OR IGNORE INTO journal(owner, wall_ms, channel, value) VALUES(?, ?, ?, ?)"),
    clear: db.prepare("DELETE FROM journal WHERE owner=? AND wall_ms<?"),
    trim: db.prepare(
      `DELETE FROM journal WHERE id IN
        (SELECT id FROM journal WHERE owner=? ORDER BY wall_ms, channel LIMIT ?)`,
    ),
    readings: db.prepare(
      "SELECT channel, value, wall_ms AS wallMs FROM journal WHERE owner=? ORDER BY wall_ms, channel",
    ),
  };
}

function changes(result: unknown): number {
  return Number((result as { changes: number | bigint }).changes);
}

/** Prepares the statements. @param owner Number of the owner in `owners`. */
export function sqliteRows(db: SqlDatabase, owner: number): SqliteRows {
  const sql = statements(db);
  return {
    keep(row) {
      if (row.value === null) sql.drop.run(owner, row.key);
      else sql.put.run(owner, row.key, row.version, row.value, stampMs(row.expiresWallMs));
    },
    // Expired values stay in the file: a clock that was wrong for a moment must not erase a contract.
    kept: (wallMs) =>
      sql.state.all(owner).map((row) => rowAs<KeepRow>(row)).filter((row) => isAlive(row.expiresWallMs, wallMs)),
    journal(account, row) {
      const value = journalValue(row.value);
      if (value === undefined) return;
      account.journalRows += changes(sql.journal.run(owner, stampMs(row.wallMs), row.channel, value));
      const over = account.journalRows - JOURNAL_ROWS_MAX;
      if (over > 0) account.journalRows -= changes(sql.trim.run(owner, over));
    },
    journalClear(account, beforeWallMs) {
      account.journalRows -= changes(sql.clear.run(owner, beforeWallMs));
    },
    journalRows: () => sql.readings.all(owner).map((row) => rowAs<JournalRow>(row)),
  };
}
