import { strict as assert } from "node:assert";
import { EnvironmentError } from "../core/errors.ts";
import { eventRow, inboxRow, storeTxn } from "../testing/store_conformance.ts";
import { type FailedCall, type FaultySql, faultySql } from "./faulty_sql.ts";
import type { FromStore, StoreTxn } from "./port.ts";
import { openSqliteEngine, type SqliteEngine, type SqliteEngineOptions } from "./sqlite_engine.ts";
import { openSql } from "./sqlite_open.ts";

/** What a disk may answer: SQLite's primary result number, the code that the store must tell, and what became of the call. */
const REFUSALS: readonly (readonly [number, string, FailedCall])[] = [
  [13, "SQLITE_FULL", "statement"],
  [13, "SQLITE_FULL", "transaction"],
  [8, "SQLITE_READONLY", "statement"],
  [10, "SQLITE_IOERR", "transaction"],
  [10, "SQLITE_IOERR", "answer"],
];
/** More calls than one life makes: the sweep ends by itself, and a bug cannot let it run for ever. */
const SITES_MAX = 2_000;

interface Folder extends Disposable {
  readonly store: string;
}

function folder(): Folder {
  const path = Deno.makeTempDirSync();
  return { store: `${path}/store.db`, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

function options(path: string, sql: FaultySql): SqliteEngineOptions {
  return {
    path,
    owner: "hw1.isone.me",
    bytesMax: 45,
    synchronous: "OFF",
    newId: () => "store-1",
    wallMs: () => 1_000,
    open: (file, readOnly) => sql.open(file, readOnly),
  };
}

/** Every kind of row, evictions (the cap holds four events), acks, and a report that clears its readings. */
const LIFE: readonly (readonly StoreTxn[])[] = [
  [storeTxn(1, {
    append: [eventRow(1, { lane: 3 }), eventRow(2, { lane: 0 })],
    keep: [{ key: "k", version: 1, value: "1", expiresWallMs: 0 }],
    journal: [{ channel: "a", value: 1, wallMs: 10 }, { channel: "a", value: 2, wallMs: 20 }],
  })],
  [storeTxn(2, { append: [eventRow(3), eventRow(4), eventRow(5), eventRow(6)], inbox: [inboxRow("m1")] })],
  [
    storeTxn(3, { deletes: [2], keep: [{ key: "k", version: 1, value: null, expiresWallMs: 0 }] }),
    storeTxn(4, { append: [eventRow(7)], journalClearBeforeWallMs: 20, inbox: [inboxRow("m1"), inboxRow("m2")] }),
  ],
];

interface Seen {
  readonly opened: Extract<FromStore, { kind: "opened" }>;
  readonly seqs: readonly number[];
  readonly inbox: readonly string[];
}

function look(engine: SqliteEngine): Seen {
  const { rows } = engine.read({
    kind: "read",
    id: 1,
    afterSeq: 0,
    lanes: [0, 1, 2, 3],
    rowsMax: 100,
    bytesMax: 1_000,
  });
  return {
    opened: engine.open("b", 1),
    seqs: rows.map((row) => row.seq),
    inbox: engine.inboxList(10).map((row) => row.messageId),
  };
}

/** Tries once more what the disk refused, as the server does: same engine, same transactions. */
function persist<T>(code: string, work: () => T): T {
  for (let tries = 0; tries < 2; tries++) {
    try {
      return work();
    } catch (thrown) {
      assert.ok(thrown instanceof EnvironmentError, String(thrown));
      assert.equal(thrown.code, code, thrown.message);
    }
  }
  return work();
}

/** A whole life: opening, commits, a look, closing, and opening anew. */
function live(path: string, sql: FaultySql, code: string): Seen {
  {
    using engine = persist(code, () => openSqliteEngine(options(path, sql)));
    for (const txns of LIFE) persist(code, () => engine.commit(txns));
    persist(code, () => look(engine));
  }
  using engine = persist(code, () => openSqliteEngine(options(path, sql)));
  return persist(code, () => look(engine));
}

Deno.test("openSqliteEngine() loses nothing and counts once, whichever of its calls the disk refuses once", () => {
  using good = folder();
  const expected = live(good.store, faultySql(openSql), "none");
  assert.deepEqual(expected.opened.counters, { generated: 7, acked: 1, tombstoned: 2, pending: 4, applied: 2 });
  for (const [errcode, code, how] of REFUSALS) {
    let sites = 0;
    for (let n = 1; n < SITES_MAX; n++) {
      using dir = folder();
      const sql = faultySql(openSql);
      sql.failCall(n, errcode, how);
      assert.deepEqual(live(dir.store, sql, code), expected, `call ${n} fails with ${code}, ${how}`);
      if (sql.failures === 0) break;
      sites++;
    }
    assert.ok(sites > 100 && sites < SITES_MAX - 1, `${sites} calls were refused`);
  }
});

Deno.test("openSqliteEngine() goes on with the same engine when the disk refused everything for a while", () => {
  using dir = folder();
  const sql = faultySql(openSql);
  using engine = openSqliteEngine(options(dir.store, sql));
  engine.commit(LIFE[0]!);
  const before = engine.counters();
  for (const [errcode, code] of REFUSALS) {
    for (let n = 1; n <= 40; n++) {
      sql.failFrom(n, errcode);
      assert.throws(
        () => {
          engine.commit(LIFE[1]!);
          engine.commit(LIFE[1]!);
        },
        (thrown) => (thrown as EnvironmentError).code === code,
        `from call ${n} on`,
      );
      sql.heal();
      if (engine.counters().generated !== before.generated) break;
      assert.deepEqual(engine.counters(), before);
    }
  }
  engine.commit(LIFE[1]!);
  engine.commit(LIFE[2]!);
  assert.deepEqual(engine.counters(), { generated: 7, acked: 1, tombstoned: 2, pending: 4, applied: 2 });
});
