/** `hearth run` and `hearth ltn` with the launcher, plan, store and MQTT of the program; only their actors are the test's. */
import { COMMANDS, ENTRIES, ENV, launch, launchRoot } from "../../../src/launcher/mod.ts";

await launch(Deno.args, {
  entries: { ...ENTRIES, agent: "tests/integration/rotation/load_agent.ts", ltn: "tests/kill/ledger_ltn.ts" },
  commands: COMMANDS,
  env: ENV,
  ...launchRoot(import.meta.url, "../../../"),
});
