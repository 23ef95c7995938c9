import { strict as assert } from "node:assert";
import { editDistance, nearestName } from "./nearest_name.ts";

Deno.test("editDistance() counts insertions, deletions, replacements and swaps", () => {
  for (
    const [a, b, edits] of [["", "abc", 3], ["host", "host", 0], ["hsot", "host", 1], ["kitten", "sitting", 3]] as const
  ) {
    assert.equal(editDistance(a, b), edits, `${a} to ${b}`);
  }
});

Deno.test("nearestName() finds nothing when no candidate is near", () => {
  assert.equal(nearestName("relay33", ["relay3", "tank1"]), "relay3");
  assert.equal(nearestName("pump", ["relay3", "tank1"]), undefined);
});
