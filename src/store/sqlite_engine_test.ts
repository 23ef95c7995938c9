import { strict as assert } from "node:assert";
import fc from "fast-check";
import { EnvironmentError } from "../core/errors.ts";
import {
  eventRow,
  inboxRow,
  runSteps,
  stepArbitrary,
  storeConformance,
  storeTxn,
  type StoreUnderTest,
  type StoreUnderTestOptions,
} from "../testing/store_conformance.ts";
import { inspectStore } from "./inspect.ts";
import { memoryDisk, openMemoryEngine } from "./memory_engine.ts";
import { SCHEMA_VERSION } from "./schema.ts";
import { openSqliteEngine, type SqliteEngineOptions } from "./sqlite_engine.ts";
import { openSql } from "./sqlite_open.ts";

interface Folder extends Disposable {
  readonly path: string;
}

function folder(): Folder {
  const path = Deno.makeTempDirSync();
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

function options(path: string, more: Partial<SqliteEngineOptions> = {}): SqliteEngineOptions {
  return { path, owner: "hw1.isone.me", bytesMax: 1_000_000, newId: () => "store-1", wallMs: () => 1_000, ...more };
}

function onFile({ bytesMax, wallMs }: StoreUnderTestOptions): StoreUnderTest {
  const dir = folder();
  let commits = 0, failAt = 0, failCode = "";
  function beforeCommit(): void {
    if (++commits === failAt) throw new EnvironmentError("Cannot commit as planned", failCode);
  }
  return {
    open: () =>
      openSqliteEngine(options(`${dir.path}/store.db`, { bytesMax, wallMs, beforeCommit, synchronous: "NORMAL" })),
    failCommit(n, code) {
      failAt = commits + n;
      failCode = code;
    },
    [Symbol.dispose]: () => dir[Symbol.dispose](),
  };
}

storeConformance("openSqliteEngine()", onFile);

Deno.test("openSqliteEngine() shows what the memory engine shows after any transactions", () => {
  fc.assert(
    fc.property(fc.array(stepArbitrary, { maxLength: 10 }), (steps) => {
      using sqlite = onFile({ bytesMax: 100, wallMs: () => 1 });
      const disk = memoryDisk();
      using memory: StoreUnderTest = {
        open: () => openMemoryEngine({ disk, owner: "hw1.isone.me", bytesMax: 100, wallMs: () => 1 }),
        failCommit: (n, code) => disk.failCommit(n, code),
        [Symbol.dispose]() {},
      };
      assert.deepEqual(runSteps(sqlite, steps), runSteps(memory, steps));
    }),
    { numRuns: 60 },
  );
});

Deno.test("openSqliteEngine() keeps owners apart when they share a file", () => {
  using dir = folder();
  const path = `${dir.path}/store.db`;
  {
    using one = openSqliteEngine(options(path));
    one.commit([storeTxn(1, { append: [eventRow(1)], inbox: [inboxRow("a")] })]);
  }
  using other = openSqliteEngine(options(path, { owner: "hw1.isone.other" }));
  assert.equal(other.open("b", 1).lastSeq, 0);
  assert.deepEqual(other.open("b", 1).appliedIds, []);
});

Deno.test("openSqliteEngine() runs in memory and syncs fully by default", () => {
  using engine = openSqliteEngine(options(":memory:"));
  engine.commit([storeTxn(1, { append: [eventRow(1)] })]);
  assert.equal(engine.counters().pending, 1);
});

Deno.test("openSqliteEngine() writes ahead when the store is a file", () => {
  using dir = folder();
  const path = `${dir.path}/store.db`;
  using _engine = openSqliteEngine(options(path));
  const db = openSql(path, true);
  assert.equal(db.prepare("PRAGMA journal_mode").get()!.journal_mode, "wal");
  db.close();
});

Deno.test("commit() keeps the file bounded when rows come and go", () => {
  using dir = folder();
  const path = `${dir.path}/store.db`;
  using engine = openSqliteEngine(options(path, { synchronous: "NORMAL" }));
  for (let n = 1; n <= 400; n++) {
    engine.commit([storeTxn(n, { append: [eventRow(n, { size: 100_000 })], deletes: [n - 1] })]);
  }
  const bytes = Deno.statSync(path).size + Deno.statSync(`${path}-wal`).size;
  assert.ok(bytes < 12_000_000, `${bytes} B for 40 MB that went through`);
});

Deno.test("openSqliteEngine() moves a file aside when it is not a database", () => {
  using dir = folder();
  const path = `${dir.path}/store.db`;
  Deno.writeTextFileSync(path, "not a database ".repeat(1_000));
  using engine = openSqliteEngine(options(path));
  assert.equal(engine.recovered, `${path}.damaged-1000`);
  assert.equal(Deno.readTextFileSync(`${path}.damaged-1000`).length, 15_000);
  assert.equal(engine.open("b", 1).lastSeq, 0);
  engine.commit([storeTxn(1, { append: [eventRow(1)] })]);
});

Deno.test("openSqliteEngine() carries over readable rows when pages are damaged", () => {
  using dir = folder();
  const path = `${dir.path}/store.db`;
  {
    using engine = openSqliteEngine(options(path));
    const append = Array.from({ length: 500 }, (_, n) => eventRow(n + 1, { size: 1_000 }));
    engine.commit([storeTxn(1, { append, keep: [{ key: "k", version: 1, value: "7", expiresWallMs: 0 }] })]);
    engine.commit([storeTxn(2, { deletes: [1, 2, 3] })]);
  }
  const size = Deno.statSync(path).size;
  using file = Deno.openSync(path, { write: true });
  file.seekSync(Math.floor(size / 2 / 4096) * 4096, Deno.SeekMode.Start);
  file.writeSync(new Uint8Array(8192).fill(0xa5));
  using engine = openSqliteEngine(options(path));
  assert.equal(engine.recovered, `${path}.damaged-1000`);
  const opened = engine.open("b", 2);
  assert.equal(opened.lastSeq, 500);
  assert.equal(opened.kept[0]?.value, "7");
  const { generated, acked, pending, tombstoned } = opened.counters;
  assert.deepEqual([generated, acked, pending + tombstoned], [500, 3, 497]);

  assert.ok(pending > 400 && tombstoned > 0, `${pending} carried over, ${tombstoned} lost`);
  assert.equal(tombstoned, engine.salvaged!.eventsLost);
  assert.equal(engine.salvaged!.problems[0], "events: database disk image is malformed");
});

Deno.test("openSqliteEngine() carries over rows when the account does not add up", () => {
  using dir = folder();
  const path = `${dir.path}/store.db`;
  {
    using engine = openSqliteEngine(options(path));
    engine.commit([storeTxn(1, { append: [eventRow(1), eventRow(2)] })]);
  }
  const db = openSql(path);
  db.exec("DELETE FROM events WHERE seq=1");
  db.close();
  using engine = openSqliteEngine(options(path));
  assert.equal(engine.recovered, `${path}.damaged-1000`);
  assert.deepEqual(engine.counters(), { generated: 2, acked: 0, tombstoned: 1, pending: 1, applied: 0 });
});

Deno.test("openSqliteEngine() names tombstones again, and gives no seq twice, when tables are lost", () => {
  using dir = folder();
  const path = `${dir.path}/store.db`;
  {
    using engine = openSqliteEngine(options(path, { bytesMax: 45 }));
    const append = Array.from({ length: 9 }, (_, n) => eventRow(n + 1, { class: `c${n % 2}` }));
    engine.commit([storeTxn(1, { append })]);
  }
  const db = openSql(path);
  db.exec(
    "DELETE FROM tombstones WHERE class='c0'; DELETE FROM counters WHERE class='c1'; UPDATE owners SET last_seq=0",
  );
  db.exec("DELETE FROM events WHERE seq=9");
  db.close();
  using engine = openSqliteEngine(options(path));
  assert.equal(engine.recovered, `${path}.damaged-1000`);
  assert.deepEqual(engine.counters(), { generated: 9, acked: 0, tombstoned: 6, pending: 3, applied: 0 });
  assert.equal(engine.open("b", 1).lastSeq, 9);
  assert.equal(engine.salvaged!.eventsLost, 1);
  using look = inspectStore(path);
  assert.deepEqual(look.tombstones().map(({ class: name, count }) => [name, count]), [["c0", 4], ["c1", 2]]);
});

Deno.test("open() gives the greatest seq that any table knows when a restored file has forgotten it", () => {
  for (
    const [forgets, lastSeq] of [
      ["UPDATE owners SET last_seq=0; DELETE FROM tombstones", 40],
      ["UPDATE owners SET last_seq=0; UPDATE counters SET last_seq=0", 40],
      ["UPDATE counters SET last_seq=0; UPDATE owners SET last_seq=90", 90],
      ["UPDATE counters SET last_seq=0; UPDATE tombstones SET to_seq=95", 95],
    ] as const
  ) {
    using dir = folder();
    const path = `${dir.path}/store.db`;
    {
      using engine = openSqliteEngine(options(path, { bytesMax: 25 }));
      const append = [10, 20, 30].map((seq) => eventRow(seq, { lane: 3 }));
      engine.commit([storeTxn(1, { append: [...append, eventRow(40, { lane: 0 })] })]);
    }
    const db = openSql(path);
    db.exec(forgets);
    db.close();
    using engine = openSqliteEngine(options(path));
    assert.deepEqual([engine.recovered, engine.open("b", 1).lastSeq], [undefined, lastSeq], forgets);
  }
});

Deno.test("openSqliteEngine() refuses a file when a newer program wrote it", () => {
  using dir = folder();
  const path = `${dir.path}/store.db`;
  openSqliteEngine(options(path))[Symbol.dispose]();
  const db = openSql(path);
  db.exec(`UPDATE meta SET value='${SCHEMA_VERSION + 1}' WHERE key='schema'`);
  db.close();
  assert.throws(
    () => openSqliteEngine(options(path)),
    new EnvironmentError(
      `Cannot open store "${path}" as its schema must be at most ${SCHEMA_VERSION}: found ${SCHEMA_VERSION + 1}; ` +
        "start the newer program again, or move the file aside to begin with an empty store",
      "ESCHEMA",
    ),
  );
});

Deno.test("openSqliteEngine() refuses a database when it is of something else", () => {
  using dir = folder();
  const path = `${dir.path}/store.db`;
  const db = openSql(path);
  db.exec("CREATE TABLE bookmarks(id)");
  db.close();
  assert.throws(
    () => openSqliteEngine(options(path)),
    new EnvironmentError(
      `Cannot open store "${path}" as it must be a Hearth store: found a database with tables "bookmarks"`,
      "ENOTSTORE",
    ),
  );
});

Deno.test("openSqliteEngine() throws with SQLite's code when the folder is missing", () => {
  assert.throws(
    () => openSqliteEngine(options("/nowhere/at/all/store.db")),
    (thrown) => thrown instanceof EnvironmentError && thrown.code === "SQLITE_CANTOPEN",
  );
});

Deno.test("commit() throws SQLITE_FULL and keeps the account when the disk is full", () => {
  using dir = folder();
  let full = true;
  function beforeCommit(): void {
    if (full) throw Object.assign(new Error("database or disk is full"), { errcode: 13 });
  }
  using engine = openSqliteEngine(options(`${dir.path}/store.db`, { beforeCommit }));
  const txn = storeTxn(1, { append: [eventRow(1)] });
  assert.throws(() => engine.commit([txn]), (thrown) => (thrown as EnvironmentError).code === "SQLITE_FULL");
  assert.equal(engine.counters().generated, 0);
  full = false;
  engine.commit([txn]);
  assert.equal(engine.counters().generated, 1);
});
