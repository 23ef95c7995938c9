import { strict as assert } from "node:assert";
import { EnvironmentError } from "../core/errors.ts";
import { storeFileUnderTest } from "../testing/store_file_under_test.ts";
import { eventRow, storeTxn } from "../testing/store_under_test.ts";
import { logWatch } from "./log_watch.ts";
import { openSql } from "./sqlite_open.ts";
import { FILE_BYTES_MIN } from "./store_room.ts";

/** A commit of so many bytes is looked after at once. */
const LARGE_BYTES = 262_144;

/** Sizes that are told of while the log has these after one large commit each. */
function told(sizes: readonly number[]): readonly (number | undefined)[] {
  let size = 0;
  const watch = logWatch("/s.db", 100, () => size);
  return sizes.map((bytes) => {
    size = bytes;
    const alarm = watch.committed(LARGE_BYTES);
    return alarm === undefined ? undefined : Number(/found (\d+) bytes/.exec(alarm.message)![1]);
  });
}

function none(count: number): readonly undefined[] {
  return new Array<undefined>(count).fill(undefined);
}

function rising(from: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}

Deno.test("committed() tells of a log that is over its bound and longer at each of four looks", () => {
  assert.deepEqual(told(rising(97, 8)), [...none(7), 104]);
});

Deno.test("committed() tells nothing of a log that is as long as one large commit has made it", () => {
  assert.deepEqual(told([...rising(10, 20), 5_000, ...new Array<number>(20).fill(5_000)]), none(41));
});

Deno.test("committed() tells once, again when the log is twice as long, and anew after it was within its bound", () => {
  const seen = told([...rising(101, 108), ...rising(209, 9), 0, ...rising(101, 9)]);
  assert.deepEqual(seen.filter((bytes) => bytes !== undefined), [104, 209, 104]);
});

Deno.test("committed() looks at the log after sixteen small commits", () => {
  let looks = 0;
  const watch = logWatch("/s.db", 100, () => ++looks);
  for (let n = 0; n < 160; n++) watch.committed(0);
  assert.equal(looks, 10);
});

Deno.test("committed() tells nothing when there is no log, or none that can be looked at", () => {
  for (const path of ["/nowhere/s.db", "/dev/null/s.db", ":memory:"]) {
    const watch = logWatch(path, 0);
    for (let n = 0; n < 10; n++) assert.equal(watch.committed(LARGE_BYTES), undefined);
  }
});

Deno.test("commit() tells that the log grows while another process reads the file, loses nothing, and goes on", () => {
  using file = storeFileUnderTest({ bytesMax: FILE_BYTES_MIN, fileBytesMax: FILE_BYTES_MIN });
  const { path } = file;
  using engine = file.open();
  engine.commit([storeTxn(1, { append: [eventRow(1)] })]);
  const reader = openSql(path, true);
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) AS n FROM events").get();
  const alarms: EnvironmentError[] = [];
  let seq = 1;
  for (let n = 0; n < 1_000 && alarms.length === 0; n++) {
    const txn = storeTxn(1, { append: [eventRow(++seq, { size: 1_000 })], deletes: [seq - 1] });
    try {
      engine.commit([txn]);
    } catch (thrown) {
      alarms.push(thrown as EnvironmentError);
      assert.equal(engine.counters().generated, seq, "what was refused is durable all the same");
      assert.deepEqual(engine.commit([txn]), []);
    }
  }
  const bytes = Deno.statSync(`${path}-wal`).size;
  assert.deepEqual(alarms.map(({ code }) => code), ["ELOGSIZE"]);
  assert.match(
    alarms[0]!.message,
    /^Cannot keep the log of store ".*" within \d+ bytes as no other process may hold .*: found \d+ bytes; commits go on$/,
  );
  assert.ok(bytes < FILE_BYTES_MIN / 4, `it is told when the log has ${bytes} bytes`);
  assert.deepEqual(engine.counters(), { generated: seq, acked: seq - 1, tombstoned: 0, pending: 1, applied: 0 });
  reader.close();
  for (let n = 0; n < 3; n++) engine.commit([storeTxn(1, { append: [eventRow(++seq)], deletes: [seq - 1] })]);
  assert.ok(Deno.statSync(`${path}-wal`).size <= FILE_BYTES_MIN / 4, "the log starts anew");
});
