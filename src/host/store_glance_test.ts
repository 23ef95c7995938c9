import { strict as assert } from "node:assert";
import { openSqliteEngine } from "../store/sqlite_engine.ts";
import { openSql } from "../store/sqlite_open.ts";
import { eventRow, inboxRow, storeTxn } from "../testing/store_conformance.ts";
import { glanceAtStore, leaveReadable } from "./store_glance.ts";

const KEPT = { key: "a", version: 1, value: "1", expiresWallMs: 0 };
const READING = { channel: "t", value: 1, wallMs: 5 };

function temporaryFile(): Disposable & { readonly path: string } {
  const folder = Deno.makeTempDirSync();
  return { path: `${folder}/s.sqlite`, [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }) };
}

/** Makes a store, and leaves at `path` what a kill leaves there. */
function killedStore(path: string): void {
  const source = `${path}.source`;
  using engine = openSqliteEngine({ path: source, owner: "me", bytesMax: 1e6, newId: () => "s", wallMs: () => 1_000 });
  engine.commit([storeTxn(1, { append: [eventRow(1)], keep: [KEPT], inbox: [inboxRow("x")], journal: [READING] })]);
  for (const end of ["", "-wal", "-shm"]) Deno.copyFileSync(source + end, path + end);
}

Deno.test("glanceAtStore() reads what is kept in the file and its log, and writes neither", () => {
  using file = temporaryFile();
  const { path } = file;
  killedStore(path);
  const before = ["", "-wal"].map((end) => Deno.readFileSync(path + end));
  assert.deepEqual(glanceAtStore({ path, owner: "me", wallMs: 1_000 }), {
    kept: [KEPT],
    journal: [READING],
    appliedIds: ["x"],
  });
  assert.deepEqual(["", "-wal"].map((end) => Deno.readFileSync(path + end)), before);
});

Deno.test("glanceAtStore() gives nothing when there is no such file, owner or store", () => {
  using file = temporaryFile();
  const { path } = file;
  assert.equal(glanceAtStore({ path, owner: "me", wallMs: 1_000 }), undefined);
  Deno.writeTextFileSync(path, "no database, but longer than the header of one, so that it is looked at".repeat(20));
  assert.equal(glanceAtStore({ path, owner: "me", wallMs: 1_000 }), undefined);
  Deno.removeSync(path);
  killedStore(path);
  assert.equal(glanceAtStore({ path, owner: "other", wallMs: 1_000 }), undefined);
});

Deno.test("glanceAtStore() throws when a newer program wrote the file", () => {
  using file = temporaryFile();
  const { path } = file;
  killedStore(path);
  const db = openSql(path);
  db.exec("UPDATE meta SET value='99' WHERE key='schema'");
  assert.throws(() => glanceAtStore({ path, owner: "me", wallMs: 1_000 }), { code: "ESCHEMA" });
  db.close();
});

Deno.test("leaveReadable() leaves a file without a log, which opens as before", () => {
  using file = temporaryFile();
  const { path } = file;
  const options = { path, owner: "me", bytesMax: 1e6, newId: () => "s", wallMs: () => 1_000 };
  {
    using engine = openSqliteEngine(options);
    engine.commit([storeTxn(1, { append: [eventRow(1)], keep: [KEPT] })]);
    assert.equal(leaveReadable(path), false, "a file that is in use keeps its log");
  }
  assert.equal(leaveReadable(path), true);
  // Bytes 18 and 19 of the header are 1 for a rollback journal and 2 for a log: https://www.sqlite.org/fileformat2.html
  assert.deepEqual([...Deno.readFileSync(path).subarray(18, 20)], [1, 1]);
  using again = openSqliteEngine(options);
  assert.deepEqual(again.open("boot", 1).kept, [KEPT]);
  assert.deepEqual([...Deno.readFileSync(path).subarray(18, 20)], [2, 2]);
});

Deno.test("leaveReadable() makes no file, and leaves what is no store", () => {
  using file = temporaryFile();
  assert.equal(leaveReadable(file.path), false);
  assert.equal(glanceAtStore({ path: file.path, owner: "me", wallMs: 1_000 }), undefined);
  const text = "no database, but longer than the header of one, so that it is looked at".repeat(20);
  Deno.writeTextFileSync(file.path, text);
  assert.equal(leaveReadable(file.path), false);
  assert.equal(Deno.readTextFileSync(file.path), text);
});
