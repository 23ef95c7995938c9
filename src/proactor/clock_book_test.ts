import { strict as assert } from "node:assert";
import { CLOCK_KEY, clockBook, CLOCKS_MAX } from "./clock_book.ts";

const RIGHT_MS = 1_800_000_000_000;

function bench(name: string, wallMs: number) {
  let monotonicMs = 0;
  let offsetMs = wallMs;
  const book = clockBook(name, { realMs: () => monotonicMs, realWallMs: () => offsetMs + monotonicMs });
  return {
    book,
    pass: (ms: number) => void (monotonicMs += ms),
    set: (nowWallMs: number) => void (offsetMs = nowWallMs - monotonicMs),
  };
}

Deno.test("clockBook() keeps its offset once when a clock that stamped wrongly is right", () => {
  const at = bench("b/1", 5_000);
  at.pass(100);
  assert.deepEqual([at.book.mark(), at.book.offsetMs("b/1")], [{ clock: "b/1", offsetMs: 5_000 }, undefined]);
  assert.equal(at.book.takeKept(), undefined);
  at.set(RIGHT_MS);
  assert.equal(at.book.offsetMs("b/1"), RIGHT_MS - 100);
  assert.deepEqual(at.book.mark(), { clock: "b/1", offsetMs: 5_000 }, "what is recorded late was stamped before");
  const value = JSON.stringify([["b/1", RIGHT_MS - 100]]);
  assert.deepEqual(at.book.takeKept(), { key: CLOCK_KEY, version: 1, value, expiresWallMs: 0 });
  assert.equal(at.book.takeKept(), undefined);
});

Deno.test("clockBook() keeps nothing when the clock was right all the time", () => {
  const { book } = bench("b/1", RIGHT_MS);
  assert.deepEqual([book.takeKept(), book.mark()], [undefined, { clock: "", offsetMs: 0 }]);
});

Deno.test("clockBook() knows the offsets of earlier clocks, and keeps the newest of them", () => {
  const at = bench("new/1", 0);
  at.book.restore(JSON.stringify(Array.from({ length: CLOCKS_MAX }, (_, n) => [`old/${n}`, n])));
  assert.deepEqual([at.book.offsetMs("old/3"), at.book.offsetMs("other/1")], [3, undefined]);
  at.book.mark();
  at.set(RIGHT_MS);
  const kept = JSON.parse(at.book.takeKept()!.value!);
  assert.deepEqual([kept.length, kept[0], kept.at(-1)], [CLOCKS_MAX, ["old/1", 1], ["new/1", RIGHT_MS]]);
  assert.throws(() => at.book.restore("{"));
});
