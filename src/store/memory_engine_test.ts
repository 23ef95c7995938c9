import { strict as assert } from "node:assert";
import { EnvironmentError } from "../core/errors.ts";
import { eventRow, storeConformance, storeTxn, type StoreUnderTest } from "../testing/store_conformance.ts";
import { memoryDisk, openMemoryEngine } from "./memory_engine.ts";

storeConformance("openMemoryEngine()", ({ bytesMax, wallMs }): StoreUnderTest => {
  const disk = memoryDisk();
  return {
    open: () => openMemoryEngine({ disk, owner: "hw1.isone.me", bytesMax, wallMs }),
    failCommit: (n, code) => disk.failCommit(n, code),
    [Symbol.dispose]() {},
  };
});

function options(disk = memoryDisk()) {
  return { disk, owner: "me", bytesMax: 1_000, wallMs: () => 1 };
}

Deno.test("memoryDisk() keeps what was committed and kills its engines when the power is cut", () => {
  const given = options();
  const old = openMemoryEngine(given);
  old.commit([storeTxn(1, { append: [eventRow(1)] })]);
  given.disk.crash();
  assert.throws(
    () => old.commit([storeTxn(2)]),
    new EnvironmentError('Cannot commit to store of "me" as the disk lost its power', "SQLITE_IOERR"),
  );
  using next = openMemoryEngine(given);
  assert.equal(next.open("b", 2).lastSeq, 1);
});

Deno.test("failCommit() writes and yet throws when the answer is what fails", () => {
  const given = options();
  using engine = openMemoryEngine(given);
  given.disk.failCommit(1, "SQLITE_IOERR", "written");
  const txn = storeTxn(1, { append: [eventRow(1)] });
  assert.throws(() => engine.commit([txn]));
  engine.commit([txn]);
  assert.deepEqual(engine.counters(), { generated: 1, acked: 0, tombstoned: 0, pending: 1, applied: 0 });
});

Deno.test("breakDown() fails every commit until heal()", () => {
  const given = options();
  using engine = openMemoryEngine(given);
  given.disk.breakDown("ENOSPC");
  assert.throws(() => engine.commit([storeTxn(1)]));
  assert.throws(() => engine.commit([storeTxn(1)]));
  given.disk.heal();
  engine.commit([storeTxn(1)]);
  assert.deepEqual([given.disk.commits, given.disk.failures], [3, 2]);
});
