import { strict as assert } from "node:assert";
import type { EnvironmentError } from "../core/errors.ts";
import { type StoreFileUnderTest, storeFileUnderTest } from "../testing/store_file_under_test.ts";
import { eventRow, pendingSeqs, storeTxn } from "../testing/store_under_test.ts";
import type { EventRow } from "./port.ts";
import { rowChecksum } from "./row_checksum.ts";
import { inspectStore } from "./inspect.ts";
import type { SqliteEngine } from "./sqlite_engine.ts";
import { openSql } from "./sqlite_open.ts";

const ROWS = 20;
/** Larger than a page: most of it lies on pages that hold nothing else. */
const BYTES = 9_000;

interface Store extends StoreFileUnderTest {
  /** Flips a bit in the midst of the payloads of these seqs, in the file. */
  rot(seqs: readonly number[]): void;
}

function store(): Store {
  const made = storeFileUnderTest();
  return {
    ...made,
    rot(seqs) {
      const file = Deno.readFileSync(made.path);
      for (const seq of seqs) {
        const run = new Uint8Array(1_000).fill(seq % 256);
        const at = file.findIndex((_, start) =>
          file[start] === seq && run.every((byte, n) => file[start + n] === byte)
        );
        assert.ok(at > 0);
        file[at + 500]! ^= 1;
      }
      Deno.writeFileSync(made.path, file);
    },
  };
}

function fill(made: Store): void {
  using engine = made.open();
  const append = Array.from({ length: ROWS }, (_, index) => {
    return eventRow(100 + index, { size: BYTES, lane: index % 2 === 0 ? 2 : 1, class: `c${index % 2}` });
  });
  engine.commit([storeTxn(1, { append })]);
}

/** @returns What the commit told, and what came with the answer when it was tried again. */
function commitTwice(engine: SqliteEngine): { readonly code: string; readonly answer: unknown } {
  try {
    engine.commit([storeTxn(1)]);
  } catch (thrown) {
    return { code: (thrown as EnvironmentError).code, answer: engine.commit([storeTxn(1)]) };
  }
  assert.fail("nothing was told");
}

Deno.test("read() leaves out rows whose bytes have changed in the file, and the next commit gives them up and tells", () => {
  using made = store();
  fill(made);
  made.rot([102, 106, 107]);
  {
    using engine = made.open();
    assert.equal(engine.recovered, undefined, "SQLite sees nothing wrong");
    const seqs = Array.from({ length: ROWS }, (_, index) => 100 + index);
    const good = seqs.filter((seq) => ![102, 106, 107].includes(seq));
    assert.deepEqual(pendingSeqs(engine), good);
    assert.deepEqual(commitTwice(engine), {
      code: "EBADROW",
      answer: [
        { kind: "evicted", class: "c0", fromSeq: 102, toSeq: 106, count: 2, isDamaged: true },
        { kind: "evicted", class: "c1", fromSeq: 107, toSeq: 107, count: 1, isDamaged: true },
      ],
    });
    assert.deepEqual(engine.commit([storeTxn(1)]), []);
    assert.deepEqual(pendingSeqs(engine), good);
  }
  using engine = made.open();
  assert.deepEqual(engine.counters(), { generated: ROWS, acked: 0, tombstoned: 3, pending: ROWS - 3, applied: 0 });
  using look = inspectStore(made.path);
  assert.deepEqual(look.tombstones().map(({ class: name, count }) => [name, count]), [["c0", 2], ["c1", 1]]);
});

Deno.test("read() goes on behind a window in which every row has changed", () => {
  using made = store();
  fill(made);
  made.rot([100, 101, 102, 103]);
  using engine = made.open();
  const request = { kind: "read", id: 1, lanes: [1, 2], rowsMax: 2, bytesMax: 1e9 } as const;
  const { rows, end } = engine.read({ ...request, afterSeq: 0 });
  assert.deepEqual([rows.map(({ seq }) => seq), end], [[104, 105], false]);
  engine.read({ ...request, afterSeq: 0 });
  assert.equal(commitTwice(engine).code, "EBADROW");
  assert.deepEqual(engine.counters().tombstoned, 4);
});

Deno.test("commit() takes the ack of a row that has changed as of any other", () => {
  using made = store();
  fill(made);
  made.rot([100]);
  using engine = made.open();
  pendingSeqs(engine);
  assert.throws(() => engine.commit([storeTxn(1, { deletes: [100] })]));
  assert.deepEqual(engine.commit([storeTxn(1)]), []);
  assert.deepEqual(engine.counters(), { generated: ROWS, acked: 1, tombstoned: 0, pending: ROWS - 1, applied: 0 });
});

Deno.test("openSqliteEngine() does not carry rows that have changed over from a damaged file", () => {
  using made = store();
  fill(made);
  made.rot([102, 107]);
  const db = openSql(made.path);
  db.exec("DELETE FROM events WHERE seq=119");
  db.close();
  using engine = made.open();
  assert.deepEqual(engine.salvaged?.eventsLost, 3);
  assert.equal(pendingSeqs(engine).length, ROWS - 3);
  assert.deepEqual(engine.commit([storeTxn(1)]), []);
});

Deno.test("rowChecksum() differs when anything in the row does", () => {
  const row = eventRow(1);
  const others: readonly EventRow[] = [
    row,
    { ...row, seq: 2 },
    { ...row, lane: 1 },
    { ...row, class: "other" },
    { ...row, messageId: "other" },
    { ...row, bytes: new Uint8Array(11) },
  ];
  assert.equal(new Set(others.map(rowChecksum)).size, others.length);
  assert.equal(rowChecksum({ ...row }), rowChecksum(row));
});
