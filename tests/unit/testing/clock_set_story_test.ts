import { strict as assert } from "node:assert";
import { type LonelyNode, lonelyNode } from "../../../src/testing/lonely_node.ts";
import { type VirtualClock, virtualClock } from "../../../src/testing/virtual_clock.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const START_WALL_MS = Date.parse("2026-11-21T00:00:00Z");
const BOOT_1970_MS = 12_000;
/** No whole number of the periods in which the last known time is kept. */
const FIRST_LIFE_MS = HOUR_MS + 5 * MINUTE_MS;

/** A node whose broker takes no certificate by a clock before 2026, and one life behind it that knew the time. */
function board(): { readonly clock: VirtualClock; readonly node: LonelyNode } {
  const clock = virtualClock(START_WALL_MS);
  const node = lonelyNode({
    clock,
    connect: (wallMs) =>
      wallMs >= START_WALL_MS
        ? { kind: "connected", connection: "broker" }
        : { kind: "connect_failed", connection: "broker", refusal: "tls", reason: "NotValidYet" },
  });
  node.start();
  clock.run(FIRST_LIFE_MS);
  node.stop();
  clock.run(MINUTE_MS);
  return { clock, node };
}

function events(node: LonelyNode, event: string): readonly unknown[] {
  return node.logs.filter((record) => record.event === event).map(({ fields }) => fields);
}

Deno.test("a board that starts in 1970 says so once, says it of TLS, and connects at once when its clock is set", () => {
  const { clock, node } = board();
  const stoppedMs = START_WALL_MS + FIRST_LIFE_MS;
  node.setWall(BOOT_1970_MS);
  node.start();
  clock.run(3 * HOUR_MS);
  const known = `last known time ${new Date(stoppedMs).toISOString().slice(0, 19)}Z`;
  assert.deepEqual(events(node, "clock.behind"), [{ found: `it says 1970-01-01T00:00:12Z, ${known}` }]);
  const [{ reason }] = events(node, "link.connect_failed") as [{ readonly reason: string }];
  assert.match(
    reason,
    /^NotValidYet; the wall clock is not right \(it says 1970-01-01T00:00:12Z, last known time 2026/,
  );
  assert.match(reason, /: set the clock \(NTP\)$/);
  const triesBefore = node.tries.length;
  const waits = node.tries.slice(-3).map((atMs, index, all) => atMs - (all[index - 1] ?? atMs));
  assert(Math.max(...waits) > 80_000, "by now it waits long between tries");
  // Just after a try: the next one would be more than a minute away.
  clock.runUntil(node.tries.at(-1)! + waits.at(-1)! + 1_000);
  const setMs = clock.nowMs;
  node.setWall(START_WALL_MS + 5 * HOUR_MS);
  clock.run(2_000);
  assert.equal(node.tries.length, triesBefore + 2);
  assert(node.tries.at(-1)! - setMs <= 1_000, "the next turn sees it");
  const [set, ...more] = node.problems().filter(({ summary }) => summary.includes("clock"));
  assert.deepEqual([set?.type, set?.summary, more], ["warning", "The wall clock was wrong until now", []]);
  assert.match(
    set!.details,
    /^it says 1970-01-01T00:00:12Z, last known .*; it was set by \d{10} s and says 2026-11-21T05:00/,
  );
});

Deno.test("the last known time outlives a power cut, but for the newest minutes", () => {
  const { clock, node } = board();
  node.setWall(START_WALL_MS + 10 * HOUR_MS);
  node.start();
  clock.run(HOUR_MS - 1);
  node.crash();
  node.setWall(Date.parse("2024-06-01T00:00:00Z"));
  node.start();
  clock.run(1_000);
  const [{ found }] = events(node, "clock.behind") as [{ readonly found: string }];
  assert.equal(found, "it says 2024-06-01T00:00:00Z, last known time 2026-11-21T10:50:00Z");
});

Deno.test("a clock that was wrong into the future is forgotten a day after it is right again", () => {
  const { clock, node } = board();
  node.setWall(Date.parse("2035-01-01T00:00:00Z"));
  node.start();
  clock.run(HOUR_MS);
  node.crash();
  node.setWall(START_WALL_MS + 2 * HOUR_MS);
  node.start();
  clock.run(23 * HOUR_MS);
  assert.deepEqual([events(node, "clock.behind").length, events(node, "clock.right").length], [1, 0]);
  clock.run(2 * HOUR_MS);
  assert.deepEqual([events(node, "clock.behind").length, events(node, "clock.right").length], [1, 1]);
  assert.match(node.problems().at(-1)!.details, /last known time 2035.*; nobody set it for a day and says 2026/);
  node.crash();
  node.start();
  clock.run(1_000);
  assert.equal(events(node, "clock.behind").length, 1);
});

Deno.test("a clock that is right, or drifts, is not spoken of, and its retries keep their back-off", () => {
  const { clock, node } = board();
  node.start();
  for (let hour = 0; hour < 10; hour++) {
    node.setWall(node.wallMs + 1_800);
    clock.run(HOUR_MS);
  }
  assert.deepEqual(node.logs.filter(({ event }) => event.startsWith("clock.")), []);
  assert.equal(node.tries.length, 2, "one try a life, as it is taken");
});
