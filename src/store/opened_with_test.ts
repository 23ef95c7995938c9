import { strict as assert } from "node:assert";
import { storeTxn } from "../testing/store_conformance.ts";
import { openedWith } from "./opened_with.ts";
import type { FromStore, JournalRow } from "./port.ts";

const COUNTERS = { generated: 0, acked: 0, tombstoned: 0, pending: 0, applied: 0 };

function reading(wallMs: number, channel = "hp-lwt"): JournalRow {
  return { channel, value: wallMs / 10, wallMs };
}

function opened(journal: readonly JournalRow[]): Extract<FromStore, { kind: "opened" }> {
  return { kind: "opened", boot: "b", life: 2, lastSeq: 7, kept: [], counters: COUNTERS, journal, appliedIds: [] };
}

Deno.test("openedWith() shows a reading once when it is on the disk and waits for it, too", () => {
  const waiting = [
    storeTxn(1, { lane: 3, journal: [reading(10), reading(20.7)] }),
    storeTxn(2, { lane: 3, journal: [reading(20.7), { ...reading(30), value: NaN }, reading(20, "a")] }),
  ];
  const { journal } = openedWith(opened([reading(10)]), waiting, 1);
  assert.deepEqual(journal, [reading(10), reading(20, "a"), { ...reading(20), value: 2.07 }]);
});

Deno.test("openedWith() shows no reading that a waiting report has cleared", () => {
  const waiting = [
    storeTxn(1, { lane: 3, journal: [reading(20)] }),
    storeTxn(2, { journalClearBeforeWallMs: 20 }),
    storeTxn(3, { lane: 3, journal: [reading(30)] }),
  ];
  const { journal } = openedWith(opened([reading(10)]), waiting, 1);
  assert.deepEqual(journal, [reading(20), reading(30)]);
});
