import { strict as assert } from "node:assert";
import { refusals, UNACKED_MAX, UNACKED_ROWS_MAX } from "./refusals.ts";

Deno.test("isRefused() says so for each second sending when a row timed out often enough", () => {
  const memory = refusals();
  const said: boolean[] = [];
  for (let sending = 0; sending < UNACKED_MAX + 4; sending++) {
    said.push(memory.isRefused("a"));
    memory.timedOut("a");
  }
  assert.deepEqual(said, [...Array<boolean>(UNACKED_MAX).fill(false), true, false, true, false]);
  memory.acked("a");
  assert.equal(memory.isRefused("a"), false);
});

Deno.test("timedOut() forgets the row that was counted first when too many are counted", () => {
  const memory = refusals();
  for (let time = 0; time < UNACKED_MAX; time++) memory.timedOut("first");
  for (let row = 1; row < UNACKED_ROWS_MAX; row++) memory.timedOut(`row ${row}`);
  assert.equal(memory.isRefused("first"), true);
  memory.timedOut("one more");
  assert.equal(memory.isRefused("first"), false);
});
