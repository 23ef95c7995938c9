import { Command } from "@commander-js/extra-typings";

/** Options of `hearth events import`. */
export interface EventsImportOptions {
  /** The reference's `event/` folder. */
  readonly folder: string;
  /** Whose store it is. */
  readonly app: "run" | "ltn";
  readonly envFile?: string;
  /** The store's file, when it is not that of the settings. */
  readonly store?: string;
  readonly dryRun: boolean;
  readonly json: boolean;
}

const HELP = `
Takes the events that a Python proactor left in its event/ folder into Hearth's store, oldest first: same ids, the same
bytes. They are sent as bulk, after what the house makes now. No file is changed or deleted; each event is imported once,
however often the command is stopped and repeated. Files that hold no event are listed and left where they are. The agent
must not run meanwhile; --dry-run may be used beside it. Progress goes to stderr.

Exit codes: 0 every file was taken or known; 1 stopped before the end; 3 settings are wrong, the folder is missing, or
there were bad files; 4 the store cannot be written, or an agent uses it.`;

function storeOwner(text: string): "run" | "ltn" | undefined {
  return text === "run" || text === "ltn" ? text : undefined;
}

/** The command line of `hearth events import`. */
export function eventsImportCommand(found: (options: EventsImportOptions) => void): Command {
  const command = new Command("import").description("take over the events of a Python proactor's event/ folder")
    .argument("<folder>", "the event/ folder")
    .option("--app <name>", "run or ltn", "run")
    .option("--env-file <path>", "env file instead of the one in the configuration folder")
    .option("--store <path>", "the store's file, instead of that of the settings")
    .option("--dry-run", "say what would be done, and change nothing", false)
    .option("--json", "print JSON for programs", false)
    .addHelpText("after", HELP);
  command.action((folder, { app: name, ...rest }) => {
    const app = storeOwner(name);
    if (app === undefined) {
      return command.error(`error: Cannot read program as it must be run or ltn: found "${name}"`);
    }
    found({ folder, app, ...rest });
  });
  return command as unknown as Command;
}
