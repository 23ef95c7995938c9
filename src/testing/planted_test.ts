import { strict as assert } from "node:assert";
import { inboxPlant, isPlantedName, linkPlant, PLANTED_NAMES } from "./planted.ts";
import { enginePlant } from "./planted_engine.ts";
import { nodePlant } from "./planted_node.ts";

Deno.test("every planted bug changes exactly one part, and none is changed without one", () => {
  const [soundEngine, soundNode] = [enginePlant(undefined), nodePlant(undefined)];
  for (const name of PLANTED_NAMES) {
    const [engine, node] = [enginePlant(name), nodePlant(name)];
    const parts = [
      linkPlant(name).size === 1,
      inboxPlant(name).size === 1,
      engine.above !== soundEngine.above || engine.below !== soundEngine.below,
      Object.keys(soundNode).some((key) => node[key as keyof typeof node] !== soundNode[key as keyof typeof node]),
    ];
    assert.deepEqual(parts.filter(Boolean), [true], name);
  }
  assert.equal(new Set(PLANTED_NAMES).size, PLANTED_NAMES.length);
  assert(PLANTED_NAMES.length >= 25 && isPlantedName("ids_repeat") && !isPlantedName("none"));
});
