import { strict as assert } from "node:assert";
import { eventRow, storeTxn } from "../testing/store_under_test.ts";
import { type FaultySql, faultySql } from "./faulty_sql.ts";
import { inspectStore } from "./inspect.ts";
import { hasEventsBefore } from "./move_events.ts";
import type { EventRow, Lane } from "./port.ts";
import { MIGRATIONS } from "./schema.ts";
import { openSqliteEngine, type SqliteEngine } from "./sqlite_engine.ts";
import { openSql } from "./sqlite_open.ts";

/** More than one transaction moves. */
const ROWS = 1_500;
const PAGE_BYTES = 4_096;
/** Calls of a start, from before the first migration to after the last row. */
const CALLS = [5, 15, 20, 30, 500, 1_050, 1_070, 1_400, 1_530, 1_570, 1_590];
const LAST_SEQ = ROWS + 7;

function rowAt(seq: number): EventRow {
  return eventRow(seq, { lane: seq % 4 as Lane, class: `c${seq % 3}`, size: seq % 50 });
}

/** A file of schema 2: events 1 to `ROWS`; two were acked, three given up, and two more made no row. */
function makeOlder(path: string): void {
  const db = openSql(path);
  for (const { to, statements } of MIGRATIONS) if (to <= 2) { for (const statement of statements) db.exec(statement); }
  db.exec("INSERT INTO meta VALUES('schema', '2'), ('store_id', 'old'); BEGIN");
  const insert = db.prepare("INSERT INTO events(owner, seq, lane, class, message_id, bytes) VALUES(1, ?, ?, ?, ?, ?)");
  const count = db.prepare(
    `INSERT INTO counters VALUES(1, ?, 1, 0, 0) ON CONFLICT(owner, class) DO UPDATE SET generated=generated+1`,
  );
  let bytes = 0;
  for (let seq = 1; seq <= ROWS; seq++) {
    const row = rowAt(seq);
    insert.run(seq, row.lane, row.class, row.messageId, row.bytes);
    count.run(row.class);
    bytes += row.bytes.length;
  }
  db.exec(`INSERT INTO counters VALUES(1, 'gone', 5, 2, 3);
    INSERT INTO tombstones VALUES(1, 'gone', 0, ${ROWS + 1}, ${ROWS + 3}, 3);
    INSERT INTO owners VALUES(1, 'me', ${LAST_SEQ}, 0, ${bytes}, 'boot', 1); COMMIT`);
  db.close();
}

function withOlder(run: (path: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    makeOlder(`${folder}/store.db`);
    run(`${folder}/store.db`);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function open(path: string, sql?: FaultySql): SqliteEngine {
  return openSqliteEngine({
    path,
    owner: "me",
    bytesMax: 1_000_000,
    synchronous: "OFF",
    newId: () => "new",
    wallMs: () => 1_000,
    ...(sql === undefined ? {} : { open: (file, readOnly) => sql.open(file, readOnly) }),
  });
}

function rowsOf(engine: SqliteEngine): readonly EventRow[] {
  return engine.read({ kind: "read", id: 1, afterSeq: 0, lanes: [0, 1, 2, 3], rowsMax: 1e6, bytesMax: 1e9 }).rows;
}

function assertMoved(engine: SqliteEngine): void {
  assert.equal(engine.recovered, undefined);
  assert.deepEqual(rowsOf(engine), Array.from({ length: ROWS }, (_, index) => rowAt(index + 1)));
  assert.equal(engine.open("b", 2).lastSeq, LAST_SEQ);
  assert.deepEqual(engine.counters(), { generated: ROWS + 5, acked: 2, tombstoned: 3, pending: ROWS, applied: 0 });
}

Deno.test("openSqliteEngine() takes over every event of an older schema, and goes on with its account", () => {
  withOlder((path) => {
    {
      using engine = open(path);
      assertMoved(engine);
      engine.commit([storeTxn(1, { append: [eventRow(LAST_SEQ + 1)], deletes: [1, 2] })]);
    }
    const db = openSql(path);
    assert.equal(hasEventsBefore(db), false);
    db.close();
    using engine = open(path);
    assert.equal(engine.recovered, undefined);
    assert.equal(engine.counters().pending, ROWS - 1);
  });
});

Deno.test("openSqliteEngine() goes on with events of an older schema wherever a start was cut short", () => {
  let cuts = 0;
  for (const call of CALLS) {
    withOlder((path) => {
      const sql = faultySql(openSql);
      sql.failFrom(call, 10);
      try {
        open(path, sql)[Symbol.dispose]();
      } catch {
        cuts++;
      }
      using engine = open(path);
      assertMoved(engine);
    });
  }
  assert.ok(cuts >= CALLS.length - 2, `${cuts} starts were cut short`);
});

/** Spoils the page in which this event is. */
function spoil(path: string, seq: number): void {
  const file = Deno.readFileSync(path);
  const id = new TextEncoder().encode(`id-${seq}`);
  const at = file.findIndex((_, start) => id.every((byte, n) => file[start + n] === byte));
  assert.ok(at > PAGE_BYTES);
  const start = at - at % PAGE_BYTES;
  Deno.writeFileSync(path, file.fill(0xa5, start, start + PAGE_BYTES));
}

Deno.test("openSqliteEngine() carries over what a damaged file of an older schema holds, moved or not", () => {
  for (const cutAt of [undefined, 1_300]) {
    withOlder((path) => {
      if (cutAt !== undefined) {
        const sql = faultySql(openSql);
        sql.failFrom(cutAt, 10);
        assert.throws(() => open(path, sql));
      }
      spoil(path, 1_400);
      using engine = open(path);
      const { rows, eventsLost } = engine.salvaged!;
      assert.ok(eventsLost > 0 && eventsLost < 200, `${eventsLost} lost`);
      const { generated, pending, tombstoned } = engine.counters();
      assert.deepEqual([generated, pending, tombstoned], [ROWS + 5, ROWS - eventsLost, 3 + eventsLost]);
      assert.equal(rows.events, pending);
      assert.equal(engine.open("b", 2).lastSeq, LAST_SEQ);
      const seen = rowsOf(engine);
      assert.deepEqual(seen, seen.map(({ seq }) => rowAt(seq)));
      assert.deepEqual(engine.commit([storeTxn(1)]), [], "every checksum is right");
    });
  }
});

Deno.test("inspectStore() shows a store of an older schema, and one whose events have moved in part", () => {
  withOlder((path) => {
    function look(): unknown {
      using seen = inspectStore(path);
      return { owners: seen.owners(), rows: seen.pending().length, payload: seen.payload("me", 49)?.length };
    }
    const before = look();
    const sql = faultySql(openSql);
    sql.failFrom(1_300, 10);
    assert.throws(() => open(path, sql));
    const db = openSql(path);
    assert.equal(hasEventsBefore(db), true);
    db.close();
    assert.deepEqual(look(), before);
    assert.deepEqual([(before as { rows: number }).rows, (before as { payload: number }).payload], [ROWS, 49]);
  });
});
