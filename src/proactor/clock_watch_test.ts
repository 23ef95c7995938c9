import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { drawMachine } from "../core/table_machine.ts";
import {
  CLOCK_BEHIND_MS,
  CLOCK_BELIEVED_MS,
  CLOCK_STEP_MS,
  CLOCK_STEPS_APART_MS,
  CLOCK_TABLE,
  clockWatch,
  LAST_KNOWN_KEEP_MS,
  LAST_KNOWN_KEY,
} from "./clock_watch.ts";
import { EXPIRY_TABLE } from "./expiry_table.ts";

const NOW_MS = Date.parse("2026-11-21T19:00:00Z");
const NOTHING = {};

function bench(wallMs: number, knownMs?: number) {
  let monotonicMs = 50;
  let offsetMs = wallMs - monotonicMs;
  const watch = clockWatch({ realMs: () => monotonicMs, realWallMs: () => monotonicMs + offsetMs });
  if (knownMs !== undefined) watch.restore(`${knownMs}`);
  return {
    watch,
    pass: (ms: number) => void (monotonicMs += ms),
    set: (nowMs: number) => void (offsetMs = nowMs - monotonicMs),
    slew: (byMs: number) => void (offsetMs += byMs),
  };
}

Deno.test("clockWatch() finds a clock right that is after the last known time, or a little before it", () => {
  for (const known of [undefined, NOW_MS - 5, NOW_MS + CLOCK_BEHIND_MS]) {
    const { watch } = bench(NOW_MS, known);
    assert.deepEqual([watch.isRight, watch.look(), watch.isRight], [false, { moved: "right" }, true]);
    assert.deepEqual([watch.foundText, watch.doubt()], ["", ""]);
  }
});

Deno.test("clockWatch() finds a clock behind that is in 1970 or before the last known time, and says what it found", () => {
  const cases = [
    [12_000, undefined, "it says 1970-01-01T00:00:12Z, no earlier time is known"],
    [12_000, NOW_MS, "it says 1970-01-01T00:00:12Z, last known time 2026-11-21T19:00:00Z"],
    [
      NOW_MS - CLOCK_BEHIND_MS - 1_000,
      NOW_MS,
      "it says 2026-11-21T18:54:59Z, last known time 2026-11-21T19:00:00Z",
    ],
  ] as const;
  for (const [wallMs, known, found] of cases) {
    const { watch } = bench(wallMs, known);
    assert.deepEqual([watch.look(), watch.isRight, watch.foundText], [{ moved: "behind" }, false, found]);
    assert.equal(watch.doubt(), `the wall clock is not right (${found}): set the clock (NTP)`);
    assert.deepEqual([watch.look(), watch.takeKept(true)], [NOTHING, undefined], "said once, and not kept");
  }
});

Deno.test("clockWatch() finds a clock right when it is set, and by how much", () => {
  const at = bench(12_000, NOW_MS);
  at.watch.look();
  at.pass(60_000);
  at.set(NOW_MS + 70_000);
  assert.deepEqual(at.watch.look(), { moved: "right", steppedMs: NOW_MS + 70_000 - 72_000 });
  assert.equal(at.watch.doubt(), "");
  assert.match(at.watch.foundText, /1970/);
  assert.equal(at.watch.takeKept(false)?.value, `${NOW_MS + 70_000}`);
});

Deno.test("clockWatch() believes a clock of this century after a day, if nobody sets it, but never one of 1970", () => {
  const at = bench(NOW_MS, NOW_MS + 400 * CLOCK_BELIEVED_MS);
  assert.deepEqual(at.watch.look(), { moved: "behind" });
  at.pass(CLOCK_BELIEVED_MS - 1);
  assert.deepEqual(at.watch.look(), NOTHING);
  at.set(NOW_MS + 60_000);
  assert.equal(at.watch.look().moved, undefined, "the day begins anew when it is set");
  at.pass(CLOCK_BELIEVED_MS - 1);
  assert.deepEqual(at.watch.look(), NOTHING);
  at.pass(1);
  assert.deepEqual(at.watch.look(), { moved: "right", isBelieved: true });
  const never = bench(12_000, NOW_MS);
  never.watch.look();
  never.pass(3 * CLOCK_BELIEVED_MS);
  assert.deepEqual(never.watch.look(), NOTHING);
});

