import { strict as assert } from "node:assert";
import { EnvironmentError } from "../core/errors.ts";
import { eventRow, inboxRow, storeTxn } from "../testing/store_conformance.ts";
import { storeFileUnderTest } from "../testing/store_file_under_test.ts";
import { inspectStore } from "./inspect.ts";
import { SCHEMA_VERSION } from "./schema.ts";

Deno.test("inspectStore() shows account, rows and tombstones while the engine goes on writing", () => {
  using file = storeFileUnderTest({ bytesMax: 40 });
  const text = new TextEncoder().encode('{"Why":"é"}');
  using engine = file.open();
  engine.open("boot-1", 3);
  engine.commit([storeTxn(1, {
    append: [eventRow(1, { lane: 3, class: "report" }), eventRow(2), { ...eventRow(3), bytes: text }, eventRow(4)],
    deletes: [2],
    inbox: [inboxRow("a")],
  })]);
  using seen = inspectStore(file.path);
  engine.commit([storeTxn(2, { append: [eventRow(5, { size: 15 })] })]);
  assert.deepEqual([seen.schema, seen.storeId], [SCHEMA_VERSION, "id-of-store"]);
  assert.deepEqual(seen.owners(), [{
    owner: "me",
    lastSeq: 5,
    counters: { generated: 5, acked: 1, tombstoned: 1, pending: 3, applied: 1 },
    pendingBytes: 37,
    oldestSeq: 3,
    inboxRows: 1,
    journalRows: 0,
    keptRows: 0,
    boot: "boot-1",
    life: 3,
  }]);
  const problem = { owner: "me", lane: 2, class: "gridworks.event.problem" };
  assert.deepEqual(seen.pending(3), [
    { ...problem, seq: 4, messageId: "id-4", bytesLength: 10 },
    { ...problem, seq: 5, messageId: "id-5", bytesLength: 15 },
  ]);
  assert.equal(seen.pending(0, 1).length, 1);
  assert.equal(seen.payload("me", 3), '{"Why":"é"}');
  assert.equal(seen.payload("me", 1), undefined);
  assert.deepEqual(seen.tombstones(), [{ owner: "me", class: "report", fromSeq: 1, toSeq: 1, count: 1 }]);
});

Deno.test("inspectStore() looks into a store that no agent uses", () => {
  using file = storeFileUnderTest({ bytesMax: 40 });
  file.open()[Symbol.dispose]();
  using seen = inspectStore(file.path);
  assert.deepEqual(seen.pending(), []);
});

Deno.test("inspectStore() says that there is no file, with SQLite's code", () => {
  assert.throws(
    () => inspectStore("/nowhere/store.db"),
    new EnvironmentError(
      'Cannot look into store "/nowhere/store.db" as a start of the program must have made the file: found none',
      "SQLITE_CANTOPEN",
    ),
  );
});
