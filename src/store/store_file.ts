import { EnvironmentError } from "../core/errors.ts";
import type { Account } from "./account.ts";
import { type AgeMarks, ageMarks } from "./age_marks.ts";
import { moveEvents } from "./move_events.ts";
import { checkSchema, migrate, schemaOf } from "./schema.ts";
import type { SqlDatabase } from "./sql_port.ts";
import { loadAccount } from "./sqlite_account.ts";
import { openSql } from "./sqlite_open.ts";
import { type FileBounds, type StoreRoom, storeRoom } from "./store_room.ts";

/** Files up to this size (bytes) are checked page by page at start; larger ones when a page is read: a start has a bound. */
const CHECK_BYTES_MAX = 67_108_864;

/** How a store file is opened. */
export interface StoreFileOptions extends FileBounds {
  /** File in a folder that exists, or ":memory:". */
  readonly path: string;
  /** Long name of the proactor whose rows these are. */
  readonly owner: string;
  /** Longest age of a pending event, in ms for which the store has run; absent: no bound. Needs `nowMs`. */
  readonly ageMsMax?: number | undefined;
  /** Monotonic ms. */
  nowMs?(): number;
  /** FULL (the default) keeps every commit through a power cut; NORMAL may lose the newest; OFF, for tests, anything. */
  readonly synchronous?: "FULL" | "NORMAL" | "OFF";
  /** A new UUID: names a new store. */
  newId(): string;
  /** Opens databases instead of SQLite itself. For tests. */
  open?(path: string, readOnly?: boolean): SqlDatabase;
}

/** @returns Whether the file was small enough to look at each of its pages. */
function prepareFile(db: SqlDatabase, options: StoreFileOptions): boolean {
  const { path } = options;
  const version = schemaOf(db, path);
  checkSchema(version, path);
  db.prepare("PRAGMA journal_mode=WAL").get();
  db.exec(`PRAGMA synchronous=${options.synchronous ?? "FULL"}`);
  db.exec("PRAGMA temp_store=MEMORY");
  const size = db.prepare("SELECT page_count*page_size AS n FROM pragma_page_count, pragma_page_size").get()!;
  const isSmall = (size.n as number) <= CHECK_BYTES_MAX;
  if (isSmall) {
    const found = db.prepare("PRAGMA quick_check(1)").get()!;
    const text = String(Object.values(found)[0]);
    if (text !== "ok") {
      throw new EnvironmentError(`Cannot open store "${path}" as it is malformed: ${text}`, "SQLITE_CORRUPT");
    }
  }
  migrate(db, version, options.newId());
  moveEvents(db);
  return isSmall;
}

/** A store file that is open, and what belongs to its owner. */
export interface StoreFile {
  readonly db: SqlDatabase;
  readonly owner: number;
  readonly account: Account;
  readonly room: StoreRoom;
  readonly ages: AgeMarks | undefined;
}

/** Where the file keeps how long the store has run. */
export function ageKey(owner: number): string {
  return `age/${owner}`;
}

function agesOf(db: SqlDatabase, owner: number, { ageMsMax, nowMs }: StoreFileOptions): AgeMarks | undefined {
  if (ageMsMax === undefined || nowMs === undefined) return undefined;
  const kept = db.prepare("SELECT value FROM meta WHERE key=?").get(ageKey(owner))?.value as string | undefined;
  return ageMarks({ ageMsMax, nowMs, kept });
}

/** Opens a file and brings it to the schema of this program. @throws {Error} SQLite's, or an `EnvironmentError`. */
export function openStoreFile(options: StoreFileOptions): StoreFile {
  const db = (options.open ?? openSql)(options.path);
  try {
    const isSmall = prepareFile(db, options);
    const loaded = loadAccount(db, options.owner, isSmall);
    const room = storeRoom(db, options);
    db.exec(`PRAGMA wal_autocheckpoint=${room.walPages}`);
    db.exec(`PRAGMA journal_size_limit=${room.logBytes}`);
    return { db, ...loaded, room, ages: agesOf(db, loaded.owner, options) };
  } catch (thrown) {
    db.close();
    throw thrown;
  }
}
