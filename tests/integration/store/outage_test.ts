import { strict as assert } from "node:assert";
import { portPair } from "../../../src/host/port_like.ts";
import { serveStore } from "../../../src/host/store_server.ts";
import type { EventRow, FromStore, Lane, StoreEngine } from "../../../src/store/port.ts";
import { inspectStore } from "../../../src/store/inspect.ts";
import { openSqliteEngine } from "../../../src/store/sqlite_engine.ts";
import { eventRow, storeTxn } from "../../../src/testing/store_conformance.ts";
import { virtualClock } from "../../../src/testing/virtual_clock.ts";

const DAY_S = 86_400;
const HOUR_MS = 3_600_000;
const TEN_YEARS_MS = 3_652 * DAY_S * 1_000;
/** CI plays a day, with the cap in proportion; HEARTH_SOAK=1 plays the month. */
const IS_SOAK = Deno.env.get("HEARTH_SOAK") === "1";
const DAYS = IS_SOAK ? 30 : 1;
const CAP_BYTES = IS_SOAK ? 134_217_728 : 8_388_608;
const OVERSHOOT_MAX = 1.02;
/** Payloads in bytes: an event each second, a report every five minutes, and what is about safety each hour. */
const EVENT_BYTES = 320;
const REPORT_BYTES = 6_000;
const REPORT_S = 300;
const SAFETY_S = 3_600;

/** Steps of the wall clock, spread over the outage. */
const WALL_STEPS_MS = [HOUR_MS, -HOUR_MS, TEN_YEARS_MS, -2 * TEN_YEARS_MS];

/** Lanes of the events made in this second of the outage. */
function lanesAt(second: number): readonly Lane[] {
  if (second % SAFETY_S === 0) return [2, 0];
  return second % REPORT_S === 0 ? [2, 3] : [2];
}

const CLASSES = ["gridworks.event.problem", "command", "gridworks.event.comm", "report.event"] as const;

function rowsAt(second: number, lastSeq: number): readonly EventRow[] {
  return lanesAt(second).map((lane, n) =>
    eventRow(lastSeq + 1 + n, { lane, class: CLASSES[lane], size: lane === 3 ? REPORT_BYTES : EVENT_BYTES })
  );
}

/** Bytes on the disk: the file and its write-ahead log. Neither gets smaller inside a commit, so its end is its worst instant. */
function bytesOnDisk(path: string): number {
  return Deno.statSync(path).size + Deno.statSync(`${path}-wal`).size;
}

interface Outage {
  readonly evicted: Map<string, { count: number; last: number }>;
  generated: number;
  worstBytes: number;
  commits: number;
}

function watch(engine: StoreEngine, path: string, seen: Outage): StoreEngine {
  return {
    open: (boot, life) => engine.open(boot, life),
    commit(txns) {
      const evicted = engine.commit(txns);
      seen.commits++;
      const bytes = bytesOnDisk(path);
      if (bytes > seen.worstBytes) seen.worstBytes = bytes;
      const { generated, acked, tombstoned, pending } = engine.counters();
      if (generated !== acked + tombstoned + pending) assert.fail(JSON.stringify(engine.counters()));
      return evicted;
    },
    read: (request) => engine.read(request),
    inboxList: (newest) => engine.inboxList(newest),
    counters: () => engine.counters(),
    [Symbol.dispose]: () => engine[Symbol.dispose](),
  };
}

/** Events given up, by class, as the file says. */
function tombstonesOf(path: string): Map<string, number> {
  using look = inspectStore(path);
  const sums = new Map<string, number>();
  for (const { class: name, count } of look.tombstones()) sums.set(name, (sums.get(name) ?? 0) + count);
  return sums;
}

function options(path: string, more: { readonly wallMs: () => number }) {
  return {
    path,
    owner: "me",
    bytesMax: CAP_BYTES,
    fileBytesMax: CAP_BYTES,
    synchronous: "OFF" as const,
    newId: () => "store-1",
    ...more,
  };
}

Deno.test(`an outage of ${DAYS} days at an event a second, with a wall clock that steps, stays within the cap, and every event is accounted for`, () => {
  const folder = Deno.makeTempDirSync();
  const path = `${folder}/store.db`;
  const clock = virtualClock();
  const seen: Outage = { evicted: new Map(), generated: 0, worstBytes: 0, commits: 0 };
  try {
    const wallMs = () => clock.wallMs;
    const engine = watch(openSqliteEngine(options(path, { wallMs })), path, seen);
    const server = serveStore({
      engine,
      clock: { nowMs: () => clock.nowMs, wallMs, after: (ms, name, run) => clock.after(ms, name, run) },
    });
    const [mine, port] = portPair();
    mine.onmessage = ({ data }: { readonly data: FromStore }) => {
      assert.notEqual(data.kind, "failed");
      if (data.kind !== "evicted") return;
      const sum = seen.evicted.get(data.class) ?? { count: 0, last: 0 };
      seen.evicted.set(data.class, { count: sum.count + data.count, last: data.toSeq });
    };
    server.attach(port, "boot", 1);
    for (let second = 1; second <= DAYS * DAY_S; second++) {
      const append = rowsAt(second, seen.generated);
      seen.generated += append.length;
      const lane = Math.min(...append.map((row) => row.lane)) as Lane;
      mine.postMessage({ kind: "txn", txn: storeTxn(second, { lane, append }) });
      const part = second * (WALL_STEPS_MS.length + 1) / (DAYS * DAY_S);
      if (Number.isInteger(part)) clock.stepWall(WALL_STEPS_MS[part - 1] ?? 0);
      clock.run(1_000);
    }
    assert.deepEqual(server.close(), { waiting: 0 });
    using again = openSqliteEngine(options(path, { wallMs }));
    const counters = again.counters();
    const tombstoned = [...seen.evicted.values()].reduce((sum, { count }) => sum + count, 0);
    assert.deepEqual(counters, {
      generated: seen.generated,
      acked: 0,
      tombstoned,
      pending: seen.generated - tombstoned,
      applied: 0,
    });
    assert.deepEqual(
      tombstonesOf(path),
      new Map([...seen.evicted].map(([name, { count }]) => [name, count])),
      "the file tells by class what was given up, as the agent was told",
    );
    const share = seen.worstBytes / CAP_BYTES;
    const text =
      `${seen.generated} generated, ${tombstoned} tombstoned, ${counters.pending} pending in ${seen.commits} ` +
      `commits; at the worst ${seen.worstBytes} bytes, ${share.toFixed(3)} of the cap\n`;
    Deno.stdout.writeSync(new TextEncoder().encode(text));
    assert.ok(share <= OVERSHOOT_MAX, `${seen.worstBytes} bytes at the worst, of ${CAP_BYTES}`);
    assert.ok(share > 0.8, `only ${seen.worstBytes} bytes were used of ${CAP_BYTES}`);
    assert.equal(seen.evicted.has(CLASSES[0]), false, "what is about safety stays while anything else can go");
    assert.ok(seen.evicted.get(CLASSES[3])!.count > 0 && seen.evicted.get(CLASSES[2])!.count > 0);
    const commitsMin = DAYS * DAY_S / 2;
    assert.ok(seen.commits >= commitsMin, `${seen.commits} commits: no step of the clock held one back`);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
