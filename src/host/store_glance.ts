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
 * Reads what is kept in a store that takes no writes. After a kill or a power cut that is all of it; a file that was closed
 * in order cannot be opened without making its log, so that nothing can be had of it.
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
