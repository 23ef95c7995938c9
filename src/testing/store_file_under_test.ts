import { openSqliteEngine, type SqliteEngine, type SqliteEngineOptions } from "../store/sqlite_engine.ts";
import { ROOM_BYTES } from "./store_under_test.ts";

/** A store's file in a folder of its own; both go when this is disposed of. */
export interface StoreFileUnderTest extends Disposable {
  readonly path: string;
  /** Opens it as owner "me", unless `more` says otherwise. A test cuts no power: nothing is synced. */
  open(more?: Partial<SqliteEngineOptions>): SqliteEngine;
}

/** Makes the folder. @param given For each opening. */
export function storeFileUnderTest(given: Partial<SqliteEngineOptions> = {}): StoreFileUnderTest {
  const folder = Deno.makeTempDirSync({ prefix: "hearth-store-" });
  const path = `${folder}/store.db`;
  const usual: SqliteEngineOptions = {
    path,
    owner: "me",
    bytesMax: ROOM_BYTES,
    synchronous: "OFF",
    newId: () => "id-of-store",
    wallMs: () => 1_000,
  };
  return {
    path,
    open: (more) => openSqliteEngine({ ...usual, ...given, ...more }),
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}
