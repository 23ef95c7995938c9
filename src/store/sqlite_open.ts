import { DatabaseSync } from "node:sqlite";
import type { SqlDatabase } from "./sql_port.ts";

/**
 * How long (ms) a statement waits for another process that holds the file, such as a backup: well below the silence after
 * which the launcher ends a worker. A commit that failed for it is tried again.
 */
const BUSY_WAIT_MS = 1_000;

/**
 * Opens a database file; the only place that knows the SQLite library.
 *
 * @param path File, or ":memory:".
 * @throws {Error} SQLite's own error; `sqlCode` names it.
 */
export function openSql(path: string, readOnly = false): SqlDatabase {
  const db = new DatabaseSync(path, { readOnly });
  try {
    db.exec(`PRAGMA busy_timeout=${BUSY_WAIT_MS}`);
  } catch (thrown) {
    db.close();
    throw thrown;
  }
  return db as unknown as SqlDatabase;
}
