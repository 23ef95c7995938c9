import { strict as assert } from "node:assert";
import type { EventRow, Lane } from "../store/port.ts";
import { reuploadWindow, URGENT_ROWS_RESERVE } from "./reupload_window.ts";

function row(seq: number, lane: Lane = 2, bytes = 10): EventRow {
  return { seq, lane, class: "x", messageId: `id${seq}`, bytes: new Uint8Array(bytes) };
}

Deno.test("reuploadWindow() grows by one each round trip and halves when it timed out", () => {
  const window = reuploadWindow({ rowsInitial: 5, rowsMax: 8, bytesMax: 1_000 });
  let seq = 0;
  for (let round = 0; round < 10; round++) {
    const sent: EventRow[] = [];
    while (window.hasRoom(row(seq + 1))) {
      sent.push(row(++seq));
      window.sent(sent.at(-1) as EventRow);
    }
    assert.equal(sent.length, Math.min(8, 5 + round));
    for (const one of sent) assert.equal(window.acked(one.messageId)?.seq, one.seq);
  }
  for (const rows of [4, 2, 1, 1]) {
    window.timedOut();
    assert.equal(window.rows, rows);
  }
});

Deno.test("reuploadWindow() bounds rows and bytes, with a reserve for the urgent only", () => {
  const window = reuploadWindow({ rowsInitial: 2, rowsMax: 256, bytesMax: 100 });
  assert.ok(window.hasRoom(row(1, 2, 5_000)));
  window.sent(row(1, 2, 90));
  assert.equal(window.hasRoom(row(2, 2, 11)), false);
  window.sent(row(2, 2, 10));
  assert.equal(window.hasRoom(row(3)), false);
  for (let seq = 3; seq < 3 + URGENT_ROWS_RESERVE; seq++) {
    assert.ok(window.hasRoom(row(seq, 0)));
    window.sent(row(seq, 0));
  }
  assert.equal(window.hasRoom(row(99, 0)), false);
  assert.throws(() => window.sent(row(1)), /sent while it is in flight/);
});
