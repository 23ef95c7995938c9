import { COMMANDS, ENV } from "./commands.ts";
import { ENTRIES } from "./entries.ts";
import { launch } from "./launch.ts";
import { launchRoot } from "./spawn.ts";

/** Runs one command line of `hearth` and ends the process. */
export function hearth(args: readonly string[]): Promise<never> {
  return launch(args, { entries: ENTRIES, commands: COMMANDS, env: ENV, ...launchRoot(import.meta.url, "../../") });
}
