/** `hearth run` and `hearth ltn` with the launcher, plan, store and MQTT of the program; the agent's actor is a load. */
import { COMMANDS, ENTRIES, ENV, launch, launchRoot } from "../../src/launcher/mod.ts";

const query = Deno.env.get("HEARTH_BENCH_LOAD") ?? "";
await launch(Deno.args, {
  entries: { ...ENTRIES, agent: `scripts/bench/load_agent.ts${query}` },
  commands: COMMANDS,
  env: ENV,
  ...launchRoot(import.meta.url, "../../"),
});
