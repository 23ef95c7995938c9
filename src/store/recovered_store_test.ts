import { strict as assert } from "node:assert";
import { eventRow, storeTxn } from "../testing/store_under_test.ts";
import { openSqliteEngine, type SqliteEngineOptions } from "./sqlite_engine.ts";
import { openSql } from "./sqlite_open.ts";

Deno.test("openSqliteEngine() tells each life of a replaced store until one has written", () => {
  const dir = Deno.makeTempDirSync();
  const path = `${dir}/store.db`;
  const options: SqliteEngineOptions = {
    path,
    owner: "me",
    bytesMax: 1_000,
    synchronous: "OFF",
    newId: () => "store-1",
    wallMs: () => 1_000,
  };
  try {
    {
      using engine = openSqliteEngine(options);
      engine.commit([storeTxn(1, { append: [eventRow(1), eventRow(2)] })]);
      assert.equal(engine.open("a", 1).recovered, undefined);
    }
    const db = openSql(path);
    db.exec("DELETE FROM events WHERE seq=1");
    db.close();
    using engine = openSqliteEngine(options);
    const recovered = { movedTo: `${path}.damaged-1000`, carriedOver: { rows: 3, eventsLost: 1 } };
    assert.deepEqual(engine.open("b", 1).recovered, recovered);
    assert.deepEqual(engine.open("b", 2).recovered, recovered, "the first life wrote nothing");
    engine.commit([storeTxn(1, { append: [eventRow(3)] })]);
    assert.equal(engine.open("b", 3).recovered, undefined);
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
});
