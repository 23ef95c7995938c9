/** A derived application: its own worker, its own command, its own settings prefix; the launcher is the library's. */
import { launch, launchRoot } from "../../src/launcher/mod.ts";

await launch(Deno.args, {
  entries: { greenhouse: "greenhouse.ts" },
  commands: { water: { entry: "greenhouse", grants: {}, how: "once" } },
  env: { names: [], prefixes: ["GREENHOUSE_"] },
  ...launchRoot(import.meta.url, "./"),
});