Deno.test("clockWatch() does not take a clock for right that reaches the last known time by running on", () => {
  const at = bench(NOW_MS - 2 * CLOCK_BEHIND_MS, NOW_MS);
  assert.deepEqual(at.watch.look(), { moved: "behind" });
  for (let turn = 0; turn < 100; turn++) {
    at.pass(CLOCK_BEHIND_MS / 10);
    assert.deepEqual(at.watch.look(), NOTHING);
  }
  at.slew(CLOCK_BEHIND_MS);
  assert.equal(at.watch.look().moved, "right", "now it is as far as it must be");
});

Deno.test("clockWatch() tells a step in both directions, but no slewing, and two steps only with a pause between", () => {
  const at = bench(NOW_MS);
  at.watch.look();
  for (let turn = 0; turn < 20; turn++) {
    at.pass(1_000);
    at.slew(CLOCK_STEP_MS);
    assert.deepEqual(at.watch.look(), NOTHING);
  }
  at.slew(CLOCK_STEP_MS + 1);
  assert.deepEqual(at.watch.look(), { steppedMs: CLOCK_STEP_MS + 1 });
  at.slew(-60_000);
  assert.deepEqual(at.watch.look(), NOTHING);
  at.pass(CLOCK_STEPS_APART_MS);
  assert.deepEqual(at.watch.look(), { steppedMs: -60_000 });
  assert(at.watch.isRight, "who is set back while it runs was set by somebody");
});

Deno.test("clockWatch() keeps the last known time at the start, now and then, after a step, and at the stop", () => {
  const at = bench(NOW_MS, NOW_MS - 1);
  at.watch.look();
  const kept = { key: LAST_KNOWN_KEY, version: 1, value: `${NOW_MS}`, expiresWallMs: 0 };
  assert.deepEqual(at.watch.takeKept(false), kept);
  at.pass(LAST_KNOWN_KEEP_MS - 1);
  at.watch.look();
  assert.equal(at.watch.takeKept(false), undefined);
  assert.equal(at.watch.takeKept(true)?.value, `${NOW_MS + LAST_KNOWN_KEEP_MS - 1}`);
  at.pass(LAST_KNOWN_KEEP_MS);
  at.watch.look();
  assert.equal(at.watch.takeKept(false)?.value, `${NOW_MS + 2 * LAST_KNOWN_KEEP_MS - 1}`);
  at.set(NOW_MS - 3 * CLOCK_BELIEVED_MS);
  at.watch.look();
  assert.equal(at.watch.takeKept(false)?.value, `${NOW_MS - 3 * CLOCK_BELIEVED_MS}`, "a time that was wrong goes");
});

Deno.test("clockWatch() is behind when it loses the time while it runs, and refuses a kept value that is no time", () => {
  const at = bench(NOW_MS);
  at.watch.look();
  at.set(1_000);
  assert.equal(at.watch.look().moved, "behind");
  assert.match(at.watch.foundText, /last known time 2026-11-21T19:00:00Z/);
  for (const text of ["null", '"2026"', "{", "1e999"]) {
    assert.throws(() => at.watch.restore(text), /restore the last known time|JSON/, text);
  }
});

Deno.test("README.md draws CLOCK_TABLE and EXPIRY_TABLE as they are", () => {
  const readme = readFileSync(new URL("./README.md", import.meta.url), "utf8");
  for (const drawing of [drawMachine(CLOCK_TABLE, "unseen"), drawMachine(EXPIRY_TABLE, "unsaid")]) {
    assert.ok(readme.includes("```mermaid\n" + drawing + "\n```"), drawing);
  }
});
