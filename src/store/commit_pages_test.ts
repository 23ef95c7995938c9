import { strict as assert } from "node:assert";
import { storeFileUnderTest } from "../testing/store_file_under_test.ts";
import { storeTxn } from "../testing/store_under_test.ts";
import type { EventRow } from "./port.ts";

/** Bytes before the first page of a write-ahead log, and of a page with its frame. Source: https://www.sqlite.org/walformat.html */
const LOG_HEADER_BYTES = 32;
const FRAME_BYTES = 4_120;
const COMMITS = 200;
/** An envelope's size. */
const EVENT_BYTES = 450;
/** Pages of an average commit: events, account; now and then a new page of the table, and what keeps the free ones. */
const PAGES_MAX = 2.1;
/** With rows that go at the other end of the table, and pages that become free. */
const OLD_PAGES_MAX = 3.6;

function row(seq: number): EventRow {
  const messageId = `00000000-0000-4000-8000-${`${seq}`.padStart(12, "0")}`;
  return { seq, lane: 2, class: "gridworks.event.problem", messageId, bytes: new Uint8Array(EVENT_BYTES) };
}

/** @param ackedAfter Commits after which an event is acked. @returns Pages that an average commit writes. */
function pagesOf(ackedAfter: number): number {
  using file = storeFileUnderTest();
  using engine = file.open();
  const log = () => Math.max(0, Deno.statSync(`${file.path}-wal`).size - LOG_HEADER_BYTES) / FRAME_BYTES;
  let seq = 0;
  const commit = (n: number) => {
    const acked = 2 * (n - ackedAfter);
    const deletes = acked > 0 ? [acked - 1, acked] : [];
    engine.commit([storeTxn(n, { append: [row(++seq), row(++seq)], deletes })]);
  };
  const start = ackedAfter + 2;
  for (let n = 1; n < start; n++) commit(n);
  const before = log();
  for (let n = start; n < start + COMMITS; n++) commit(n);
  return (log() - before) / COMMITS;
}

Deno.test("commit() writes two pages for two events and the acks of the two before", () => {
  const pages = pagesOf(1);
  assert.ok(pages >= 1 && pages <= PAGES_MAX, `${pages} pages`);
});

Deno.test("commit() writes few pages also when the acks are of much older events", () => {
  const pages = pagesOf(100);
  assert.ok(pages <= OLD_PAGES_MAX, `${pages} pages`);
});
