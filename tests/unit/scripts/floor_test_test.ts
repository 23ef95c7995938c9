import { strict as assert } from "node:assert";
import { floorArguments, floorConfig } from "../../../scripts/floor_test.ts";

Deno.test("floorConfig() leaves out what the floor version refuses when it is there", () => {
  const config = {
    imports: { zod: "npm:zod@^4" },
    test: { sanitizeOps: true },
    tasks: {},
    lint: {},
    lock: { frozen: true },
  };
  assert.deepEqual(floorConfig(config), { imports: { zod: "npm:zod@^4" }, lock: { frozen: true } });
});

Deno.test("floorArguments() takes over the flags of the task test:unit", () => {
  const config = { tasks: { "test:unit": "deno test --doc --ignore=tests/integration" } };
  assert.deepEqual(floorArguments(config, "x/deno.json"), [
    "test",
    "--config=x/deno.json",
    "--lock=deno.lock",
    "--frozen",
    "--doc",
    "--ignore=tests/integration",
    ".",
  ]);
});

Deno.test("floorArguments() refuses when the task is not a plain test run", () => {
  assert.throws(() => floorArguments({ tasks: { "test:unit": "sh x.sh" } }, "x"), {
    name: "TypeError",
    message: 'Cannot run unit tests as the task "test:unit" must be "deno test …": "sh x.sh"',
  });
});
