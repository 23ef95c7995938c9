/** A launcher with test-only entries: the plan comes as JSON on the command line. Started as a subprocess by the tests. */
import { launch, launchRoot } from "../../../src/launcher/mod.ts";

const HERE = "tests/integration/launcher/workers";

await launch(Deno.args, {
  entries: {
    planner: `${HERE}/planner.ts`,
    agent: `${HERE}/agent_like.ts`,
    bus: `${HERE}/bus_like.ts`,
    store: `${HERE}/store_like.ts`,
    flood: `${HERE}/flood_like.ts`,
  },
  commands: { go: { entry: "planner", grants: {}, how: "plan" } },
  env: { names: [], prefixes: ["TESTAPP_"] },
  ...launchRoot(import.meta.url, "../../../"),
});
