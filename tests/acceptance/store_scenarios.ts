import { strict as assert } from "node:assert";
import { EnvironmentError } from "../../src/core/errors.ts";
import type { EventRow, StoreEngine } from "../../src/store/port.ts";
import { openSqliteEngine } from "../../src/store/sqlite_engine.ts";
import { eventRow, storeTxn } from "../../src/testing/store_under_test.ts";
import type { UnitScenario } from "./scenario.ts";

const OWNER = "d1.isone.scada";
/** Rows of a read that takes all. */
const ALL = { kind: "read", id: 1, afterSeq: 0, lanes: [0, 1, 2, 3], rowsMax: 10_000, bytesMax: 1e9 } as const;

/** One store on a disk; every step is followed by a look through a second engine, opened anew. */
class StoreOnDisk implements Disposable {
  readonly #folder = Deno.makeTempDirSync({ prefix: "hearth-acceptance-" });
  readonly #bytesMax: number;
  #txns = 0;
  /** Code with which the next commit fails. */
  failsWith: string | undefined;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Commits, then looks anew. @returns How many events were given up for it. */
  commit(append: readonly EventRow[], deletes: readonly number[] = []): number {
    using engine = this.#open();
    engine.open("boot", ++this.#txns);
    const evicted = engine.commit([storeTxn(1, { append, deletes })]);
    return evicted.reduce((sum, { count }) => sum + count, 0);
  }

  get rows(): readonly EventRow[] {
    using engine = this.#open();
    return engine.read(ALL).rows;
  }

  get seqs(): readonly number[] {
    return this.rows.map(({ seq }) => seq);
  }

  get counts(): ReturnType<StoreEngine["counters"]> {
    using engine = this.#open();
    return engine.counters();
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#folder, { recursive: true });
  }

  #open(): StoreEngine {
    const beforeCommit = () => {
      const code = this.failsWith;
      this.failsWith = undefined;
      if (code !== undefined) throw new EnvironmentError("Cannot commit as planned", code);
    };
    const path = `${this.#folder}/store.db`;
    const wallMs = () => 1_700_000_000_000;
    return openSqliteEngine({
      path,
      owner: OWNER,
      bytesMax: this.#bytesMax,
      wallMs,
      newId: () => "store",
      beforeCommit,
    });
  }
}

function happyPath(): void {
  using store = new StoreOnDisk(1_000_000);
  assert.deepEqual(store.seqs, []);
  const text = '{"TypeName":"gridworks.event.problem","Summary":"é 2.0"}';
  const first = { ...eventRow(1), bytes: new TextEncoder().encode(text) };
  store.commit([first]);
  assert.equal(new TextDecoder().decode(store.rows[0]!.bytes), text);
  store.commit([eventRow(2)]);
  assert.deepEqual(store.seqs, [1, 2]);
  store.commit([], [2]);
  store.commit([], [1]);
  assert.deepEqual(store.seqs, []);
  assert.deepEqual(store.counts, { generated: 2, acked: 2, tombstoned: 0, pending: 0, applied: 0 });
}

function maxSize(): void {
  using store = new StoreOnDisk(5_000);
  for (let seq = 1; seq <= 4; seq++) assert.equal(store.commit([eventRow(seq, { size: 1_200 })]), 0);
  for (let seq = 5; seq <= 12; seq++) {
    assert.equal(store.commit([eventRow(seq, { size: 1_200 })]), 1);
    assert.deepEqual(store.seqs, [seq - 3, seq - 2, seq - 1, seq]);
  }
  assert.equal(store.commit([eventRow(13, { size: 2_400 })]), 2);
  assert.deepEqual(store.seqs, [11, 12, 13]);
  const { generated, tombstoned, pending } = store.counts;
  assert.deepEqual({ generated, tombstoned, pending }, { generated: 13, tombstoned: 10, pending: 3 });
}

function sizeAndDays(): void {
  using store = new StoreOnDisk(10_000);
  for (let seq = 1; seq <= 10; seq++) store.commit([eventRow(seq, { size: 1_000 })]);
  assert.equal(store.commit([eventRow(11, { size: 1_000 })]), 1);
  assert.equal(store.commit([eventRow(12, { size: 2_000 })]), 2);
  assert.equal(store.commit([eventRow(13, { size: 4_000 })]), 4);
  assert.deepEqual(store.seqs, [8, 9, 10, 11, 12, 13]);
  store.commit([], store.seqs);
  assert.deepEqual(store.counts, { generated: 13, acked: 6, tombstoned: 7, pending: 0, applied: 0 });
}

function problems(): void {
  using store = new StoreOnDisk(1_000_000);
  store.commit([eventRow(1)]);
  store.failsWith = "SQLITE_FULL";
  assert.throws(() => store.commit([eventRow(2)]), { name: "EnvironmentError", code: "SQLITE_FULL" });
  assert.deepEqual(store.seqs, [1]);
  store.commit([eventRow(2)]);
  store.commit([], [7]);
  assert.deepEqual(store.seqs, [1, 2]);
  assert.deepEqual(store.counts, { generated: 2, acked: 0, tombstoned: 0, pending: 2, applied: 0 });
}

/** Scenarios of the reference's test_rolling_file_persister.py and test_sqlite_persister.py, on the product's store. */
export const STORE_SCENARIOS: readonly UnitScenario[] = [
  {
    name: "Events are kept as they are and cleared in any order, and a store opened anew has the same",
    run: happyPath,
  },
  { name: "A store at its cap gives up the oldest events and counts them (corrected)", run: maxSize },
  {
    name: "A large event takes the room of as many old ones as it needs, and the account stays exact",
    run: sizeAndDays,
  },
  { name: "A refused commit changes nothing, and what is unknown is cleared without harm (corrected)", run: problems },
];
