/** A target at the store on SQLite: whatever text and bytes a row has, it comes back as it went in, and the account is exact. */
import { strict as assert } from "node:assert";
import { openSqliteEngine } from "../../src/store/sqlite_engine.ts";
import type { StoreEngine, StoreTxn } from "../../src/store/port.ts";
import type { FuzzSeeds } from "./fuzz_seeds.ts";
import { bytesOf, type FuzzTarget, textOf, valueOf } from "./fuzz_target.ts";
import { makeSeed, type Sample } from "./mutate.ts";

/** Characters of the class and the key of a row: more than a type or a key of ours has. */
const NAME_CHARS_MAX = 200;
/** Above the largest row: nothing is evicted while one is looked at. */
const STORE_BYTES_MAX = 4_000_000;
const WALL_MS = 1_763_683_200_000;
/** Classes are counted one by one: a new file now and then keeps their number small. */
const INPUTS_PER_FILE = 500;

/** A text that SQLite can give back: UTF-8 without an end mark. */
function nameOf(text: string): string {
  return `x${text.slice(0, NAME_CHARS_MAX).toWellFormed().replaceAll("\0", "")}`;
}

class StoreTarget {
  #engine: StoreEngine | undefined;
  #inputs = 0;
  #txn = 0;
  #seq = 0;

  run(sample: Sample): string {
    const engine = this.#open();
    const bytes = bytesOf(sample);
    const type = (valueOf(sample) as { readonly TypeName?: unknown } | null | undefined)?.TypeName;
    const name = nameOf(typeof type === "string" ? type : textOf(sample));
    const seq = ++this.#seq;
    const row = { seq, lane: 2 as const, class: name, messageId: `${name} ${seq}`, bytes };
    const kept = { key: `load/${name}`, version: 1, value: JSON.stringify(textOf(sample)), expiresWallMs: 0 };
    this.#commit(engine, { append: [row], keep: [kept] });
    const read = engine.read({ kind: "read", id: 1, afterSeq: seq - 1, lanes: [2], rowsMax: 1, bytesMax: 1e9 });
    assert.deepEqual(read.rows.map((one) => ({ ...one, bytes: [...one.bytes] })), [{ ...row, bytes: [...bytes] }]);
    const again = engine.open("boot", this.#inputs);
    assert.deepEqual(again.kept.find(({ key }) => key === kept.key), kept);
    this.#commit(engine, { deletes: [seq], keep: [{ ...kept, value: null }] });
    const { generated, acked, pending, tombstoned } = engine.counters();
    assert.deepEqual({ acked, pending, tombstoned }, { acked: generated, pending: 0, tombstoned: 0 });
    return "kept and given back";
  }

  end(): void {
    this.#engine?.[Symbol.dispose]();
    this.#engine = undefined;
  }

  #open(): StoreEngine {
    if (this.#inputs++ % INPUTS_PER_FILE === 0) this.end();
    if (this.#engine !== undefined) return this.#engine;
    this.#engine = openSqliteEngine({
      path: ":memory:",
      owner: "agent",
      bytesMax: STORE_BYTES_MAX,
      wallMs: () => WALL_MS,
      newId: () => "00000000-0000-4000-8000-000000000000",
    });
    this.#engine.open("boot", this.#inputs);
    return this.#engine;
  }

  #commit(engine: StoreEngine, what: Partial<StoreTxn>): void {
    const nothing = { append: [], deletes: [], keep: [], inbox: [], journal: [] };
    assert.deepEqual(engine.commit([{ txn: ++this.#txn, lane: 2, ...nothing, ...what }]), [], "rows were evicted");
  }
}

/** The target at the store. */
export function storeTarget({ payloads }: FuzzSeeds): FuzzTarget {
  const target = new StoreTarget();
  const seeds = payloads.map((text) => makeSeed(text, true));
  return {
    name: "store on SQLite",
    weight: 2,
    seeds,
    run: (sample) => target.run(sample),
    end: () => target.end(),
  };
}
