import { strict as assert } from "node:assert";
import type { EventRow } from "../store/port.ts";
import type { LinksContext } from "./port.ts";
import { AHEAD_ROWS_LOW, AHEAD_ROWS_MAX, READ_ROWS_MAX, rowStream } from "./row_stream.ts";

function rowsOf(from: number, to: number): EventRow[] {
  const bytes = new Uint8Array(10);
  return Array.from(
    { length: to - from + 1 },
    (_, index) => ({ seq: from + index, lane: 2, class: "c", messageId: `m${from + index}`, bytes }),
  );
}

/** A stream with a window that the test opens, a store that notes what it is asked, and what was sent. */
function setUp() {
  const sent: number[] = [];
  const asked: number[] = [];
  const window = { room: 0 };
  const ctx = { readRows: ({ afterSeq }: { afterSeq: number }) => asked.push(afterSeq) } as unknown as LinksContext;
  const stream = rowStream([2, 3], (row) => {
    if (window.room === 0) return "waits";
    window.room--;
    sent.push(row.seq);
    return "gone";
  });
  function open(rows: number): boolean {
    window.room += rows;
    return stream.offerAhead(ctx);
  }
  stream.begin();
  return { stream, ctx, sent, asked, open };
}

/** An active stream that has found its store empty. */
function setUpLive() {
  const all = setUp();
  all.stream.read(all.ctx);
  all.stream.rowsRead([], true, all.ctx);
  all.asked.length = 0;
  return all;
}

Deno.test("rowStream() keeps new rows in memory while the window is full, and sends them in order without a read", () => {
  const { stream, ctx, sent, asked, open } = setUpLive();
  stream.committed(rowsOf(1, 3), true, ctx);
  assert.equal(open(2), false);
  stream.committed(rowsOf(4, 5), true, ctx);
  assert.deepEqual([sent, stream.running], [[1, 2], true]);
  assert.equal(open(10), false);
  assert.deepEqual([sent, asked, stream.running], [[1, 2, 3, 4, 5], [], false]);
});

Deno.test("rowStream() leaves rows beyond its bound to the store, and reads on after the last row ahead", () => {
  const { stream, ctx, sent, asked, open } = setUpLive();
  const all = AHEAD_ROWS_MAX + 10;
  stream.committed(rowsOf(1, all), true, ctx);
  assert.equal(open(1), false, "enough is ahead");
  assert.equal(open(AHEAD_ROWS_MAX - AHEAD_ROWS_LOW), true, "little is ahead");
  stream.read(ctx);
  assert.deepEqual(asked, [AHEAD_ROWS_MAX]);
  open(AHEAD_ROWS_LOW);
  stream.committed(rowsOf(all + 1, all + 1), true, ctx);
  stream.rowsRead(rowsOf(AHEAD_ROWS_MAX + 1, all), true, ctx);
  assert.equal(open(20), true, "a row was committed after the question");
  stream.read(ctx);
  stream.rowsRead(rowsOf(all + 1, all + 1), true, ctx);
  open(1);
  assert.deepEqual(sent, rowsOf(1, all + 1).map(({ seq }) => seq));
  assert.equal(stream.running, false);
});

Deno.test("rowStream() asks for the next rows while the last ones are sent", () => {
  const { stream, ctx, sent, asked, open } = setUp();
  stream.read(ctx);
  stream.rowsRead(rowsOf(1, READ_ROWS_MAX), false, ctx);
  assert.equal(open(READ_ROWS_MAX - AHEAD_ROWS_LOW), false);
  assert.equal(open(1), true);
  stream.read(ctx);
  stream.rowsRead(rowsOf(READ_ROWS_MAX + 1, READ_ROWS_MAX + 5), true, ctx);
  open(READ_ROWS_MAX);
  assert.deepEqual([asked, sent.length, stream.running], [[0, READ_ROWS_MAX], READ_ROWS_MAX + 5, false]);
});

Deno.test("rowStream() reads again what an eviction has left between the rows that it took", () => {
  const { stream, ctx, sent, asked, open } = setUpLive();
  stream.committed(rowsOf(1, 5), true, ctx);
  stream.forget(2, 4);
  assert.equal(open(10), true);
  stream.read(ctx);
  stream.rowsRead([...rowsOf(3, 3), ...rowsOf(5, 5)], true, ctx);
  assert.deepEqual([sent, asked, stream.running], [[1, 3, 5], [1], false]);
});

Deno.test("rowStream() reads nothing when an eviction takes no row that is ahead", () => {
  const { stream, ctx, sent, open } = setUpLive();
  stream.committed(rowsOf(6, 8), true, ctx);
  stream.forget(2, 5);
  assert.equal(open(10), false);
  assert.deepEqual([sent, stream.running], [[6, 7, 8], false]);
});

Deno.test("rowStream() takes rows once that were read before they were told of", () => {
  const { stream, ctx, sent, open } = setUp();
  stream.read(ctx);
  stream.rowsRead(rowsOf(1, 5), true, ctx);
  open(3);
  stream.committed(rowsOf(2, 6), true, ctx);
  open(10);
  assert.deepEqual([sent, stream.running], [[1, 2, 3, 4, 5, 6], false]);
});

Deno.test("rowStream() drops an answer that was asked for before the link was lost, and begins at its lowest row in flight", () => {
  const { stream, ctx, sent, asked, open } = setUp();
  stream.read(ctx);
  stream.rowsRead(rowsOf(1, 3), false, ctx);
  open(3);
  stream.read(ctx);
  stream.end(2);
  stream.begin();
  stream.rowsRead(rowsOf(4, 6), true, ctx);
  stream.read(ctx);
  assert.deepEqual([asked, sent], [[0, 3, 1], [1, 2, 3]]);
});
