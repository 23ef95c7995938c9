import { strict as assert } from "node:assert";
import { eventRow, storeTxn } from "../testing/store_conformance.ts";
import { DELETES_MAX, DELETES_WAIT_MS, groupCommit, TXNS_MAX } from "./group_commit.ts";
import type { Lane, StoreTxn } from "./port.ts";

function event(txn: number, lane: Lane): StoreTxn {
  return storeTxn(txn, { lane, append: [eventRow(txn, { lane })] });
}

Deno.test("groupCommit() gives each lane its wait", () => {
  const cases: [StoreTxn, number][] = [
    [event(1, 0), 100],
    [event(1, 1), 100],
    [event(1, 2), 2_100],
    [event(1, 3), 10_100],
    [storeTxn(1, { lane: 0, deletes: [1] }), 2_100],
    [storeTxn(1, { lane: 3, deletes: [1] }), 2_100],
    [storeTxn(1, { lane: 1, deletes: [1], keep: [{ key: "k", version: 1, value: "1", expiresWallMs: 0 }] }), 100],
    [storeTxn(1, { lane: 3, journalClearBeforeWallMs: 1 }), 10_100],
  ];
  for (const [txn, dueMs] of cases) {
    const policy = groupCommit();
    assert.equal(policy.dueMs, undefined);
    policy.add(txn, 100);
    assert.equal(policy.dueMs, dueMs, JSON.stringify(txn));
  }
});

Deno.test("groupCommit() is due at once when an urgent transaction comes, and takes the earlier ones with it", () => {
  const policy = groupCommit();
  policy.add(event(1, 3), 0);
  policy.add(event(2, 2), 10);
  assert.equal(policy.dueMs, 2_010);
  policy.add(event(3, 0), 20);
  assert.equal(policy.dueMs, 20);
  assert.deepEqual(policy.waiting().map(({ txn }) => txn), [1, 2, 3]);
  policy.committed(3);
  assert.equal(policy.dueMs, undefined);
});

Deno.test("groupCommit() is due when as many rows of lane 2 wait as may", () => {
  const policy = groupCommit({ lane2RowsMax: 3 });
  policy.add(event(1, 2), 0);
  policy.add(event(2, 2), 5);
  assert.equal(policy.dueMs, 2_000);
  policy.add(event(3, 2), 7);
  assert.equal(policy.dueMs, 7);
});

Deno.test("groupCommit() is due when as many transactions wait as may, whatever they hold", () => {
  const policy = groupCommit();
  for (let txn = 1; txn < TXNS_MAX; txn++) policy.add(storeTxn(txn, { lane: 2, deletes: [txn] }), 0);
  assert.equal(policy.dueMs, 2_000);
  policy.add(storeTxn(TXNS_MAX, { lane: 2, deletes: [TXNS_MAX] }), 7);
  assert.equal(policy.dueMs, 7);
});

Deno.test("committed() keeps what came while the disk was busy", () => {
  const policy = groupCommit();
  policy.add(event(1, 0), 0);
  policy.add(event(2, 2), 1);
  policy.committed(1);
  assert.deepEqual([policy.waiting().map(({ txn }) => txn), policy.dueMs], [[2], 2_001]);
});

Deno.test("add() makes the commit due when many acked rows wait for their deletion", () => {
  const policy = groupCommit();
  const deletes = Array.from({ length: DELETES_MAX / 2 }, (_, seq) => seq + 1);
  policy.add(storeTxn(1, { deletes }), 5);
  assert.equal(policy.dueMs, 5 + DELETES_WAIT_MS);
  policy.add(storeTxn(2, { deletes }), 6);
  assert.equal(policy.dueMs, 6);
  policy.committed(2);
  policy.add(storeTxn(3, { deletes }), 7);
  assert.equal(policy.dueMs, 7 + DELETES_WAIT_MS);
});

Deno.test("failed() waits longer each time, up to 30 s, and begins anew after a success", () => {
  const policy = groupCommit();
  policy.add(event(1, 0), 0);
  const waits: number[] = [];
  for (let n = 0; n < 9; n++) {
    policy.failed(1_000);
    waits.push(policy.dueMs! - 1_000);
  }
  assert.deepEqual(waits, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  policy.add(event(2, 0), 1_001);
  assert.equal(policy.dueMs, 31_000, "an urgent one does not hammer a broken disk");
  policy.committed(2);
  policy.add(event(3, 0), 40_000);
  policy.failed(40_000);
  assert.equal(policy.dueMs, 40_500);
});

Deno.test("add() refuses when the queue is full, and all later ones until the refused one comes again", () => {
  const policy = groupCommit({ queueRowsMax: 2 });
  policy.add(event(1, 2), 0);
  policy.add(event(2, 2), 0);
  assert.deepEqual(policy.add(event(3, 0), 0), { kind: "refused", refusedTxn: 3 });
  policy.committed(2);
  assert.deepEqual(policy.add(event(4, 0), 0), { kind: "refused", refusedTxn: 3 });
  assert.deepEqual(policy.add(event(3, 0), 0), { kind: "queued" });
  assert.deepEqual(policy.add(event(4, 0), 0), { kind: "queued" });
  assert.equal(policy.refused, 2);
});

Deno.test("add() refuses by bytes, yet takes one large transaction when nothing waits", () => {
  const policy = groupCommit({ queueBytesMax: 150 });
  assert.equal(policy.add(storeTxn(1, { append: [eventRow(1, { size: 40 })] }), 0).kind, "queued");
  assert.equal(policy.add(event(2, 2), 0).kind, "refused");
});

Deno.test("newLife() forgets a refused transaction and keeps the accepted ones", () => {
  const policy = groupCommit({ queueRowsMax: 1 });
  policy.add(event(7, 2), 0);
  policy.add(event(8, 2), 0);
  policy.newLife();
  policy.committed(1);
  assert.equal(policy.add(event(9, 2), 0).kind, "queued");
});
