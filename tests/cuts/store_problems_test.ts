import { strict as assert } from "node:assert";
import type { StoreTxn } from "../../src/store/port.ts";
import { eventRow, inboxRow, storeTxn } from "../../src/testing/mod.ts";
import { packTxn } from "./mark.ts";
import { makeReferenceStore, type StoreContent } from "./reference_store.ts";
import { type Allowed, storeProblems } from "./store_problems.ts";

const KEPT = { key: "k", version: 1, value: "1", expiresWallMs: 0 };
const FIRST = storeTxn(1, {
  append: [eventRow(1), eventRow(2), eventRow(3)],
  keep: [KEPT],
  inbox: [inboxRow("a")],
  journal: [{ channel: "c", value: 1, wallMs: 10 }],
});
const SECOND = storeTxn(2, {
  append: [eventRow(4)],
  deletes: [1],
  keep: [{ ...KEPT, version: 2, value: "2" }],
  inbox: [inboxRow("b")],
  journalClearBeforeWallMs: 11,
});

function contentAfter(...txns: readonly StoreTxn[]): StoreContent {
  const store = makeReferenceStore(1_000);
  for (const txn of txns) store.commit([packTxn(txn)]);
  return store.content();
}

const ALLOWED: Allowed = { committed: contentAfter(FIRST), next: contentAfter(FIRST, SECOND) };

/** The committed content with parts of it changed. */
function changed(change: Partial<StoreContent>): readonly string[] {
  return storeProblems({ ...ALLOWED.committed, ...change }, ALLOWED);
}

Deno.test("storeProblems() finds nothing in what was committed, nor in what was handed over after it", () => {
  assert.deepEqual(storeProblems(ALLOWED.committed, ALLOWED), []);
  assert.deepEqual(storeProblems(ALLOWED.next, ALLOWED), []);
});

Deno.test("storeProblems() names a committed event when it is lost", () => {
  const { pending, counters } = ALLOWED.committed;
  const found = { pending: [pending[0]!, pending[2]!], counters: { ...counters, generated: 2, pending: 2 } };
  assert.deepEqual(changed(found), ["1 committed events lost: 2"]);
});

Deno.test("storeProblems() names all events of an older store", () => {
  assert.deepEqual(storeProblems(contentAfter(), ALLOWED), [
    "2 committed events lost: 2, 3",
    "seq 3 was committed, 0 is the last",
    "1 kept values older than committed: k",
    "1 inbox rows lost: hw1.isone.peer a",
  ]);
});

Deno.test("storeProblems() names a seq that is there twice, and the account that it breaks", () => {
  const { pending } = ALLOWED.committed;
  assert.deepEqual(changed({ pending: [...pending, pending[1]!] }), [
    "the account does not add up: generated 3, acked 0, pending 4, tombstoned 0",
    "1 seqs twice: 2",
  ]);
});

Deno.test("storeProblems() names an event that was acked, or never was", () => {
  const { pending, counters } = ALLOWED.committed;
  const found = { pending: [...pending, { ...pending[0]!, seq: 9 }], counters: { ...counters, generated: 4 } };
  assert.deepEqual(changed(found), ["1 events are there that are acked, given up, or never were: 9"]);
});

Deno.test("storeProblems() names events that were given up without a tombstone", () => {
  const { pending, counters } = ALLOWED.next;
  const found = { ...ALLOWED.next, pending: pending.slice(1), counters: { ...counters, pending: 2, tombstoned: 1 } };
  assert.deepEqual(storeProblems(found, ALLOWED), [
    "1 events were given up, tombstones name 0",
    "1 committed events lost: 2",
  ]);
});

Deno.test("storeProblems() names a kept value that is gone, and an inbox row, and a reading", () => {
  assert.deepEqual(changed({ kept: [] }), ["1 kept values older than committed: k"]);
  assert.deepEqual(changed({ inbox: [] }), ["1 inbox rows lost: hw1.isone.peer a"]);
  const allowed = { ...ALLOWED, next: ALLOWED.committed };
  assert.deepEqual(storeProblems({ ...ALLOWED.committed, journal: [] }, allowed), ["1 readings lost: 10 c"]);
});

Deno.test("storeProblems() says so when a store holds parts of a commit", () => {
  const { inbox, counters } = ALLOWED.next;
  assert.deepEqual(changed({ inbox }), [
    `parts of a commit: found ${
      JSON.stringify({ ...counters, generated: 3, acked: 0, pending: 3, applied: 1 })
    }, seq 3`,
  ]);
});
