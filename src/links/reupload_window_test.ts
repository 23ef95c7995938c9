import { strict as assert } from "node:assert";
import type { EventRow, Lane } from "../store/port.ts";
import { type ReuploadWindow, reuploadWindow, URGENT_ROWS_RESERVE } from "./reupload_window.ts";

function row(seq: number, lane: Lane = 2, bytes = 10): EventRow {
  return { seq, lane, class: "x", messageId: `id${seq}`, bytes: new Uint8Array(bytes) };
}

/** Sends what fits, and acks all of it after `tookMs`. @returns How many rows fitted. */
function round(window: ReuploadWindow, tookMs: number, rowsMax = Infinity): number {
  const sent: EventRow[] = [];
  while (sent.length < rowsMax && window.hasRoom(row(seqs + 1))) {
    sent.push(row(++seqs));
    window.sent(sent.at(-1)!, 1_000);
  }
  for (const one of sent) assert.equal(window.acked(one.messageId, 1_000 + tookMs)?.seq, one.seq);
  return sent.length;
}

let seqs = 0;
const BOUNDS = { rowsInitial: 5, rowsMax: 64, bytesMax: 1_000, ackTimeoutMs: 5_000 };

Deno.test("reuploadWindow() doubles each round trip, and halves when it timed out", () => {
  const window = reuploadWindow(BOUNDS);
  assert.deepEqual([10, 20, 30, 20, 10].map((tookMs) => round(window, tookMs)), [5, 10, 20, 40, 64]);
  for (const rows of [32, 16, 8, 4, 2, 1, 1]) {
    window.timedOut();
    assert.equal(window.rows, rows);
  }
  assert.deepEqual([10, 10, 10].map((tookMs) => round(window, tookMs)), [1, 2, 3]);
});

Deno.test("reuploadWindow() grows by one from the first long round trip on", () => {
  const window = reuploadWindow(BOUNDS);
  assert.deepEqual([1_000, 1_250, 1_251, 100, 100].map((tookMs) => round(window, tookMs)), [5, 10, 20, 21, 22]);
});

Deno.test("reuploadWindow() stays when a round trip did not fill it, or took most of the ack time-out", () => {
  const window = reuploadWindow(BOUNDS);
  assert.deepEqual([round(window, 10, 4), round(window, 3_751), round(window, 3_750)], [4, 5, 5]);
  assert.equal(window.rows, 6);
});

Deno.test("reuploadWindow() bounds rows and bytes, with a reserve for the urgent only", () => {
  const window = reuploadWindow({ rowsInitial: 2, rowsMax: 256, bytesMax: 100, ackTimeoutMs: 5_000 });
  assert.ok(window.hasRoom(row(1, 2, 5_000)));
  window.sent(row(1, 2, 90), 0);
  assert.equal(window.hasRoom(row(2, 2, 11)), false);
  window.sent(row(2, 2, 10), 0);
  assert.equal(window.hasRoom(row(3)), false);
  for (let seq = 3; seq < 3 + URGENT_ROWS_RESERVE; seq++) {
    assert.ok(window.hasRoom(row(seq, 0)));
    window.sent(row(seq, 0), 0);
  }
  assert.equal(window.hasRoom(row(99, 0)), false);
  assert.throws(() => window.sent(row(1), 0), /sent while it is in flight/);
});
