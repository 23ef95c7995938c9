import { strict as assert } from "node:assert";
import { type Death, type ReportPart, reportProblems, snapshotReadings } from "./readings.ts";
import { denseLayout, isMidSlot } from "./report_run.ts";

function report(MessageCreatedMs: number, stamps: readonly number[]): ReportPart {
  const list = { ChannelName: "oat", ValueList: stamps.map(() => 7), ScadaReadTimeUnixMsList: stamps };
  return { Report: { MessageCreatedMs, SlotStartUnixS: 0, ChannelReadingList: [list] } };
}

function death(wallMs: number, stamps: readonly number[]): Death {
  return { wallMs, known: stamps.map((stamp) => ({ channel: "oat", value: 7, wallMs: stamp })) };
}

Deno.test("reportProblems() allows the loss of what was younger than 10 s, at that death and at later ones", () => {
  const deaths = [death(20_000, [5_000, 9_500, 9_501]), death(40_000, [9_501, 25_000])];
  assert.deepEqual(reportProblems([report(21_000, [5_000, 9_500]), report(41_000, [25_000])], deaths), []);
});

Deno.test("reportProblems() fires when a reading is missing, late or twice", () => {
  const deaths = [death(20_000, [5_000])];
  assert.match(reportProblems([report(21_000, [])], deaths)[0] ?? "", /15000 ms old at the kill, is in no report/);
  assert.match(reportProblems([report(21_000, []), report(31_000, [5_000])], deaths)[0] ?? "", /later report/);
  assert.match(reportProblems([report(21_000, [5_000]), report(31_000, [5_000])], deaths)[0] ?? "", /two reports/);
});

Deno.test("snapshotReadings() takes a reading once that many snapshots show", () => {
  const snapshot = { LatestReadingList: [{ ChannelName: "oat", Value: 7, ScadaReadTimeUnixMs: 5 }] };
  assert.deepEqual(snapshotReadings([snapshot, snapshot]), [{ channel: "oat", value: 7, wallMs: 5 }]);
});

Deno.test("isMidSlot() is true when a reading of life and slot is old enough and the report is not due", () => {
  const slot = { slotMs: 16_000, bornWallMs: 0, extraMs: 1_000 };
  const { known } = death(0, [500, 20_000]);
  const at = [11_999, 12_000, 15_500, 15_501, 20_000, 31_499, 31_500].map((wallMs) => isMidSlot(slot, known, wallMs));
  assert.deepEqual(at, [false, true, true, false, false, false, true]);
  assert.equal(isMidSlot({ ...slot, bornWallMs: 5_000 }, known, 15_000), false);
});

Deno.test("denseLayout() makes every period a second", () => {
  const dense = denseLayout('{"PollPeriodMs": 5000, "CapturePeriodS": 300}');
  assert.equal(dense, '{"PollPeriodMs": 500, "CapturePeriodS": 1}');
});
