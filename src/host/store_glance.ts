import { existsSync } from "node:fs";
import { EnvironmentError } from "../core/errors.ts";
import { checkSchema, SCHEMA_VERSION, schemaOf } from "../store/schema.ts";
import type { SqlDatabase } from "../store/sql_port.ts";
import { sqliteInbox } from "../store/sqlite_inbox.ts";
import { openSql } from "../store/sqlite_open.ts";
import { sqliteRows } from "../store/sqlite_rows.ts";
import type { Glance } from "./store_late.ts";

/** Where to look, and when. */
export interface GlanceOptions {
  readonly path: string;
  readonly owner: string;
  readonly wallMs: number;
}

/**
 * Leaves a store that was closed in order so that it can be read where nothing can be written: opening a file that has a
 * log makes that log. The next opening gives it one again.
 *
 * @returns False when there is no such file, another program holds it, or the disk refuses.
 */
export function leaveReadable(path: string): boolean {
  if (!existsSync(path)) return false;
  let db: SqlDatabase | undefined;
  try {
    db = openSql(path);
    return db.prepare("PRAGMA journal_mode=DELETE").get()?.["journal_mode"] === "delete";
  } catch (_refused) {
    return false;
  } finally {
    db?.close();
  }
}

/**
 * Reads what is kept in a store that takes no writes: after a kill or a power cut from the file and its log, after an
 * orderly stop from what `leaveReadable` left.
 *
 * @returns Undefined when nothing can be read.
 * @throws {EnvironmentError} "ESCHEMA" or "ENOTSTORE", as of opening it.
 */
export function glanceAtStore(options: GlanceOptions): Glance | undefined {
  if (!existsSync(options.path)) return undefined;
  let db: SqlDatabase | undefined;
  try {
    db = openSql(options.path, true);
    return readKept(db, options);
  } catch (thrown) {
    if (thrown instanceof EnvironmentError) throw thrown;
    return undefined;
  } finally {
    db?.close();
  }
}

function readKept(db: SqlDatabase, { path, owner, wallMs }: GlanceOptions): Glance | undefined {
  const version = schemaOf(db, path);
  checkSchema(version, path);
  const id = version === SCHEMA_VERSION ? db.prepare("SELECT id FROM owners WHERE owner=?").get(owner)?.id : undefined;
  if (typeof id !== "number") return undefined;
  const rows = sqliteRows(db, id);
  return { kept: rows.kept(wallMs), journal: rows.journalRows(), appliedIds: sqliteInbox(db, id).appliedIds() };
}
