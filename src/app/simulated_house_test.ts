import { strict as assert } from "node:assert";
import layout from "../../layouts/simple_house.json" with { type: "json" };
import { requireSimulated } from "./simulated_house.ts";

const FOUND = { json: layout };

Deno.test("requireSimulated() takes the simple house, and names what another has beyond it", () => {
  requireSimulated(FOUND);
  const json = JSON.parse(JSON.stringify(layout).replaceAll("relay1", "relay9").replaceAll("tank1-", "buffer-"));
  assert.throws(() => requireSimulated({ ...FOUND, json }), {
    name: "OutsideDataError",
    message: /must have "relay9".*\n.*must have "buffer-depth1"/,
  });
});
