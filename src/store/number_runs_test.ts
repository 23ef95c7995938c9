import { strict as assert } from "node:assert";
import { numberRuns } from "./number_runs.ts";

Deno.test("numberRuns() begins a run wherever a number is not the next one", () => {
  assert.deepEqual(numberRuns([]), []);
  assert.deepEqual(numberRuns([7]), [[7, 7]]);
  assert.deepEqual(numberRuns([1, 2, 3, 5, 5, 6, 4, 3]), [[1, 3], [5, 5], [5, 6], [4, 4], [3, 3]]);
});
