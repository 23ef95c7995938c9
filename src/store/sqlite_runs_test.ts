import { strict as assert } from "node:assert";
import { eventRow, inboxRow, storeTxn } from "../testing/store_conformance.ts";
import { storeFileUnderTest } from "../testing/store_file_under_test.ts";
import { INBOX_ROWS_MAX } from "./account.ts";
import { memoryDisk, openMemoryEngine } from "./memory_engine.ts";
import type { EventRow, InboxRow, Lane, StoreEngine } from "./port.ts";
import { openSql } from "./sqlite_open.ts";

const ROUNDS = 40;
const ROWS_EACH = 64;

function pending(engine: StoreEngine): readonly EventRow[] {
  const lanes: readonly Lane[] = [0, 1, 2, 3];
  const { rows } = engine.read({ kind: "read", id: 1, afterSeq: 0, lanes, rowsMax: 10_000, bytesMax: 1e9 });
  return rows.map((row) => ({ ...row, bytes: new Uint8Array(row.bytes) }));
}

function dice(seed: number): (count: number) => number {
  let state = seed;
  return (count) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor(state / 2 ** 32 * count);
  };
}

/** Runs of seqs, some of them cut, some twice, some unknown, and not always upwards. */
function acks(below: (count: number) => number, lastSeq: number): readonly number[] {
  const first = Math.max(0, lastSeq - 2 * ROWS_EACH) + below(ROWS_EACH);
  const run = Array.from({ length: below(ROWS_EACH) }, (_, index) => first + index);
  const cut = run.filter(() => below(8) > 0);
  const again = cut.slice(0, below(4));
  return below(4) === 0 ? [...cut.reverse(), ...again] : [...cut, ...again, lastSeq + 1_000];
}

Deno.test("commit() deletes runs of acked rows as it deletes single ones", () => {
  using file = storeFileUnderTest();
  const below = dice(7);
  {
    using other = file.open({ owner: "other" });
    other.commit([storeTxn(1, { append: [eventRow(1), eventRow(2)] })]);
  }
  using plain = openMemoryEngine({ disk: memoryDisk(), owner: "me", bytesMax: 1_000_000, wallMs: () => 1_000 });
  let seq = 0;
  for (let round = 1; round <= ROUNDS; round++) {
    // A small file is compared with its counters, row by row, when it is opened.
    using engine = file.open();
    const append = Array.from({ length: ROWS_EACH }, () => {
      const lane = (below(3) === 0 ? below(4) : 2) as Lane;
      return { ...eventRow(++seq, { lane }), class: `gridworks.event.${below(2)}`, bytes: new Uint8Array(below(50)) };
    });
    const txns = [
      storeTxn(2 * round, { append, deletes: acks(below, seq) }),
      storeTxn(2 * round + 1, {
        deletes: acks(below, seq),
      }),
    ];
    engine.commit(txns);
    plain.commit(txns);
    assert.deepEqual(engine.counters(), plain.counters());
    assert.deepEqual(pending(engine), pending(plain));
  }
  assert.ok(plain.counters().acked > 500 && plain.counters().pending > 500, JSON.stringify(plain.counters()));
  using db = { sql: openSql(file.path, true), [Symbol.dispose]: () => db.sql.close() };
  const classes = db.sql.prepare("SELECT count(*) AS n FROM counters WHERE generated < acked + tombstoned").get();
  assert.equal(classes?.n, 0);
  using other = file.open({ owner: "other" });
  assert.deepEqual(pending(other).map((row) => row.seq), [1, 2]);
});

Deno.test("commit() keeps the newest inbox rows of each peer, however theirs lie among those of others", () => {
  using file = storeFileUnderTest();
  const below = dice(11);
  const sent: Record<string, string[]> = { a: [], b: [], c: [] };
  const quiet = { ...inboxRow("only one"), peer: "quiet" };
  {
    using engine = file.open();
    engine.commit([storeTxn(1, { inbox: [quiet] })]);
    for (let txn = 2; txn < 202; txn++) {
      const inbox = Array.from({ length: 160 }, (_, index): InboxRow => {
        const peer = below(20) === 0 ? "b" : below(200) === 0 ? "c" : "a";
        const messageId = `${txn}-${index}`;
        sent[peer]!.push(messageId);
        return { ...inboxRow(messageId), peer };
      });
      engine.commit([storeTxn(txn, { inbox })]);
    }
  }
  const sql = openSql(file.path, true);
  const rows = sql.prepare("SELECT peer, message_id AS messageId FROM inbox ORDER BY id").all();
  sql.close();
  for (const [peer, ids] of Object.entries(sent)) {
    const kept = rows.filter((row) => row.peer === peer).map((row) => row.messageId);
    assert.deepEqual(kept, ids.slice(-INBOX_ROWS_MAX), peer);
  }
  assert.equal(sent["a"]!.length > 2 * INBOX_ROWS_MAX, true);
  assert.deepEqual(rows.filter((row) => row.peer === "quiet").map((row) => row.messageId), ["only one"]);
});
