import { strict as assert } from "node:assert";
import { VERSION } from "../../../src/core/version.ts";

Deno.test("VERSION is the one of deno.json", () => {
  const config = JSON.parse(Deno.readTextFileSync(new URL("../../../deno.json", import.meta.url)));
  assert.equal(VERSION, config.version);
});
