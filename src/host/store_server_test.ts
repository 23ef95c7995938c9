import { strict as assert } from "node:assert";
import type { GroupCommitSettings } from "../store/group_commit.ts";
import { memoryDisk, openMemoryEngine } from "../store/memory_engine.ts";
import type { FromStore, Lane, StoreTxn, ToStore } from "../store/port.ts";
import { eventRow, inboxRow, storeTxn } from "../testing/store_conformance.ts";
import { type PortLike, portPair } from "./port_like.ts";
import type { StoreClock } from "./store_clock.ts";
import { serveStore } from "./store_server.ts";

interface FakeClock extends StoreClock {
  advance(ms: number): void;
  /** Names of the timers that run. */
  names(): string[];
}

function fakeClock(): FakeClock {
  let now = 0;
  const timers = new Set<{ atMs: number; name: string; callback: () => void }>();
  return {
    nowMs: () => now,
    wallMs: () => 1_000_000 + now,
    after(ms, name, callback) {
      const timer = { atMs: now + ms, name, callback };
      timers.add(timer);
      return { [Symbol.dispose]: () => void timers.delete(timer) };
    },
    advance(ms) {
      const endMs = now + ms;
      for (;;) {
        const next = [...timers].sort((a, b) => a.atMs - b.atMs)[0];
        if (!next || next.atMs > endMs) break;
        now = next.atMs;
        timers.delete(next);
        next.callback();
      }
      now = endMs;
    },
    names: () => [...timers].map(({ name }) => name),
  };
}

interface Peer {
  readonly got: FromStore[];
  readonly port: PortLike;
  send(message: ToStore): void;
  txn(txn: StoreTxn): void;
  /** What came since the last call, in short. */
  news(): string[];
}

function brief(message: FromStore): string {
  switch (message.kind) {
    case "opened":
      return `opened ${message.boot} ${message.life} lastSeq ${message.lastSeq}`;
    case "committed":
      return `committed ${message.txn} pending ${message.counters.pending}`;
    case "rows":
      return `rows ${message.rows.map((row) => row.seq)} end ${message.end}`;
    case "inbox_rows":
      return `inbox ${message.rows.map((row) => row.messageId)}`;
    case "flushed":
      return `flushed ${message.id}`;
    case "evicted":
      return `evicted ${message.fromSeq}-${message.toSeq} ${message.count}`;
    case "failed":
      return `failed ${message.code}`;
  }
}

function peer(): Peer {
  const [mine, port] = portPair();
  const got: FromStore[] = [];
  let read = 0;
  mine.onmessage = ({ data }: { data: FromStore }) => void got.push(data);
  return {
    got,
    port,
    send: (message) => mine.postMessage(message),
    txn: (txn) => mine.postMessage({ kind: "txn", txn }),
    news() {
      const news = got.slice(read).map(brief);
      read = got.length;
      return news;
    },
  };
}

function event(txn: number, lane: Lane): StoreTxn {
  return storeTxn(txn, { lane, append: [eventRow(txn, { lane })] });
}

function serve(settings: GroupCommitSettings = {}, bytesMax = 1_000) {
  const disk = memoryDisk();
  const clock = fakeClock();
  const engine = openMemoryEngine({ disk, owner: "me", bytesMax, wallMs: clock.wallMs });
  const server = serveStore({ engine, clock, settings });
  const agent = peer();
  server.attach(agent.port, "boot-1", 1);
  assert.deepEqual(agent.news(), ["opened boot-1 1 lastSeq 0"]);
  return { disk, clock, server, agent };
}

Deno.test("serveStore() commits by lane, and an urgent transaction takes the earlier ones with it", () => {
  const { clock, server, agent, disk } = serve();
  agent.txn(event(1, 3));
  agent.txn(event(2, 2));
  clock.advance(1_999);
  assert.deepEqual([agent.news(), clock.names()], [[], ["store.commit"]]);
  clock.advance(1);
  assert.deepEqual(agent.news(), ["committed 2 pending 2"]);
  agent.txn(event(3, 2));
  agent.txn(event(4, 0));
  assert.deepEqual(agent.news(), ["committed 4 pending 4"]);
  agent.txn(storeTxn(5, { deletes: [1, 2] }));
  clock.advance(2_000);
  assert.deepEqual([agent.news(), disk.commits], [["committed 5 pending 2"], 3]);
  server.close();
});

