import { strict as assert } from "node:assert";
import type { EventRow, Lane, StoreTxn } from "../store/port.ts";
import { pendingTxns, STORE_WINDOW_BYTES, STORE_WINDOW_TXNS, WAITING_TXNS_MAX } from "./pending_txns.ts";

function row(seq: number, size = 10): EventRow {
  return { seq, lane: 2, class: "c", messageId: `m${seq}`, bytes: new Uint8Array(size) };
}

function txn(number: number, parts: Partial<StoreTxn> = {}): StoreTxn {
  const lane: Lane = 2;
  return { txn: number, lane, append: [], deletes: [], keep: [], inbox: [], journal: [], ...parts };
}

function numbers(txns: readonly StoreTxn[]): readonly number[] {
  return txns.map((one) => one.txn);
}

Deno.test("pendingTxns() hands over a window of transactions, and more when some are committed", () => {
  const pending = pendingTxns();
  for (let n = 1; n <= STORE_WINDOW_TXNS + 2; n++) pending.add(txn(n, { append: [row(n)] }));
  assert.equal(pending.takeSendable().length, STORE_WINDOW_TXNS);
  assert.deepEqual(pending.takeSendable(), []);
  assert.deepEqual(numbers(pending.committed(1)), [1]);
  assert.deepEqual(numbers(pending.takeSendable()), [STORE_WINDOW_TXNS + 1]);
  assert.equal(pending.size, STORE_WINDOW_TXNS + 1);
});

Deno.test("pendingTxns() bounds the window by bytes, and hands over one that is larger than it", () => {
  const pending = pendingTxns();
  pending.add(txn(1, { append: [row(1, STORE_WINDOW_BYTES + 1)] }));
  pending.add(txn(2, { append: [row(2)] }));
  assert.deepEqual(numbers(pending.takeSendable()), [1]);
  pending.committed(1);
  assert.deepEqual(numbers(pending.takeSendable()), [2]);
});

Deno.test("pendingTxns() counts kept values", () => {
  const pending = pendingTxns();
  const keep = [{ key: "k", version: 1, value: "x".repeat(STORE_WINDOW_BYTES / 2), expiresWallMs: 0 }];
  for (let n = 1; n <= 3; n++) pending.add(txn(n, { keep }));
  assert.deepEqual(numbers(pending.takeSendable()), [1]);
});

Deno.test("pendingTxns() gives up the oldest bulk first when the ring is full, and names what is gone whole", () => {
  const pending = pendingTxns();
  pending.add(txn(1, { lane: 1, append: [row(1)] }));
  for (let n = 2; n <= WAITING_TXNS_MAX; n++) assert.deepEqual(pending.add(txn(n, { append: [row(n)] })), []);
  assert.equal(pending.roomy, false);
  assert.deepEqual(pending.add(txn(WAITING_TXNS_MAX + 1, { append: [row(WAITING_TXNS_MAX + 1)] })), [2]);
  assert.equal(pending.dropped, 1);
  assert.deepEqual(numbers(pending.takeSendable()).slice(0, 2), [1, 3]);
});

Deno.test("pendingTxns() gives up events when bytes are short, and keeps the step's deletes and kept state", () => {
  const pending = pendingTxns();
  const keep = [{ key: "k", version: 1, value: "1", expiresWallMs: 0 }];
  pending.add(txn(1, { append: [row(1, 3_000_000)], deletes: [7], keep }));
  assert.deepEqual(pending.add(txn(2, { append: [row(2, 3_000_000)] })), []);
  assert.deepEqual(pending.takeSendable()[0], txn(1, { deletes: [7], keep }));
  assert.equal(pending.dropped, 1);
});

Deno.test("pendingTxns() leaves the readings of a report that is given up", () => {
  const pending = pendingTxns();
  const report = { append: [row(1, 3_000_000)], deletes: [7], journalClearBeforeWallMs: 300 };
  pending.add(txn(1, report));
  pending.add(txn(2, { append: [row(2, 3_000_000)] }));
  assert.deepEqual(pending.takeSendable()[0], txn(1, { deletes: [7] }));
});

Deno.test("pendingTxns() hands over again only what a replaced store had not committed", () => {
  const pending = pendingTxns();
  pending.add(txn(1, { append: [row(1)] }));
  pending.add(txn(2, { deletes: [1] }));
  pending.add(txn(3, { append: [row(2), row(3)] }));
  pending.add(txn(4, { append: [row(4)] }));
  pending.takeSendable();
  pending.add(txn(5, { append: [row(5)] }));
  assert.deepEqual(numbers(pending.reopened(3)), [1, 2, 3]);
  assert.deepEqual(numbers(pending.takeSendable()), [4, 5]);
});

Deno.test("pendingTxns() hands over refused transactions again when each refusal has come, and none twice", () => {
  const pending = pendingTxns();
  for (let n = 1; n <= 4; n++) pending.add(txn(n, { append: [row(n)] }));
  pending.takeSendable();
  assert.equal(pending.refused(2), true);
  pending.add(txn(5, { append: [row(5)] }));
  assert.deepEqual(pending.takeSendable(), []);
  assert.equal(pending.refused(2), false);
  assert.equal(pending.resend(), false, "the refusal of 4 is still on its way");
  assert.equal(pending.refused(2), false);
  assert.equal(pending.resend(), true);
  assert.deepEqual(numbers(pending.takeSendable()), [2, 3, 4, 5]);
  assert.deepEqual(numbers(pending.committed(5)), [1, 2, 3, 4, 5]);
  assert.equal(pending.size, 0);
});
