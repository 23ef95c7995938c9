import { strict as assert } from "node:assert";
import { EnvironmentError } from "../core/errors.ts";
import type { Counters, Lane } from "../store/port.ts";
import { testModel } from "./store_model.ts";
import {
  checkAccount,
  eventRow,
  inboxRow,
  type MakeStore,
  pendingSeqs,
  ROOM_BYTES,
  storeTxn,
} from "./store_under_test.ts";

// What tests of stores need beside the suite comes with it.
export { runSteps, stepArbitrary } from "./store_model.ts";
export {
  checkAccount,
  eventRow,
  inboxRow,
  storeTxn,
  type StoreUnderTest,
  type StoreUnderTestOptions,
} from "./store_under_test.ts";

/** Registers the tests that every store engine must pass. @param name Of the engine, for the titles. */
export function storeConformance(name: string, makeStore: MakeStore): void {
  function test(title: string, run: (make: MakeStore) => void): void {
    Deno.test(`${name}: ${title}`, () => run(makeStore));
  }
  test("commit() keeps the account when rows come and go", testAccount);
  test("commit() takes a transaction once when it comes twice", testTwice);
  test("commit() leaves nothing behind when the n-th commit fails", testNthCommit);
  test("open() continues the sequence when all rows are gone", testLastSeq);
  test("open() gives kept values and readings when a new life starts", testKept);
  test("open() leaves out kept values when they have expired", testExpiry);
  test("commit() applies an inbox row once and lists the newest", testInbox);
  test("open() lists at most 10,000 applied ids when more were applied", testInboxBound);
  test("commit() clears readings in the transaction of their report", testJournal);
  test("read() gives a window by lane, seq, rows and bytes", testRead);
  test("commit() evicts the oldest of the least urgent lane when the cap is passed", testEviction);
  test("commit() evicts no more than it must, however many rows go at once", testEvictionMany);
  test("commit() evicts an event when it alone is greater than the cap", testHugeEvent);
  test("commit() throws when the engine is closed", testClosed);
  Deno.test(`${name}: any transactions leave the store as a plain model of it`, () => testModel(makeStore));
}

function testAccount(make: MakeStore): void {
  using store = make({ bytesMax: ROOM_BYTES, wallMs: () => 1 });
  using engine = store.open();
  engine.commit([
    storeTxn(1, { append: [eventRow(1), eventRow(2)] }),
    storeTxn(2, { append: [eventRow(3)], deletes: [1, 77] }),
  ]);
  assert.deepEqual(engine.counters(), { generated: 3, acked: 1, tombstoned: 0, pending: 2, applied: 0 });
  engine.commit([storeTxn(3, { deletes: [1, 2] })]);
  assert.deepEqual(engine.counters(), { generated: 3, acked: 2, tombstoned: 0, pending: 1, applied: 0 });
  assert.deepEqual(pendingSeqs(engine), [3]);
}

function testTwice(make: MakeStore): void {
  using store = make({ bytesMax: ROOM_BYTES, wallMs: () => 1 });
  using engine = store.open();
  const txn = storeTxn(1, {
    append: [eventRow(1), eventRow(2)],
    deletes: [1],
    inbox: [inboxRow("a")],
    journal: [{ channel: "hp-lwt", value: 1.5, wallMs: 10 }],
  });
  engine.commit([txn]);
  engine.commit([txn, txn]);
  assert.deepEqual(engine.counters(), { generated: 2, acked: 1, tombstoned: 0, pending: 1, applied: 1 });
  assert.equal(engine.open("b", 2).journal.length, 1);
}

function testNthCommit(make: MakeStore): void {
  for (let n = 1; n <= 4; n++) {
    using store = make({ bytesMax: 45, wallMs: () => 1 });
    store.failCommit(n, "SQLITE_FULL");
    let expected: Counters = { generated: 0, acked: 0, tombstoned: 0, pending: 0, applied: 0 };
    for (let k = 1; k <= 3; k++) {
      using engine = store.open();
      const txn = storeTxn(k, {
        append: [eventRow(2 * k - 1), eventRow(2 * k)],
        deletes: [2 * k - 3],
        inbox: [inboxRow(`m${k}`)],
        keep: [{ key: "k", version: 1, value: String(k), expiresWallMs: 0 }],
      });
      if (k === n) {
        assert.throws(() => engine.commit([txn]), (thrown) => {
          assert.ok(thrown instanceof EnvironmentError);
          assert.equal(thrown.code, "SQLITE_FULL");
          return true;
        });
        assert.deepEqual(engine.counters(), expected, `after failure ${n}`);
        const opened = engine.open("b", k);
        assert.deepEqual([opened.lastSeq, opened.appliedIds.length], [2 * k - 2, k - 1]);
        assert.deepEqual(opened.kept.map((row) => row.value), k === 1 ? [] : [String(k - 1)]);
      }
      engine.commit([txn]);
      expected = engine.counters();
      checkAccount(expected);
      assert.equal(pendingSeqs(engine).length, expected.pending);
    }
    assert.deepEqual(expected, { generated: 6, acked: 2, tombstoned: 0, pending: 4, applied: 3 });
  }
}

