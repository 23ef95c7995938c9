import { strict as assert } from "node:assert";
import { inboxRow, storeTxn } from "../testing/store_conformance.ts";
import { storeFileUnderTest } from "../testing/store_file_under_test.ts";
import { INBOX_ROWS_MAX } from "./account.ts";
import { MIGRATIONS } from "./schema.ts";
import type { SqliteEngine } from "./sqlite_engine.ts";
import { openSql } from "./sqlite_open.ts";

function ids(engine: SqliteEngine): readonly string[] {
  return engine.inboxList(INBOX_ROWS_MAX).map(({ messageId }) => messageId);
}

Deno.test("apply() counts an id once for each peer, also when the file was opened anew", () => {
  using file = storeFileUnderTest();
  {
    using engine = file.open();
    engine.commit([storeTxn(1, { inbox: [inboxRow("a"), inboxRow("b"), inboxRow("a")] })]);
  }
  using engine = file.open();
  engine.commit([storeTxn(1, { inbox: [inboxRow("b"), { ...inboxRow("b"), peer: "other" }, inboxRow("c")] })]);
  assert.deepEqual([ids(engine), engine.counters().applied], [["a", "b", "b", "c"], 4]);
});

Deno.test("apply() applies a row that came with a failed commit, once", () => {
  using file = storeFileUnderTest();
  let fails = true;
  const beforeCommit = () => {
    if (fails) throw new Error("disk I/O error");
  };
  using engine = file.open({ beforeCommit });
  const txn = storeTxn(1, { inbox: [inboxRow("a")] });
  assert.throws(() => engine.commit([txn]));
  fails = false;
  engine.commit([txn]);
  engine.commit([txn]);
  assert.deepEqual([ids(engine), engine.counters().applied], [["a"], 1]);
});

Deno.test("apply() keeps the newest rows of each peer", () => {
  using file = storeFileUnderTest();
  const more = 3;
  {
    using engine = file.open();
    const inbox = Array.from({ length: INBOX_ROWS_MAX + more }, (_, index) => inboxRow(`id-${index}`));
    engine.commit([storeTxn(1, { inbox: [{ ...inboxRow("kept"), peer: "other" }, ...inbox] })]);
  }
  using engine = file.open();
  const kept = engine.inboxList(2 * INBOX_ROWS_MAX).map(({ messageId }) => messageId);
  assert.deepEqual([kept.length, kept[0], kept[1]], [INBOX_ROWS_MAX + 1, "kept", `id-${more}`]);
  engine.commit([storeTxn(1, { inbox: [inboxRow("id-0")] })]);
  assert.equal(engine.counters().applied, INBOX_ROWS_MAX + more + 2, "a forgotten id is new again");
});

Deno.test("openSqliteEngine() takes over the inbox of a file of schema 1", () => {
  using file = storeFileUnderTest();
  const old = openSql(file.path);
  for (const statement of MIGRATIONS[0]!.statements) old.exec(statement);
  old.exec("INSERT INTO meta(key, value) VALUES('schema', '1'), ('store_id', 'old')");
  old.exec("INSERT INTO owners(owner, last_seq, applied, pending_bytes, boot, life) VALUES('me', 0, 2, 0, '', 0)");
  old.exec(`INSERT INTO inbox(owner, peer, n, message_id, type, received_wall_ms, bytes)
    VALUES(1, '${inboxRow("a").peer}', 7, 'a', 't', 5, x'7b7d'), (1, '${
    inboxRow("b").peer
  }', 8, 'b', 't', 6, x'7b7d')`);
  old.close();
  using engine = file.open();
  engine.commit([storeTxn(1, { inbox: [inboxRow("a"), inboxRow("c")] })]);
  assert.deepEqual([ids(engine), engine.counters().applied], [["a", "b", "c"], 3]);
  assert.deepEqual(engine.open("boot", 1).appliedIds, ["a", "b", "c"]);
  const now = openSql(file.path, true);
  const numbers = now.prepare("SELECT n FROM inbox ORDER BY id").all().map(({ n }) => n);
  now.close();
  assert.deepEqual(numbers, [7, 8, 9]);
});
