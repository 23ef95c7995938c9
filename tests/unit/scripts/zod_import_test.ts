import { strict as assert } from "node:assert";
import { readTree } from "../../../scripts/read_tree.ts";

// A bundle that holds one `import { z }` holds all of zod with its fifty languages: half a megabyte in each isolate.
Deno.test("src imports zod as a namespace, so that bundles leave out what they do not use", () => {
  const users = [...readTree(["src", "drivers"], (path) => path.endsWith(".ts"))].flatMap(([path, text]) => {
    const line = text.split("\n").find((each) => each.endsWith('from "zod";'));
    return line === undefined ? [] : [`${path}: ${line}`];
  });
  assert.ok(users.length >= 10, `${users.length} modules import zod`);
  assert.deepEqual(users.filter((user) => !/: import (?:type )?\* as z from "zod";$/.test(user)), []);
});
