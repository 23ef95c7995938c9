import { strict as assert } from "node:assert";
import { mapTail } from "./map_tail.ts";

Deno.test("mapTail() answers each entry once, also those added after the end was reached", () => {
  const map = new Map([["a", 1], ["b", 2]]);
  const added = mapTail<string, number>();
  assert.deepEqual(added(map), [["a", 1], ["b", 2]]);
  assert.deepEqual(added(map), []);
  map.set("a", 3).set("c", 4);
  assert.deepEqual(added(map), [["c", 4]]);
  assert.deepEqual(added(new Map([["d", 5]])), [["d", 5]]);
});
