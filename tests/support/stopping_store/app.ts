/** `hearth` with a store worker that stops on request; see `store.ts`. */
import { COMMANDS, ENV } from "../../../src/launcher/commands.ts";
import { ENTRIES } from "../../../src/launcher/entries.ts";
import { launch, launchRoot } from "../../../src/launcher/mod.ts";

await launch(Deno.args, {
  entries: { ...ENTRIES, store: "tests/support/stopping_store/store.ts" },
  commands: COMMANDS,
  env: ENV,
  ...launchRoot(import.meta.url, "../../../"),
});
