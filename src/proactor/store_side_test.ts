import { strict as assert } from "node:assert";
import type { Counters, EventRow, FromStore, ToStore } from "../store/port.ts";
import { TURN_ROWS_MAX } from "./shared_txn.ts";
import { HELD_SENDS_MAX, type StoreSide, storeSide } from "./store_side.ts";

const COUNTERS: Counters = { generated: 0, acked: 0, tombstoned: 0, pending: 0, applied: 0 };

function openedAt(lastSeq: number): FromStore {
  const life = { kind: "opened", boot: "b", life: 1, kept: [], journal: [], appliedIds: [] } as const;
  return { ...life, lastSeq, counters: COUNTERS };
}

function bench(): { side: StoreSide; txns: () => readonly unknown[]; left: string[] } {
  const sent: ToStore[] = [];
  const side = storeSide((message) => sent.push(message));
  side.input(openedAt(10));
  const txns = () =>
    sent.splice(0).map((message) => {
      assert.equal(message.kind, "txn");
      const { txn, lane, append, deletes } = (message as Extract<ToStore, { kind: "txn" }>).txn;
      return { txn, lane, append: append.map((row) => row.seq), deletes };
    });
  return { side, txns, left: [] };
}

function row(side: StoreSide, lane: 1 | 2 = 2): EventRow {
  const seq = side.nextSeq();
  return { seq, lane, class: "c", messageId: `m${seq}`, bytes: new Uint8Array(1) };
}

function end(side: StoreSide): void {
  side.endStep();
  side.endTurn();
}

function commit(side: StoreSide, txn: number): readonly number[] {
  return side.input({ kind: "committed", txn, counters: COUNTERS }).map(({ seq }) => seq);
}

Deno.test("storeSide() makes one transaction of all rows of a step, in its most urgent lane", () => {
  const { side, txns } = bench();
  side.append(row(side));
  side.append(row(side, 1));
  side.remove(3);
  end(side);
  end(side);
  assert.deepEqual(txns(), [{ txn: 1, lane: 1, append: [11, 12], deletes: [3] }]);
});

Deno.test("storeSide() lets the sends of a step with rows leave after its commit, and a step without rows wait for nobody", () => {
  const { side, left } = bench();
  side.append(row(side));
  side.afterCommit(() => left.push("with rows"));
  end(side);
  side.afterCommit(() => left.push("without"));
  end(side);
  side.journal({ channel: "t", value: 1, wallMs: 1 });
  side.afterCommit(() => left.push("journal only"));
  end(side);
  assert.deepEqual(left, ["without", "journal only"]);
  assert.deepEqual(commit(side, 1), [11]);
  assert.deepEqual(left, ["without", "journal only", "with rows"]);
});

Deno.test("storeSide() lets an afterAll() send wait for the rows of earlier steps", () => {
  const { side, left } = bench();
  side.append(row(side));
  end(side);
  side.afterAll(() => left.push("ack"));
  end(side);
  assert.equal(left.length, 0);
  commit(side, 1);
  assert.deepEqual([...left], ["ack"]);
  side.afterAll(() => left.push("again"));
  end(side);
  assert.deepEqual(left, ["ack", "again"]);
});

Deno.test("storeSide() makes a transaction of rows that a send writes", () => {
  const { side, txns } = bench();
  side.afterCommit(() => side.append(row(side)));
  end(side);
  assert.deepEqual(txns(), [{ txn: 1, lane: 2, append: [11], deletes: [] }]);
});

Deno.test("storeSide() drops the oldest held sends beyond the bound, and counts them", () => {
  const { side, left } = bench();
  side.append(row(side));
  for (let n = 0; n <= HELD_SENDS_MAX; n++) side.afterCommit(() => left.push(`${n}`));
  end(side);
  commit(side, 1);
  assert.deepEqual([left.length, left[0], side.heldDropped], [HELD_SENDS_MAX, "1", 1]);
});

Deno.test("storeSide() hands over again what a replaced store had not committed, and numbers on", () => {
  const { side, txns, left } = bench();
  for (const name of ["a", "b"]) {
    side.append(row(side));
    side.afterCommit(() => left.push(name));
    end(side);
  }
  txns();
  const durable = side.input(openedAt(11)).map(({ seq }) => seq);
  assert.deepEqual([durable, left], [[11], ["a"]]);
  assert.deepEqual(txns(), [{ txn: 2, lane: 2, append: [12], deletes: [] }]);
  assert.equal(side.nextSeq(), 13);
});

Deno.test("storeSide() breaks when an event is recorded before the store is open", () => {
  const side = storeSide(() => {});
  assert.throws(() => side.nextSeq(), { message: "Invariant broken: no event before the store is open" });
});

Deno.test("storeSide() makes one transaction of the steps of a turn that are of one lane", () => {
  const { side, txns, left } = bench();
  for (const lane of [2, 2, 1, 2] as const) {
    side.append(row(side, lane));
    side.remove(lane);
    side.afterCommit(() => left.push(`row ${lane}`));
    side.endStep();
    side.afterCommit(() => left.push("at once"));
    side.endStep();
  }
  assert.deepEqual([txns().length, left.splice(0)], [0, ["at once", "at once", "at once", "at once"]]);
  side.endTurn();
  side.endTurn();
  assert.deepEqual(txns(), [
    { txn: 1, lane: 2, append: [11, 12], deletes: [2, 2] },
    { txn: 2, lane: 1, append: [13], deletes: [1] },
    { txn: 3, lane: 2, append: [14], deletes: [2] },
  ]);
  commit(side, 1);
  assert.deepEqual(left.splice(0), ["row 2", "row 2"]);
  commit(side, 3);
  assert.deepEqual(left, ["row 1", "row 2"]);
});

Deno.test("storeSide() begins a transaction when the last one is full, and never parts the rows of a step", () => {
  const { side, txns } = bench();
  for (const rows of [TURN_ROWS_MAX - 1, 1, 1, TURN_ROWS_MAX + 5]) {
    for (let i = 0; i < rows; i++) side.remove(i + 1);
    side.endStep();
  }
  end(side);
  const sizes = (txns() as { readonly deletes: readonly number[] }[]).map(({ deletes }) => deletes.length);
  assert.deepEqual(sizes, [TURN_ROWS_MAX, 1, TURN_ROWS_MAX + 5]);
});

Deno.test("storeSide() does not clear what is journalled by a later step of the turn", () => {
  const { side, txns } = bench();
  for (const beforeMs of [undefined, 5, undefined]) {
    side.journal({ channel: "t", value: 1, wallMs: 1 });
    if (beforeMs !== undefined) side.clearJournal(beforeMs);
    side.endStep();
  }
  end(side);
  assert.equal(txns().length, 3);
});
