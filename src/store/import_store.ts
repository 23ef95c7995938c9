import type { EventRow } from "./port.ts";
import { IMPORTED_TABLE } from "./schema.ts";
import { openSqliteEngine, type SqliteEngineOptions } from "./sqlite_engine.ts";
import { type SqlDatabase, sqlFailed } from "./sql_port.ts";
import { openSql } from "./sqlite_open.ts";

/** Imported events are bulk: what the house makes now goes before them, and they make room first. */
const IMPORT_LANE = 3;

/** An event to import. */
export type ImportRow = Pick<EventRow, "class" | "messageId" | "bytes">;

/** The store that events are imported into. */
export interface ImportStore extends Disposable {
  /** Whether this id was imported before, also when its event has been acked since. */
  knows(messageId: string): boolean;
  /** Rows and their ids in one transaction. @returns Events that made room. @throws {EnvironmentError} With SQLite's code. */
  add(rows: readonly ImportRow[]): number;
}

function knower(db: SqlDatabase, owner: string): (messageId: string) => boolean {
  const find = db.prepare("SELECT 1 AS n FROM imported WHERE owner=? AND message_id=?");
  return (messageId) => find.get(owner, messageId) !== undefined;
}

/** Opens a store to import into; nobody else may write it meanwhile. @throws {EnvironmentError} As `openSqliteEngine`. */
export function openImportStore(options: SqliteEngineOptions): ImportStore {
  const { owner, path } = options;
  let ids: readonly string[] = [];
  const engine = openSqliteEngine({
    ...options,
    beforeCommit(db) {
      const put = db.prepare("INSERT INTO imported(owner, message_id) VALUES(?, ?)");
      for (const id of ids) put.run(owner, id);
    },
  });
  try {
    let { lastSeq } = engine.open("import", 1);
    const db = openSql(path);
    db.exec(IMPORTED_TABLE);
    return {
      knows: knower(db, owner),
      add(rows) {
        ids = rows.map((row) => row.messageId);
        const append = rows.map((row, n) => ({ ...row, seq: lastSeq + 1 + n, lane: IMPORT_LANE } as const));
        const evicted = engine.commit([
          { txn: 1, lane: IMPORT_LANE, append, deletes: [], keep: [], inbox: [], journal: [] },
        ]);
        lastSeq += rows.length;
        return evicted.reduce((sum, { count }) => sum + count, 0);
      },
      [Symbol.dispose]() {
        db.close();
        engine[Symbol.dispose]();
      },
    };
  } catch (thrown) {
    engine[Symbol.dispose]();
    throw sqlFailed(`import into store "${path}"`, thrown);
  }
}

/** What an import would find, without a write; the file may be missing. @throws {EnvironmentError} With SQLite's code. */
export function lookIntoImports(path: string, owner: string): ImportStore {
  let db: SqlDatabase | undefined;
  let knows = (_messageId: string) => false;
  try {
    db = openSql(path, true);
    if (db.prepare("SELECT 1 AS n FROM sqlite_master WHERE name='imported'").get()) knows = knower(db, owner);
  } catch (thrown) {
    db?.close();
    throw sqlFailed(`look into store "${path}"`, thrown);
  }
  return { knows, add: () => 0, [Symbol.dispose]: () => db.close() };
}

/** A store that is not there yet: it knows nothing. */
export function noImportsYet(): ImportStore {
  return { knows: () => false, add: () => 0, [Symbol.dispose]() {} };
}