function testLastSeq(make: MakeStore): void {
  using store = make({ bytesMax: ROOM_BYTES, wallMs: () => 1 });
  {
    using engine = store.open();
    assert.equal(engine.open("boot-1", 1).lastSeq, 0);
    engine.commit([storeTxn(1, { append: [eventRow(1), eventRow(2)] }), storeTxn(2, { deletes: [1, 2] })]);
  }
  using engine = store.open();
  assert.deepEqual(engine.open("boot-2", 1), {
    kind: "opened",
    boot: "boot-2",
    life: 1,
    lastSeq: 2,
    kept: [],
    counters: { generated: 2, acked: 2, tombstoned: 0, pending: 0, applied: 0 },
    journal: [],
    appliedIds: [],
  });
}

function testKept(make: MakeStore): void {
  using store = make({ bytesMax: ROOM_BYTES, wallMs: () => 1 });
  {
    using engine = store.open();
    engine.commit([storeTxn(1, {
      keep: [
        { key: "b", version: 1, value: '{"x":1}', expiresWallMs: 0 },
        { key: "a", version: 1, value: "1", expiresWallMs: 0 },
        { key: "gone", version: 1, value: "1", expiresWallMs: 0 },
      ],
    })]);
    engine.commit([storeTxn(2, {
      keep: [
        { key: "b", version: 2, value: '{"y":"é"}', expiresWallMs: 0 },
        { key: "gone", version: 1, value: null, expiresWallMs: 0 },
      ],
      journal: [
        { channel: "z", value: 2, wallMs: 20 },
        { channel: "a", value: -0.5, wallMs: 20 },
        { channel: "z", value: 1, wallMs: 10 },
        { channel: "z", value: NaN, wallMs: 30 },
      ],
    })]);
  }
  using engine = store.open();
  const opened = engine.open("b", 2);
  assert.deepEqual(opened.kept, [
    { key: "a", version: 1, value: "1", expiresWallMs: 0 },
    { key: "b", version: 2, value: '{"y":"é"}', expiresWallMs: 0 },
  ]);
  assert.deepEqual(opened.journal, [
    { channel: "z", value: 1, wallMs: 10 },
    { channel: "a", value: -0.5, wallMs: 20 },
    { channel: "z", value: 2, wallMs: 20 },
  ]);
}

function testExpiry(make: MakeStore): void {
  let wallMs = 999;
  using store = make({ bytesMax: ROOM_BYTES, wallMs: () => wallMs });
  using engine = store.open();
  engine.commit([storeTxn(1, { keep: [{ key: "contract", version: 1, value: "1", expiresWallMs: 1_000 }] })]);
  assert.equal(engine.open("b", 1).kept.length, 1);
  wallMs = 1_000;
  assert.equal(engine.open("b", 2).kept.length, 0);
}

function testInbox(make: MakeStore): void {
  using store = make({ bytesMax: ROOM_BYTES, wallMs: () => 1 });
  using engine = store.open();
  engine.commit([storeTxn(1, { inbox: [inboxRow("a"), inboxRow("b"), inboxRow("a")] })]);
  engine.commit([storeTxn(2, { inbox: [inboxRow("b"), inboxRow("b", "other.peer")] })]);
  assert.equal(engine.counters().applied, 3);
  assert.deepEqual(engine.inboxList(2), [inboxRow("b"), inboxRow("b", "other.peer")]);
  assert.deepEqual(engine.inboxList(0), []);
  assert.deepEqual(engine.open("b", 1).appliedIds, ["a", "b", "b"]);
}

function testInboxBound(make: MakeStore): void {
  using store = make({ bytesMax: ROOM_BYTES, wallMs: () => 1 });
  using engine = store.open();
  const rows = Array.from({ length: 10_003 }, (_, n) => inboxRow(`m${n}`));
  engine.commit([storeTxn(1, { inbox: [inboxRow("x", "quiet.peer"), ...rows] })]);
  const { appliedIds, counters } = engine.open("b", 1);
  assert.equal(counters.applied, 10_004);
  assert.deepEqual([appliedIds.length, appliedIds[0], appliedIds.at(-1)], [10_000, "m3", "m10002"]);
  assert.equal(engine.inboxList(20_000).length, 10_001, "the quiet peer's row stays");
}

function testJournal(make: MakeStore): void {
  using store = make({ bytesMax: ROOM_BYTES, wallMs: () => 1 });
  using engine = store.open();
  const journal = [1, 2, 3].map((n) => ({ channel: "a", value: n, wallMs: 100 * n }));
  engine.commit([storeTxn(1, { journal })]);
  engine.commit([storeTxn(2, { append: [eventRow(1)], journalClearBeforeWallMs: 300 })]);
  assert.deepEqual(engine.open("b", 1).journal, [{ channel: "a", value: 3, wallMs: 300 }]);
}

