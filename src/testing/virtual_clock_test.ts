import { strict as assert } from "node:assert";
import { randomStreams } from "./random_streams.ts";
import { virtualClock } from "./virtual_clock.ts";

Deno.test("virtualClock() fires in order of due time, then of start, each at its own instant", () => {
  const clock = virtualClock(0);
  const random = randomStreams(1);
  const due = Array.from({ length: 500 }, () => random.integer("due", 0, 50));
  const fired: [number, number][] = [];
  due.forEach((delayMs, index) => clock.after(delayMs, "t", () => fired.push([clock.nowMs, index])));
  clock.run(1_000);
  const expected = due.map((delayMs, index) => [delayMs, index] as const).sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  assert.deepEqual(fired, expected);
  assert.equal(clock.nowMs, 1_000);
  assert.equal(clock.alive, 0);
});

Deno.test("virtualClock() refuses delays below 0 and NaN, and finds busy loops", () => {
  const clock = virtualClock(0);
  assert.throws(() => clock.after(-1, "t", () => {}), RangeError);
  assert.throws(() => clock.after(NaN, "t", () => {}), RangeError);
  function again(): void {
    clock.after(0, "spin", again);
  }
  again();
  assert.throws(() => clock.run(1), /"spin" keeps firing/);
});

Deno.test("virtualClock() steps the wall only, and forgets disposed timers", () => {
  const clock = virtualClock(1_000);
  let calls = 0;
  const timer = clock.after(10, "t", () => calls++);
  clock.stepWall(-3_600_000);
  assert.equal(clock.alive, 1);
  timer[Symbol.dispose]();
  timer[Symbol.dispose]();
  assert.equal(clock.alive, 0);
  clock.run(20);
  assert.equal(calls, 0);
  assert.equal(clock.nowMs, 20);
  assert.equal(clock.wallMs, 1_020 - 3_600_000);
});

Deno.test("randomStreams() gives each name its own stream, the same for the same seed", () => {
  const one = randomStreams(7), two = randomStreams(7), other = randomStreams(8);
  for (let draw = 0; draw < 10; draw++) one.next("noise");
  const drawn = Array.from({ length: 1_000 }, () => one.next("a"));
  assert.deepEqual(drawn, Array.from({ length: 1_000 }, () => two.next("a")));
  assert.notEqual(drawn[0], other.next("a"));
  const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
  assert.ok(mean > 0.45 && mean < 0.55, `mean ${mean}`);
  const integers = new Set(Array.from({ length: 200 }, () => one.integer("i", 2, 4)));
  assert.deepEqual([...integers].sort(), [2, 3, 4]);
});
