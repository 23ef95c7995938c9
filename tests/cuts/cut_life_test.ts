import { strict as assert } from "node:assert";
import { randomStreams } from "../../src/testing/mod.ts";
import { drawMoments } from "./cut_life.ts";
import type { DiskRecord } from "./record_log.ts";

const BYTES = new Uint8Array(1);
const RECORDS: readonly DiskRecord[] = [
  { kind: "open", handle: 1, name: "a-wal", flags: 0 },
  { kind: "open", handle: 2, name: "a-shm", flags: 0 },
  { kind: "write", handle: 2, offset: 0, bytes: BYTES },
  { kind: "mark", text: '{"kind":"posted"}' },
  { kind: "write", handle: 1, offset: 0, bytes: BYTES },
  { kind: "sync", handle: 1 },
  { kind: "mark", text: '{"kind":"committed"}' },
];

Deno.test("drawMoments() draws every moment at which the disk or the promise differs when there are enough draws", () => {
  const moments = drawMoments(RECORDS, 200, randomStreams(1));
  assert.equal(moments.length, 200);
  assert.deepEqual([...new Set(moments)], [0, 1, 5, 6, 7]);
});

Deno.test("drawMoments() prefers the moment before a sync", () => {
  let before = 0;
  for (let seed = 0; seed < 100; seed++) if (drawMoments(RECORDS, 1, randomStreams(seed))[0] === 5) before++;
  assert.ok(before > 35, `${before} of 100`);
});
