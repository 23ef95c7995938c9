import { strict as assert } from "node:assert";
import { type EventImport, importEvents, type ReferenceFolder } from "./import_events.ts";
import { lookIntoImports, openImportStore } from "./import_store.ts";
import { inspectStore } from "./inspect.ts";
import { openSqliteEngine, type SqliteEngineOptions } from "./sqlite_engine.ts";
import { openSql } from "./sqlite_open.ts";
import { storeTxn } from "../testing/store_under_test.ts";

type Files = Readonly<Record<string, Readonly<Record<string, string>>>>;

const DAY = "2026-11-21T00:00:00+00:00";

function id(n: number): string {
  return `00000000-0000-4000-8000-${`${n}`.padStart(12, "0")}`;
}

function fileName(n: number, time = "2026-11-21T09:24:21.489084+00:00"): string {
  return `${time}.uid[${id(n)}].json`;
}

function event(n: number): string {
  return `{"MessageId":"${
    id(n)
  }","TimeCreatedMs":1795252052302,"Src":"a.scada",  "X":2.0, "TypeName":"gridworks.event.x"}`;
}

/** Events `from` to `to`, a second apart. */
function many(from: number, to: number): Record<string, string> {
  const files: Record<string, string> = {};
  for (let n = from; n <= to; n++) {
    files[fileName(n, `2026-11-21T10:00:${`${n % 60}`.padStart(2, "0")}+00:00`)] = event(n);
  }
  return files;
}

function folder(files: Files): ReferenceFolder {
  return {
    days: () => Object.keys(files),
    files: (day) => Object.keys(files[day]!),
    read: (day, file) => new TextEncoder().encode(files[day]![file]),
  };
}

interface Place extends Disposable {
  readonly options: SqliteEngineOptions;
}

function place(more: Partial<SqliteEngineOptions> = {}): Place {
  const dir = Deno.makeTempDirSync();
  const options: SqliteEngineOptions = {
    path: `${dir}/scada.sqlite`,
    owner: "scada",
    bytesMax: 1_000_000,
    synchronous: "OFF",
    newId: () => "store-1",
    wallMs: () => 1,
    ...more,
  };
  return { options, [Symbol.dispose]: () => Deno.removeSync(dir, { recursive: true }) };
}

function runAll(made: EventImport): EventImport["counts"] {
  while (made.step());
  return made.counts;
}

function importAll(files: Files, { options }: Place): EventImport["counts"] {
  using store = openImportStore(options);
  return runAll(importEvents(folder(files), store));
}

Deno.test("importEvents() keeps ids and raw bytes, oldest first, and lists bad files", () => {
  using at = place();
  const files = {
    [DAY]: {
      [fileName(3, "2026-11-21T11:00:00+00:00")]: event(3),
      [fileName(2)]: event(2),
      [fileName(4)]: "",
      [fileName(5)]: "{",
      [fileName(6)]: event(7),
      "notes.txt": "x",
      [fileName(8)]: '{"MessageId":"8"}',
    },
    "2026-11-20T00:00:00+00:00": { [fileName(1)]: event(1) },
    "other": { [fileName(9)]: event(9) },
  };
  const { badFiles, ...counts } = importAll(files, at);
  assert.deepEqual(counts, { files: 8, imported: 3, known: 0, evicted: 0, bad: 5 });
  assert.deepEqual(badFiles.map(({ path, why }) => [path.slice(DAY.length + 1), why.split(":")[0]]), [
    [fileName(4), "it must hold an event"],
    [fileName(5), "it must be JSON in UTF-8"],
    [fileName(6), "its MessageId must be the id in its name"],
    [fileName(8), "its TypeName must be a text"],
    ["notes.txt", "its name must be <ISO time>.uid[<id>].json"],
  ]);
  using look = inspectStore(at.options.path);
  assert.deepEqual(
    look.pending().map((row) => [row.seq, row.lane, row.class, row.messageId]),
    [1, 2, 3].map((n) => [
      n,
      3,
      "gridworks.event.x",
      id(n),
    ]),
  );
  assert.equal(look.payload("scada", 2), event(2));
});

Deno.test("importEvents() imports once when it is cut short anywhere and repeated, and after the events were acked", () => {
  const files = { [DAY]: many(1, 600) };
  for (let cut = 0; cut < 4; cut++) {
    using at = place();
    {
      let commits = 0;
      using store = openImportStore({ ...at.options });
      const started = importEvents(folder(files), {
        ...store,
        add(rows) {
          if (commits++ === cut) throw new Error("power cut");
          return store.add(rows);
        },
      });
      if (cut < 3) assert.throws(() => runAll(started), /power cut/);
      else runAll(started);
    }
    {
      using engine = openSqliteEngine(at.options);
      engine.commit([storeTxn(1, { deletes: [1, 2, 3] })]);
    }
    const again = importAll(files, at);
    assert.equal(again.known, Math.min(600, cut * 256), `cut in batch ${cut}`);
    using engine = openSqliteEngine(at.options);
    const { generated, acked, pending } = engine.counters();
    assert.deepEqual([generated, acked + pending], [600, 600]);
    assert.deepEqual(importAll(files, at), { files: 600, imported: 0, known: 600, evicted: 0, bad: 0, badFiles: [] });
  }
});

Deno.test("importEvents() takes what came since, after what the store had, and one of two files with the same id", () => {
  using at = place();
  importAll({ [DAY]: many(1, 3) }, at);
  const counts = importAll({ [DAY]: { ...many(1, 5), [fileName(5, "2026-11-22T00:00:00+00:00")]: event(5) } }, at);
  assert.deepEqual([counts.imported, counts.known], [2, 4]);
  using look = inspectStore(at.options.path);
  assert.deepEqual(look.pending().map((row) => row.messageId), [1, 2, 3, 4, 5].map(id));
});

Deno.test("importEvents() knows what it imported when the store was damaged since and replaced", () => {
  using at = place();
  importAll({ [DAY]: many(1, 3) }, at);
  const db = openSql(at.options.path);
  db.exec("DELETE FROM events WHERE seq=2");
  db.close();
  const counts = importAll({ [DAY]: many(1, 4) }, at);
  assert.deepEqual([counts.imported, counts.known], [1, 3]);
  using engine = openSqliteEngine(at.options);
  assert.deepEqual(engine.counters(), { generated: 4, acked: 0, tombstoned: 1, pending: 3, applied: 0 });
});

Deno.test("importEvents() stays within the store's cap and tells what made room", () => {
  using at = place({ bytesMax: 100 * event(1).length });
  assert.equal(importAll({ [DAY]: many(1, 600) }, at).evicted, 500);
});

Deno.test("importEvents() changes nothing and counts the same when it only looks", () => {
  using at = place();
  importAll({ [DAY]: many(1, 3) }, at);
  using look = lookIntoImports(at.options.path, "scada");
  const { imported, known } = runAll(importEvents(folder({ [DAY]: many(1, 5) }), look));
  assert.deepEqual([imported, known], [2, 3]);
  using engine = openSqliteEngine(at.options);
  assert.equal(engine.counters().generated, 3);
});
