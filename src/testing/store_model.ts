import { strict as assert } from "node:assert";
import fc from "fast-check";
import { EnvironmentError } from "../core/errors.ts";
import type { Lane, StoreEngine, StoreTxn } from "../store/port.ts";
import {
  checkAccount,
  eventRow,
  inboxRow,
  type MakeStore,
  pendingSeqs,
  ROOM_BYTES,
  storeTxn,
  type StoreUnderTest,
} from "./store_under_test.ts";

/** One step of a random run: events by lane, which earlier seqs to ack, and the rest as small numbers. */
export const stepArbitrary = fc.record({
  lanes: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 5 }),
  size: fc.integer({ min: 0, max: 20 }),
  acks: fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 4 }),
  keep: fc.option(fc.record({ key: fc.integer({ min: 0, max: 3 }), gone: fc.boolean() })),
  inbox: fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 3 }),
  journal: fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 3 }),
  clear: fc.option(fc.integer({ min: 0, max: 31 })),
  /** The first commit with this step fails. */
  fails: fc.boolean(),
  /** The engine is closed and opened again after the step. */
  reopens: fc.boolean(),
});

/** A step of a random run. */
export type Step = typeof stepArbitrary extends fc.Arbitrary<infer T> ? T : never;

/** Turns random steps into transactions with ascending seqs. */
export function txnsOf(steps: readonly Step[]): StoreTxn[] {
  let seq = 0;
  return steps.map((step, n) =>
    storeTxn(n + 1, {
      append: step.lanes.map((lane) => eventRow(++seq, { lane: lane as Lane, class: `c${seq % 3}`, size: step.size })),
      deletes: step.acks,
      keep: step.keep
        ? [{ key: `k${step.keep.key}`, version: n, value: step.keep.gone ? null : `${n}`, expiresWallMs: 0 }]
        : [],
      inbox: step.inbox.map((id) => inboxRow(`m${id}`, `p${id % 2}`)),
      journal: step.journal.map((at) => ({ channel: `ch${at % 2}`, value: n, wallMs: at })),
      ...(step.clear === null ? {} : { journalClearBeforeWallMs: step.clear }),
    })
  );
}

/** All that an engine shows of itself. */
export function storeView(engine: StoreEngine): unknown {
  return {
    opened: engine.open("b", 1),
    rows: engine.read({ kind: "read", id: 1, afterSeq: 0, lanes: [0, 1, 2, 3], rowsMax: 1_000, bytesMax: 1e9 }),
    inbox: engine.inboxList(1_000),
  };
}

/** Runs random steps on an engine, with failures and new engines between. @returns What it showed after each step. */
export function runSteps(store: StoreUnderTest, steps: readonly Step[]): unknown[] {
  const seen: unknown[] = [];
  let engine = store.open();
  try {
    for (const [n, txn] of txnsOf(steps).entries()) {
      if (steps[n]!.fails) {
        const before = storeView(engine);
        store.failCommit(1, "SQLITE_IOERR");
        assert.throws(() => engine.commit([txn]), EnvironmentError);
        assert.deepEqual(storeView(engine), before);
      }
      seen.push(engine.commit([txn]));
      if (steps[n]!.reopens) {
        engine[Symbol.dispose]();
        engine = store.open();
      }
      checkAccount(engine.counters());
      seen.push(storeView(engine));
    }
  } finally {
    engine[Symbol.dispose]();
  }
  return seen;
}

/** Random steps, and then the seqs that must be pending, and the account, without any of the engine's code. */
export function testModel(make: MakeStore): void {
  fc.assert(
    fc.property(fc.array(stepArbitrary, { maxLength: 12 }), (steps) => {
      using store = make({ bytesMax: ROOM_BYTES, wallMs: () => 1 });
      runSteps(store, steps);
      const pending = new Set<number>();
      const applied = new Set<string>();
      let generated = 0, acked = 0;
      for (const txn of txnsOf(steps)) {
        for (const row of txn.append) generated += pending.add(row.seq) ? 1 : 0;
        for (const seq of txn.deletes) acked += pending.delete(seq) ? 1 : 0;
        for (const row of txn.inbox) applied.add(row.messageId);
      }
      using engine = store.open();
      assert.deepEqual(pendingSeqs(engine), [...pending]);
      const counters = { generated, acked, tombstoned: 0, pending: pending.size, applied: applied.size };
      assert.deepEqual(engine.counters(), counters);
    }),
    { numRuns: 60 },
  );
}
