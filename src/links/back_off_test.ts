import { strict as assert } from "node:assert";
import { BACK_OFF_MS_MAX, BACK_OFF_MS_MIN, backOffMs } from "./back_off.ts";
import { pollSilence } from "./poll_silence.ts";
import { rateLimit } from "./rate_limit.ts";

Deno.test("backOffMs() doubles to its bound and stays within it when chance is at its ends", () => {
  const highest = [1, 2, 3, 4, 5, 6, 7, 8, 9, 1_000].map((failures) => backOffMs(failures, 0.999_999));
  assert.deepEqual(highest, [1, 2, 4, 8, 16, 32, 64, 120, 120, 120].map((seconds) => seconds * 1_000));
  assert.equal(backOffMs(1, 0), BACK_OFF_MS_MIN);
  assert.equal(backOffMs(100, 0), BACK_OFF_MS_MAX / 2);
  assert.throws(() => backOffMs(0, 0.5), /after 0 failures/);
});

Deno.test("pollSilence() never asks for a wait of 0 ms or less", () => {
  for (const nowMs of [0, 1, 59_999, 60_000, 60_001, 1e9]) {
    const poll = pollSilence(0, 60_000, nowMs);
    assert.equal(poll.kind, nowMs < 60_000 ? "heard" : "silent");
    assert.ok(poll.againMs > 0 && poll.againMs <= 60_000);
  }
});

Deno.test("rateLimit() lets the first pass, then one a period, and counts those it held back", () => {
  const limit = rateLimit(100, 2);
  assert.deepEqual([0, 50, 99, 100].map((nowMs) => limit.allow("a", nowMs)), [true, false, false, true]);
  assert.equal(limit.allow("a", 150), false);
  assert.equal(limit.heldBack("a"), 1);
  assert.equal(limit.allow("b", 150), true);
  assert.equal(limit.allow("a", 200), true);
});

Deno.test("rateLimit() gives keys beyond its bound one call a period together, until others are old", () => {
  const limit = rateLimit(100, 2);
  assert.deepEqual(["a", "b", "c", "d", "c", "a"].map((key) => limit.allow(key, 0)), [
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
  assert.equal(limit.allow("e", 99), false);
  assert.equal(limit.allow("e", 100), true);
  let passed = 0;
  for (let key = 0; key < 1_000; key++) if (limit.allow(`key ${key}`, 150)) passed++;
  assert.ok(passed <= 2, `${passed} of a flood of keys passed`);
});
