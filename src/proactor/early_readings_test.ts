import { strict as assert } from "node:assert";
import { EARLY_CHANNELS_MAX, EARLY_MS_MAX, earlyReadings } from "./early_readings.ts";

Deno.test("earlyReadings() hands over the newest of each channel once", () => {
  const early = earlyReadings();
  early.add("a", 1, 0);
  early.add("b", 2, 5);
  early.add("a", 3, 10);
  assert.deepEqual(early.take(20), [{ channel: "a", value: 3 }, { channel: "b", value: 2 }]);
  assert.deepEqual(early.take(20), []);
});

Deno.test("earlyReadings() leaves out what is too old, and what goes beyond its bound", () => {
  const early = earlyReadings();
  early.add("old", 1, 0);
  early.add("young", 2, 1);
  assert.deepEqual(early.take(EARLY_MS_MAX + 1), [{ channel: "young", value: 2 }]);
  for (let n = 0; n <= EARLY_CHANNELS_MAX; n++) early.add(`c${n}`, n, 0);
  early.add("c0", 7, 0);
  const kept = early.take(0);
  assert.deepEqual([kept.length, kept[0]], [EARLY_CHANNELS_MAX, { channel: "c0", value: 7 }]);
});