Deno.test("serveStore() keeps order and gives up nothing when the disk refuses", () => {
  const { clock, server, agent, disk } = serve();
  disk.breakDown("ENOSPC");
  agent.txn(event(1, 0));
  assert.deepEqual(agent.news(), ["failed ENOSPC"]);
  agent.txn(event(2, 0));
  clock.advance(499);
  assert.deepEqual(agent.news(), [], "waits before it tries again");
  clock.advance(1_001);
  assert.deepEqual(agent.news(), ["failed ENOSPC", "failed ENOSPC"]);
  disk.heal();
  clock.advance(30_000);
  assert.deepEqual(agent.news(), ["committed 2 pending 2"]);
  assert.deepEqual(server.counts, { commits: 1, failures: 3, refused: 0, stale: 0 });
  server.close();
});

Deno.test("serveStore() refuses with EQUEUE when the queue is full, and takes the refused one when it comes again", () => {
  const { clock, server, agent, disk } = serve({ queueRowsMax: 2 });
  disk.breakDown("ENOSPC");
  for (const n of [1, 2, 3]) agent.txn(event(n, 2));
  assert.deepEqual(agent.news(), ["failed EQUEUE"]);
  disk.heal();
  clock.advance(2_000);
  assert.deepEqual(agent.news(), ["committed 2 pending 2"]);
  agent.txn(event(4, 0));
  assert.deepEqual(agent.news(), ["failed EQUEUE"], "a gap would make committed(4) a lie about 3");
  agent.txn(event(3, 0));
  agent.txn(event(4, 0));
  assert.deepEqual(agent.news(), ["committed 3 pending 3", "committed 4 pending 4"]);
  assert.equal(server.counts.refused, 2);
  server.close();
});

Deno.test("serveStore() tells what was evicted before it says committed", () => {
  const { server, agent } = serve({}, 25);
  agent.txn(storeTxn(1, { lane: 0, append: [eventRow(1), eventRow(2), eventRow(3)] }));
  assert.deepEqual(agent.news(), ["evicted 1-1 1", "committed 1 pending 2"]);
  server.close();
});

Deno.test("serveStore() reads what is committed and nothing else", () => {
  const { server, agent } = serve();
  agent.txn(storeTxn(1, { lane: 1, append: [eventRow(1)], inbox: [inboxRow("a")] }));
  agent.txn(event(2, 2));
  agent.news();
  agent.send({ kind: "read", id: 1, afterSeq: 0, lanes: [2], rowsMax: 9, bytesMax: 99 });
  agent.send({ kind: "inbox_list", id: 2, newest: 5 });
  assert.deepEqual(agent.news(), ["rows 1 end true", "inbox a"]);
  agent.send({ kind: "flush", id: 3 });
  agent.send({ kind: "flush", id: 4 });
  assert.deepEqual(agent.news(), ["committed 2 pending 2", "flushed 3", "flushed 4"]);
  server.close();
});

Deno.test("serveStore() answers a flush only when the disk took everything", () => {
  const { clock, server, agent, disk } = serve();
  disk.failCommit(1, "SQLITE_BUSY");
  agent.txn(event(1, 3));
  agent.send({ kind: "flush", id: 3 });
  assert.deepEqual(agent.news(), ["failed SQLITE_BUSY"]);
  clock.advance(10_000);
  assert.deepEqual(agent.news(), ["committed 1 pending 1", "flushed 3"]);
  server.close();
});

Deno.test("serveStore() tries a read again when the disk refused it", () => {
  const { clock, server, agent, disk } = serve();
  disk.crash();
  agent.send({ kind: "read", id: 1, afterSeq: 0, lanes: [2], rowsMax: 9, bytesMax: 99 });
  clock.advance(1_000);
  assert.deepEqual([agent.news(), clock.names()], [["failed SQLITE_IOERR", "failed SQLITE_IOERR"], [
    "store.read_retry",
  ]]);
  server.close();
  assert.deepEqual(clock.names(), []);
});

Deno.test("attach() commits what the old life left and no longer hears its port", () => {
  const { server, agent, clock } = serve();
  agent.txn(event(1, 3));
  const next = peer();
  server.attach(next.port, "boot-2", 2);
  agent.txn(event(2, 0));
  clock.advance(20_000);
  assert.deepEqual([agent.news(), next.news()], [[], ["opened boot-2 2 lastSeq 1"]]);
  assert.equal(server.counts.stale, 1);
  server.close();
});

