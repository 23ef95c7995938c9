import { strict as assert } from "node:assert";
import { recentSet } from "./recent_set.ts";

Deno.test("recentSet() forgets its oldest member when it is full", () => {
  const recent = recentSet<string>(2);
  for (const member of ["a", "b", "a", "c"]) recent.add(member);
  assert.deepEqual([recent.size, ["a", "b", "c"].map(recent.has)], [2, [false, true, true]]);
});

Deno.test("recentSet() stays within its size over many members", () => {
  const recent = recentSet<number>(100);
  for (let n = 1; n <= 10_000; n++) recent.add(n);
  assert.deepEqual([recent.size, recent.has(9_900), recent.has(9_901)], [100, false, true]);
});