function testRead(make: MakeStore): void {
  using store = make({ bytesMax: ROOM_BYTES, wallMs: () => 1 });
  using engine = store.open();
  const lanes: Lane[] = [2, 3, 2, 0, 3, 2];
  engine.commit([storeTxn(1, { append: lanes.map((lane, n) => eventRow(n + 1, { lane })) })]);
  const cases: [number, Lane[], number, number, number[], boolean][] = [
    [0, [2], 10, 1_000, [1, 3, 6], true],
    [1, [2, 3], 10, 1_000, [2, 3, 5, 6], true],
    [0, [0, 1, 2, 3], 4, 1_000, [1, 2, 3, 4], false],
    [0, [0, 1, 2, 3], 6, 1_000, [1, 2, 3, 4, 5, 6], true],
    [0, [2, 3], 10, 25, [1, 2], false],
    [0, [2, 3], 10, 1, [1], false],
    [6, [0, 1, 2, 3], 10, 1_000, [], true],
    [0, [1], 10, 1_000, [], true],
  ];
  for (const [afterSeq, wanted, rowsMax, bytesMax, seqs, end] of cases) {
    const answer = engine.read({ kind: "read", id: 9, afterSeq, lanes: wanted, rowsMax, bytesMax });
    const rows = seqs.map((seq) => eventRow(seq, { lane: lanes[seq - 1]! }));
    assert.deepEqual(answer, { kind: "rows", id: 9, rows, end }, `${afterSeq} ${wanted} ${rowsMax} ${bytesMax}`);
  }
}

function testEviction(make: MakeStore): void {
  using store = make({ bytesMax: 50, wallMs: () => 1 });
  using engine = store.open();
  const bulk = { lane: 3, class: "report" } as const;
  const first = engine.commit([
    storeTxn(1, { append: [eventRow(1, { lane: 2 }), eventRow(2, bulk), eventRow(3, { lane: 0, class: "safety" })] }),
    storeTxn(2, { append: [eventRow(4, bulk), eventRow(5, bulk), eventRow(6, { lane: 2 }), eventRow(7, bulk)] }),
  ]);
  assert.deepEqual(first, [{ kind: "evicted", class: "report", fromSeq: 2, toSeq: 4, count: 2 }]);
  assert.deepEqual(pendingSeqs(engine), [1, 3, 5, 6, 7]);
  const second = engine.commit([storeTxn(3, { append: [8, 9, 10].map((seq) => eventRow(seq, { lane: 0 })) })]);
  assert.deepEqual(second, [
    { kind: "evicted", class: "report", fromSeq: 5, toSeq: 7, count: 2 },
    { kind: "evicted", class: "gridworks.event.problem", fromSeq: 1, toSeq: 1, count: 1 },
  ]);
  assert.deepEqual(engine.counters(), { generated: 10, acked: 0, tombstoned: 5, pending: 5, applied: 0 });
  engine.commit([storeTxn(4, { deletes: [2] })]);
  assert.deepEqual(engine.counters(), { generated: 10, acked: 0, tombstoned: 5, pending: 5, applied: 0 });
}

function testEvictionMany(make: MakeStore): void {
  using store = make({ bytesMax: 1_005, wallMs: () => 1 });
  using engine = store.open();
  const rows = Array.from({ length: 1_500 }, (_, index) => eventRow(index + 1, { lane: index % 3 === 0 ? 3 : 2 }));
  const name = "gridworks.event.problem";
  assert.deepEqual(engine.commit([storeTxn(1, { append: rows })]), [
    { kind: "evicted", class: name, fromSeq: 1, toSeq: 1_498, count: 1_400 },
  ]);
  const left = rows.filter(({ lane }) => lane === 2).map(({ seq }) => seq).slice(-100);
  assert.deepEqual(pendingSeqs(engine), left);
  const next = storeTxn(2, { append: [eventRow(1_501, { lane: 3, size: 3 }), eventRow(1_502, { size: 2 })] });
  assert.deepEqual(engine.commit([next]), []);
  assert.deepEqual(engine.commit([storeTxn(3, { append: [eventRow(1_503, { lane: 0, size: 1 })] })]), [
    { kind: "evicted", class: name, fromSeq: 1_501, toSeq: 1_501, count: 1 },
  ]);
}

function testHugeEvent(make: MakeStore): void {
  using store = make({ bytesMax: 50, wallMs: () => 1 });
  using engine = store.open();
  const evicted = engine.commit([storeTxn(1, { append: [eventRow(1, { size: 51, class: "big" })] })]);
  assert.deepEqual(evicted, [{ kind: "evicted", class: "big", fromSeq: 1, toSeq: 1, count: 1 }]);
  assert.deepEqual(engine.counters(), { generated: 1, acked: 0, tombstoned: 1, pending: 0, applied: 0 });
}

function testClosed(make: MakeStore): void {
  using store = make({ bytesMax: 50, wallMs: () => 1 });
  const engine = store.open();
  engine[Symbol.dispose]();
  engine[Symbol.dispose]();
  assert.throws(() => engine.commit([storeTxn(1)]), TypeError);
}
