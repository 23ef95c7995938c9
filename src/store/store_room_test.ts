import { strict as assert } from "node:assert";
import { type StoreFileUnderTest, storeFileUnderTest } from "../testing/store_file_under_test.ts";
import { eventRow, inboxRow, pendingSeqs, storeTxn } from "../testing/store_under_test.ts";
import { diskSpace } from "./disk_space.ts";
import { inspectStore } from "./inspect.ts";
import type { SqliteEngine } from "./sqlite_engine.ts";
import { openSql } from "./sqlite_open.ts";
import { type DiskSpace, FILE_BYTES_MIN, FREE_BYTES_MIN, walPagesFor } from "./store_room.ts";

const MIB = 1_048_576;
/** A commit of this many events of 1,000 bytes. */
const ROWS = 100;
const ROW_BYTES = 1_000;

function store(): StoreFileUnderTest {
  return storeFileUnderTest({ bytesMax: 1_000 * MIB, newId: () => "store-1", wallMs: () => 5 * 86_400_000 });
}

function fill(engine: SqliteEngine, commits: number, lane: 0 | 1 | 2 | 3 = 2): number {
  let { lastSeq } = engine.open("b", 1);
  let evicted = 0;
  for (let n = 0; n < commits; n++) {
    const append = Array.from(
      { length: ROWS },
      () => eventRow(++lastSeq, { lane, size: ROW_BYTES, class: `c${lane}` }),
    );
    for (const one of engine.commit([storeTxn(1, { append })])) evicted += one.count;
  }
  return evicted;
}

function bytesOf({ path }: StoreFileUnderTest): number {
  return Deno.statSync(path).size + Deno.statSync(`${path}-wal`).size;
}

/** Pages of the file and what is still in its log. */
function pagesOf({ path }: StoreFileUnderTest): number {
  const db = openSql(path, true);
  const pages = db.prepare("PRAGMA page_count").get()!.page_count as number;
  db.close();
  return pages;
}

Deno.test("openSqliteEngine() gives up bulk first and safety last when the file is at its cap", () => {
  using made = store();
  using engine = made.open({ fileBytesMax: FILE_BYTES_MIN });
  assert.equal(fill(engine, 20, 0) + fill(engine, 20, 3), 0);
  fill(engine, 200, 1);
  using look = inspectStore(made.path);
  const [bulk, command, safety] = ["c3", "c1", "c0"].map((name) =>
    look.tombstones().filter((one) => one.class === name).reduce((sum, { count }) => sum + count, 0)
  );
  assert.deepEqual([bulk, safety], [20 * ROWS, 0]);
  assert.ok(command! > 0);
  assert.ok(bytesOf(made) <= FILE_BYTES_MIN, `${bytesOf(made)} bytes`);
  fill(engine, 200, 0);
  assert.ok(bytesOf(made) <= FILE_BYTES_MIN, `${bytesOf(made)} bytes`);
  const { generated, tombstoned, pending } = engine.counters();
  assert.deepEqual([generated, tombstoned + pending, pendingSeqs(engine).length], [44_000, 44_000, pending]);
  const [oldest] = look.tombstones();
  assert.deepEqual([oldest!.class, oldest!.fromSeq], ["c0", 1]);
});

Deno.test("openSqliteEngine() keeps its events when a large inbox fills the file", () => {
  using made = store();
  using engine = made.open({ fileBytesMax: FILE_BYTES_MIN });
  fill(engine, 10);
  const bytes = new Uint8Array(100_000);
  for (let n = 0; n < 100; n++) engine.commit([storeTxn(n, { inbox: [{ ...inboxRow(`m${n}`), bytes }] })]);
  assert.ok(bytesOf(made) > FILE_BYTES_MIN);
  assert.equal(fill(engine, 10), 0);
});

Deno.test("openSqliteEngine() works a cap that was lowered off in many small transactions", () => {
  using made = store();
  {
    using engine = made.open();
    fill(engine, 200);
  }
  using engine = made.open({ fileBytesMax: FILE_BYTES_MIN });
  const first = fill(engine, 1);
  assert.ok(first > 0 && first < 2_000, `${first} events at once`);
  fill(engine, 50);
  assert.ok(engine.counters().pending * ROW_BYTES < FILE_BYTES_MIN);
});

Deno.test("openSqliteEngine() stops growing while its disk has less free than the floor, and grows again after", () => {
  using made = store();
  let space: DiskSpace | undefined = { freeBytes: FREE_BYTES_MIN, totalBytes: 1_000 * FREE_BYTES_MIN };
  using engine = made.open({ disk: () => space });
  assert.equal(fill(engine, 60), 0);
  const before = pagesOf(made);
  space = { freeBytes: FREE_BYTES_MIN - 1, totalBytes: 1_000 * FREE_BYTES_MIN };
  assert.ok(fill(engine, 60) > 50 * ROWS);
  assert.equal(pagesOf(made) <= before + 64, true, `${before} pages became ${pagesOf(made)}`);
  space = undefined;
  assert.equal(fill(engine, 60), 0);
});

Deno.test("openSqliteEngine() takes a small disk's floor from its size", () => {
  using made = store();
  const space: DiskSpace = { freeBytes: MIB, totalBytes: 8 * MIB };
  using engine = made.open({ disk: () => space });
  assert.equal(fill(engine, 60), 0);
});

Deno.test("openSqliteEngine() gives up events that are too old, by running time, whatever the wall clock says", () => {
  using made = store();
  let now = 0, wall = 1_700_000_000_000;
  const more = { ageMsMax: 640_000, nowMs: () => now, wallMs: () => wall };
  {
    using engine = made.open(more);
    fill(engine, 1, 0);
    for (const step of [3_600_000, -3_600_000, 315_360_000_000, -630_720_000_000]) {
      wall += step;
      assert.deepEqual(engine.commit([storeTxn(2)]), []);
    }
    now += 600_000;
    assert.equal(fill(engine, 1), 0);
  }
  using engine = made.open(more);
  now += 39_000;
  assert.equal(fill(engine, 1), 0);
  now += 1_000;
  assert.deepEqual(engine.commit([storeTxn(3)]), [{
    kind: "evicted",
    class: "c0",
    fromSeq: 1,
    toSeq: 100,
    count: 100,
  }]);
  assert.deepEqual(engine.counters(), { generated: 300, acked: 0, tombstoned: 100, pending: 200, applied: 0 });
});

Deno.test("walPagesFor() leaves most of a small file to the events", () => {
  assert.deepEqual([undefined, 0, FILE_BYTES_MIN, 64 * MIB, 500 * MIB].map((bytes) => walPagesFor(bytes, 4_096)), [
    1_000,
    128,
    128,
    1_000,
    1_000,
  ]);
});

Deno.test("diskSpace() tells nothing when the path is not there", () => {
  assert.equal(diskSpace("/nowhere/at/all"), undefined);
});
