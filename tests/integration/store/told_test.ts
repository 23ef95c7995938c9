import { strict as assert } from "node:assert";
import { portPair } from "../../../src/host/port_like.ts";
import { serveStore } from "../../../src/host/store_server.ts";
import type { FromStore } from "../../../src/store/port.ts";
import { openSqliteEngine, type SqliteEngine } from "../../../src/store/sqlite_engine.ts";
import { openSql } from "../../../src/store/sqlite_open.ts";
import { FILE_BYTES_MIN } from "../../../src/store/store_room.ts";
import { eventRow, storeTxn } from "../../../src/testing/store_conformance.ts";
import { virtualClock } from "../../../src/testing/virtual_clock.ts";
import { temporaryFolder } from "../../support/hearth_process.ts";

const BYTES = 9_000;

function open(path: string): SqliteEngine {
  const options = { owner: "me", bytesMax: FILE_BYTES_MIN, fileBytesMax: FILE_BYTES_MIN, synchronous: "OFF" } as const;
  return openSqliteEngine({ ...options, path, newId: () => "store-1", wallMs: () => 1_000 });
}

/** Serves a store. @returns What it has told since it was asked last, without its counters. */
function serve(path: string) {
  const clock = virtualClock();
  const server = serveStore({
    engine: open(path),
    clock: {
      nowMs: () => clock.nowMs,
      wallMs: () => clock.wallMs,
      after: (ms, name, run) => clock.after(ms, name, run),
    },
  });
  const [mine, port] = portPair();
  const told: unknown[] = [];
  mine.onmessage = ({ data }: { readonly data: FromStore }) => {
    if (data.kind === "committed") told.push(data.txn);
    else if (data.kind === "rows") told.push(data.rows.map(({ seq }) => seq));
    else if (data.kind === "failed") told.push(data.code);
    else if (data.kind === "evicted") told.push(data);
  };
  server.attach(port, "boot", 1);
  return { server, mine, clock, told: () => told.splice(0) };
}

Deno.test("a rotten event is left out, becomes a tombstone, and is told of as a failure once", () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/store.db`;
  {
    using engine = open(path);
    engine.commit([storeTxn(1, { append: [101, 102, 103].map((seq) => eventRow(seq, { size: BYTES })) })]);
  }
  const file = Deno.readFileSync(path);
  file[file.findIndex((_, at) => file.subarray(at, at + 1_000).every((byte) => byte === 102)) + 500]! ^= 1;
  Deno.writeFileSync(path, file);
  const { server, mine, clock, told } = serve(path);
  mine.postMessage({ kind: "read", id: 1, afterSeq: 0, lanes: [2], rowsMax: 10, bytesMax: 1e6 });
  assert.deepEqual(told(), [[101, 103]]);
  mine.postMessage({ kind: "txn", txn: storeTxn(1, { lane: 0, append: [eventRow(104, { lane: 0 })] }) });
  assert.deepEqual(told(), ["EBADROW"]);
  mine.postMessage({ kind: "txn", txn: storeTxn(2, { lane: 0, append: [eventRow(105, { lane: 0 })] }) });
  clock.run(1_000);
  const evicted = { kind: "evicted", class: "gridworks.event.problem", fromSeq: 102, toSeq: 102, count: 1 } as const;
  assert.deepEqual(told(), [{ ...evicted, isDamaged: true }, 2]);
  assert.deepEqual(server.close(), { waiting: 0 });
  using again = open(path);
  assert.deepEqual(again.counters(), { generated: 5, acked: 0, tombstoned: 1, pending: 4, applied: 0 });
});

Deno.test("a log that grows as another process reads the file is told of, and every event is still kept", () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/store.db`;
  const { server, mine, clock, told } = serve(path);
  const reader = openSql(path, true);
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) AS n FROM events").get();
  const codes = new Map<unknown, number>();
  const events = 1_000;
  for (let seq = 1; seq <= events; seq++) {
    const append = [eventRow(seq, { lane: 0, size: 1_000 })];
    mine.postMessage({ kind: "txn", txn: storeTxn(seq, { lane: 0, append, deletes: [seq - 1] }) });
    clock.run(1_000);
    for (const one of told()) if (typeof one === "string") codes.set(one, (codes.get(one) ?? 0) + 1);
  }
  assert.deepEqual([...codes.keys()], ["ELOGSIZE"]);
  assert.ok(codes.get("ELOGSIZE")! <= 4, `${codes.get("ELOGSIZE")} times`);
  reader.close();
  assert.deepEqual(server.close(), { waiting: 0 });
  using again = open(path);
  assert.deepEqual(again.counters(), { generated: events, acked: events - 1, tombstoned: 0, pending: 1, applied: 0 });
});
