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
  const deaths = [death(20_000, [5_000, 10_000, 10_001]), death(40_000, [10_001, 25_000])];
  assert.deepEqual(reportProblems([report(21_000, [5_000, 10_000]), report(41_000, [25_000])], deaths), []);
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

Deno.test("isMidSlot() is true when readings of life and slot are old enough and the report is not due", () => {
  const slot = { slotMs: 16_000, bornWallMs: 0, extraMs: 1_000 };
  const at = [10_999, 11_000, 15_500, 15_501, 26_999, 27_000].map((wallMs) => isMidSlot(slot, wallMs));
  assert.deepEqual(at, [false, true, true, false, false, true]);
  assert.equal(isMidSlot({ ...slot, bornWallMs: 5_000 }, 15_000), false);
});

Deno.test("denseLayout() makes every period a second", () => {
  assert.equal(denseLayout('{"CapturePeriodS": 300}'), '{"CapturePeriodS": 1}');
});
