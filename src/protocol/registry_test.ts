import { strict as assert } from "node:assert";
import { existsSync, readFileSync } from "node:fs";
import { DEFAULT_REGISTRY, makeRegistry } from "./registry.ts";
import { PowerWatts } from "./types/data_types.ts";

const DATA = Deno.env.get("HEARTH_REFERENCE_DATA");
const WHY = DATA === undefined ? " (skipped: HEARTH_REFERENCE_DATA is not set)" : "";

interface Judged {
  readonly type: string;
  readonly package: string;
  readonly mutation: string;
  readonly accepted: boolean;
  readonly payload: unknown;
}

/** Where we take what the reference refuses, by mutation, and why. */
const MORE_LENIENT: Readonly<Record<string, string>> = {
  "int: float with integral value": "JSON.parse does not tell 5.0 from 5",
  "other Version": "one of the two packages of the reference takes any version of this type, so we do",
};
/** Types whose Version only one of the packages fixes. */
const VERSION_FREE = [
  "channel.readings",
  "fsm.full.report",
  "fsm.atomic.report",
  "machine.states",
  "single.reading",
  "synced.readings",
  "analog.dispatch",
];

Deno.test({
  name: `DEFAULT_REGISTRY takes every sample of its types${WHY}`,
  ignore: DATA === undefined,
  fn() {
    let samples = 0;
    for (const type of DEFAULT_REGISTRY.types) {
      for (const folder of ["samples", "samples/gridworks-protocol"]) {
        const path = `${DATA}/types/${folder}/${type}.json`;
        if (!existsSync(path)) continue;
        samples++;
        const parsed = DEFAULT_REGISTRY.schema(type)?.safeParse(JSON.parse(readFileSync(path, "utf8")));
        assert.deepEqual(parsed?.error?.issues ?? [], [], path);
      }
    }
    assert.ok(samples >= DEFAULT_REGISTRY.types.length, `${samples} samples`);
  },
});

Deno.test({
  name: `DEFAULT_REGISTRY judges mutated payloads as the reference does${WHY}`,
  ignore: DATA === undefined,
  fn() {
    let judged = 0;
    for (const line of readFileSync(`${DATA}/types/invalid.jsonl`, "utf8").trim().split("\n")) {
      const { type, package: from, mutation, accepted, payload } = JSON.parse(line) as Judged;
      const schema = DEFAULT_REGISTRY.schema(type);
      if (schema === undefined) continue;
      judged++;
      const lenient = mutation in MORE_LENIENT && (mutation !== "other Version" || VERSION_FREE.includes(type));
      if (!accepted && lenient) continue;
      assert.equal(
        schema.safeParse(payload).success,
        accepted,
        `${type} of ${from}: ${mutation}: ${line.slice(0, 500)}`,
      );
    }
    assert.ok(judged > 300, `${judged} payloads judged`);
  },
});

Deno.test("makeRegistry() refuses a type that is known already", () => {
  assert.throws(() => makeRegistry({ "power.watts": PowerWatts }, DEFAULT_REGISTRY), {
    name: "TypeError",
    message: 'Cannot register type "power.watts" as it must be new: it is known already',
  });
  assert.equal(makeRegistry({ "my.type": PowerWatts }, DEFAULT_REGISTRY).schema("my.type"), PowerWatts);
});