Deno.test("attach() lets the new life start after the old one's rows when the disk refuses them", () => {
  const { server, agent, clock, disk } = serve();
  disk.breakDown("ENOSPC");
  agent.txn(storeTxn(1, {
    lane: 1,
    append: [eventRow(1), eventRow(2)],
    keep: [{ key: "k", version: 1, value: "9", expiresWallMs: 0 }],
    inbox: [inboxRow("a")],
    journal: [{ channel: "c", value: 1, wallMs: 5 }],
  }));
  const next = peer();
  server.attach(next.port, "boot-2", 2);
  assert.deepEqual(next.got[0], {
    kind: "opened",
    boot: "boot-2",
    life: 2,
    lastSeq: 2,
    kept: [{ key: "k", version: 1, value: "9", expiresWallMs: 0 }],
    counters: { generated: 0, acked: 0, tombstoned: 0, pending: 0, applied: 0 },
    journal: [{ channel: "c", value: 1, wallMs: 5 }],
    appliedIds: ["a"],
  });
  next.news();
  disk.heal();
  clock.advance(30_000);
  assert.deepEqual(next.news(), [], "the new life has committed nothing yet");
  next.txn(storeTxn(1, { lane: 0, append: [eventRow(3)] }));
  assert.deepEqual(next.news(), ["committed 1 pending 3"]);
  server.close();
});

Deno.test("serveStore() tells a new life of no end of the rows while some of an older one wait for the disk", () => {
  const { server, agent, clock, disk } = serve();
  agent.txn(storeTxn(1, { lane: 0, append: [eventRow(1)] }));
  disk.breakDown("ENOSPC");
  agent.txn(storeTxn(2, { lane: 0, append: [eventRow(2)] }));
  const next = peer();
  server.attach(next.port, "boot-2", 2);
  next.news();
  const rows = { kind: "read", lanes: [2], rowsMax: 9, bytesMax: 9_999 } as const;
  next.send({ ...rows, id: 1, afterSeq: 0 });
  assert.deepEqual(next.news(), ["rows 1 end false"]);
  next.send({ ...rows, id: 2, afterSeq: 1 });
  assert.deepEqual(next.news(), []);
  disk.heal();
  clock.advance(120_000);
  assert.deepEqual(next.news(), ["rows 2 end true"]);
  server.close();
});

Deno.test("close() commits, stops its timers and says what is left", () => {
  const { server, agent, clock, disk } = serve();
  agent.txn(event(1, 3));
  assert.deepEqual(server.flush(), { waiting: 0 });
  disk.breakDown("ENOSPC");
  agent.txn(event(2, 3));
  assert.deepEqual(server.close(), { waiting: 1, code: "ENOSPC" });
  assert.deepEqual(server.close(), { waiting: 1, code: "ENOSPC" });
  assert.deepEqual(clock.names(), []);
});

Deno.test("serveStore() commits at once what came until `soon` calls back", () => {
  const clock = fakeClock();
  const waiting: (() => void)[] = [];
  const soon: StoreClock["soon"] = (callback) => {
    waiting.push(callback);
    return { [Symbol.dispose]: () => void waiting.splice(waiting.indexOf(callback), 1) };
  };
  const engine = openMemoryEngine({
    disk: memoryDisk(),
    owner: "me",
    bytesMax: 1_000_000,
    wallMs: () => clock.wallMs(),
  });
  const server = serveStore({ engine, clock: { ...clock, soon } });
  const agent = peer();
  server.attach(agent.port, "boot", 1);
  agent.news();
  for (let n = 1; n <= 3; n++) agent.txn(storeTxn(n, { lane: 0, append: [eventRow(n)] }));
  assert.deepEqual([agent.news(), waiting.length], [[], 1]);
  waiting.shift()!();
  assert.deepEqual(agent.news(), ["committed 3 pending 3"]);
  assert.equal(server.counts.commits, 1);
  agent.txn(storeTxn(4, { lane: 1, append: [eventRow(4)] }));
  assert.deepEqual(server.close(), { waiting: 0 });
  assert.deepEqual([waiting.length, clock.names()], [0, []]);
});
