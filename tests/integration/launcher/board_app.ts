/** A launcher with the real bus worker and guard, and a test's agent. Started as a subprocess by the tests. */
import { ENTRIES, launch, launchRoot } from "../../../src/launcher/mod.ts";

const HERE = "tests/integration/launcher/workers";

await launch(Deno.args, {
  entries: {
    ...ENTRIES,
    planner: `${HERE}/planner.ts`,
    board_agent: `${HERE}/board_agent.ts`,
    probe: `${HERE}/bus_like.ts`,
  },
  commands: { go: { entry: "planner", grants: {}, how: "plan" } },
  env: { names: [], prefixes: [] },
  ...launchRoot(import.meta.url, "../../../"),
});
