import { strict as assert } from "node:assert";
import { isOnPeak, localClock, minutesToOnPeak, WORKDAY_TARIFF } from "./tariff.ts";

Deno.test("localClock() gives local weekday and minute when daylight saving begins", () => {
  const clock = localClock("America/New_York");
  for (
    const [utc, weekday, minute] of [
      ["2026-03-08T06:59:00Z", 0, 119],
      ["2026-03-08T07:00:00Z", 0, 180],
      ["2026-01-12T04:30:00Z", 0, 1_410],
      ["2026-01-12T05:00:00Z", 1, 0],
    ] as const
  ) assert.deepEqual(clock(Date.parse(utc)), { weekday, minute }, utc);
});

Deno.test("isOnPeak() holds in the windows of workdays alone", () => {
  for (
    const [weekday, minute, expected] of [
      [1, 417, false],
      [1, 418, true],
      [1, 719, true],
      [1, 720, false],
      [5, 1_199, true],
      [5, 1_200, false],
      [6, 500, false],
      [0, 1_000, false],
    ] as const
  ) assert.equal(isOnPeak(WORKDAY_TARIFF, { weekday, minute }), expected, `${weekday} ${minute}`);
});

Deno.test("minutesToOnPeak() looks into the next day, and not further", () => {
  for (
    const [weekday, minute, expected] of [
      [1, 500, 0],
      [1, 720, 238],
      [1, 1_200, 658],
      [5, 1_200, undefined],
      [0, 1_200, 658],
    ] as const
  ) assert.equal(minutesToOnPeak(WORKDAY_TARIFF, { weekday, minute }), expected, `${weekday} ${minute}`);
});
