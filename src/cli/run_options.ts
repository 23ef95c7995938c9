import { Command, CommanderError, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { errorText } from "../core/errors.ts";
import { EXIT } from "../core/exit_codes.ts";
import { VERSION } from "../core/version.ts";
import type { KeyCall } from "./keys_call.ts";
import { addKeyCommands } from "./keys_options.ts";
import { eventsImportCommand, type EventsImportOptions } from "./events_import.ts";
import { parseDuration } from "./parse_duration.ts";

/** Lowest and highest speed of the demo, in house seconds a second. */
export const SPEED_MIN = 1;
/** @see SPEED_MIN */
export const SPEED_MAX = 300;
/** Speed of the demo when none is asked for. */
export const SPEED_DEFAULT = 120;
/** Time of an admin take-over when none is asked for, in ms. */
export const TAKEOVER_MS_DEFAULT = 60_000;

/** Which settings and layout a command reads. */
export interface ConfigOptions {
  /** Env file instead of `<config folder>/.env`. */
  readonly envFile?: string;
  /** Layout instead of the one in the settings. */
  readonly layout?: string;
}

/** Options of `hearth run` and `hearth ltn`. */
export interface RunOptions extends ConfigOptions {
  readonly exitAfterMs?: number;
  readonly json: boolean;
  /** Print the plan and end; only `run`. */
  readonly dryRun: boolean;
}

/** Options of `hearth dev`. */
export interface DevOptions {
  readonly exitAfterMs?: number;
  readonly json: boolean;
  /** House seconds a second. */
  readonly speed: number;
  readonly layout?: string;
  /** Folder of the demo's store, kept over restarts. */
  readonly data?: string;
}

/** Programs whose plan can be made. */
export type PlannedApp = "run" | "ltn" | "dev";

/** Options of `hearth check`, `hearth config` and `hearth permissions`. */
export interface CheckOptions extends ConfigOptions {
  readonly json: boolean;
  readonly app: PlannedApp;
}

/** Options of `hearth guard`. */
export interface GuardOptions extends ConfigOptions {
  readonly json: boolean;
}

/** Options of `hearth admin relay`. */
export interface AdminRelayOptions extends ConfigOptions {
  readonly json: boolean;
  /** Absent when control is only given back. */
  readonly command?: { readonly relay: string; readonly action: "open" | "close" };
  readonly forMs: number;
  /** GNode alias of the scada, when neither a running demo nor the layout tells it. */
  readonly scada?: string;
}

/** Options of `hearth events ls` and `hearth events stat`. */
export interface EventsOptions extends ConfigOptions {
  readonly json: boolean;
  readonly app: PlannedApp;
  /** The store's file, when it is not that of the settings. */
  readonly store?: string;
  /** Folder of the stores, as `hearth dev --data` was told. */
  readonly data?: string;
}

/** A command line that was understood. */
export type CommandCall =
  | KeyCall
  | { readonly name: "run" | "ltn"; readonly options: RunOptions }
  | { readonly name: "dev"; readonly options: DevOptions }
  | { readonly name: "guard"; readonly options: GuardOptions }
  | { readonly name: "check" | "config" | "permissions"; readonly options: CheckOptions }
  | { readonly name: "admin relay"; readonly options: AdminRelayOptions }
  | { readonly name: "layout show"; readonly options: ConfigOptions & { readonly json: boolean } }
  | { readonly name: "events stat"; readonly options: EventsOptions }
  | { readonly name: "events import"; readonly options: EventsImportOptions }
  | { readonly name: "events ls"; readonly options: EventsOptions & { readonly limit: number } };

/** What a command line says. */
export type CommandLine =
  | { readonly kind: "command"; readonly call: CommandCall }
  | { readonly kind: "help"; readonly text: string }
  /** `exit` is the process's exit code. */
  | { readonly kind: "problem"; readonly text: string; readonly exit: number };

type Found = (call: CommandCall) => void;

function duration(text: string): number {
  try {
    return parseDuration(text);
  } catch (thrown) {
    throw new InvalidArgumentError(errorText(thrown));
  }
}

function within(text: string, min: number, max: number): number {
  const value = text.trim() === "" ? NaN : Number(text);
  if (value >= min && value <= max) return value;
  throw new InvalidArgumentError(`Cannot read number as it must be from ${min} to ${max}: found "${text}"`);
}

function plannedApp(text: string): PlannedApp {
  if (text === "run" || text === "ltn" || text === "dev") return text;
  throw new InvalidArgumentError(`Cannot read program as it must be run, ltn or dev: found "${text}"`);
}

const JSON_HELP = "print JSON for programs";
const EXIT_AFTER_HELP = "stop in order this long after everything is ready, for example 20s";
const ENV_FILE_HELP = "env file instead of the one in the configuration folder";
const LAYOUT_HELP = "hardware layout instead of the one in the settings";

function configured(name: string, summary: string) {
  return new Command(name).description(summary).option("--env-file <path>", ENV_FILE_HELP)
    .option("--layout <path>", LAYOUT_HELP).option("--json", JSON_HELP, false);
}

function addPlanned(program: Command, found: Found): void {
  program.addCommand(
    configured("run", "run the house agent").option("--exit-after <time>", EXIT_AFTER_HELP, duration)
      .option("--dry-run", "print the plan and end", false)
      .action(({ exitAfter, ...rest }) =>
        found({ name: "run", options: { ...rest, ...given("exitAfterMs", exitAfter) } })
      ),
  );
  program.addCommand(
    configured("ltn", "run the LTN, the cloud peer of a house")
      .option("--exit-after <time>", EXIT_AFTER_HELP, duration)
      .action(({ exitAfter, ...rest }) =>
        found({ name: "ltn", options: { ...rest, dryRun: false, ...given("exitAfterMs", exitAfter) } })
      ),
  );
  program.addCommand(
    new Command("dev").description("run the demo: broker, agent, LTN and a simulated house in one process")
      .option("--speed <n>", `house seconds a second, ${SPEED_MIN} to ${SPEED_MAX}`, speed, SPEED_DEFAULT)
      .option("--layout <path>", "hardware layout instead of the demo's")
      .option("--data <folder>", "keep the demo's store in this folder")
      .option("--exit-after <time>", EXIT_AFTER_HELP, duration)
      .option("--json", "print one JSON object a second and a summary at the end", false)
      .action(({ exitAfter, ...rest }) =>
        found({ name: "dev", options: { ...rest, ...given("exitAfterMs", exitAfter) } })
      ),
  );
}

function speed(text: string): number {
  return within(text, SPEED_MIN, SPEED_MAX);
}

function given<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return (value === undefined ? {} : { [key]: value }) as { [K in Key]?: Value };
}

function addChecks(program: Command, found: Found): void {
  for (
    const [name, summary] of [
      ["check", "check settings, layout and certificates, and print them with the plan or every problem"],
      ["config", "print every setting with its value and where it came from; secrets are masked"],
      ["permissions", "print what the process and each isolate may touch"],
    ] as const
  ) {
    program.addCommand(
      configured(name, summary).option("--app <name>", "run, ltn or dev", plannedApp, "run" as const)
        .action((options) => found({ name, options })),
    );
  }
}

const GUARD_HELP = `
Claims every output line of the layout with its safe value, reads it back and lets it go. Needs no running agent, and
must not run beside one. For systemd: ExecStopPost=hearth guard --once. Lines that a dead process still holds are tried
again for 5 s. Needs read and write access to the layout's /dev/gpiochip*. With SCADA_IS_SIMULATED=true it does nothing.

Exit codes: 0 every output is safe; 4 at least one could not be made safe; 3 settings or layout are wrong.`;

function addGuard(program: Command, found: Found): void {
  const guard = configured(
    "guard",
    "set every output of the layout to its safe value, as the last word of a dead agent",
  )
    .option("--once", "do it once and end; the only way it runs", false).addHelpText("after", GUARD_HELP);
  guard.action(({ once, ...options }) => {
    if (!once) return guard.error("error: Cannot run guard as it must be told --once: found no --once");
    found({ name: "guard", options });
  });
  program.addCommand(guard);
}

function addAdmin(program: Command, found: Found): void {
  const admin = new Command("admin").description("take a house over, and give it back");
  const relay = configured("relay", "open or close one relay, hold it, then give control back")
    .argument("[name]", "node name of the relay, for example relay3")
    .argument("[action]", "open or close")
    .addOption(
      new Option("--for <time>", "hold control this long").argParser(duration).default(TAKEOVER_MS_DEFAULT, "60s"),
    )
    .option("--release", "give control back now, and do nothing else", false)
    .option("--scada <alias>", "GNode alias of the scada");
  relay.action((name, action, { for: forMs, release, ...rest }) => {
    if (release && name === undefined) return found({ name: "admin relay", options: { ...rest, forMs } });
    if (name === undefined || (action !== "open" && action !== "close") || release) {
      const wanted = 'Cannot run admin relay as it must be told "NAME open", "NAME close" or --release alone';
      return relay.error(`error: ${wanted}: found "${[name, action, release ? "--release" : ""].join(" ").trim()}"`);
    }
    found({ name: "admin relay", options: { ...rest, forMs, command: { relay: name, action } } });
  });
  program.addCommand(admin.addCommand(relay));
}

function addLayout(program: Command, found: Found): void {
  const layout = new Command("layout").description("look at a hardware layout");
  const show = configured("show", "print nodes, channels and components of the layout")
    .action((options) => found({ name: "layout show", options }));
  program.addCommand(layout.addCommand(show));
}

function addEvents(program: Command, found: Found): void {
  const events = new Command("events").description("look at the stored events");
  function stored(name: string, summary: string) {
    return configured(name, summary).option("--app <name>", "run, ltn or dev", plannedApp, "run" as const)
      .option("--store <path>", "the store's file, instead of that of the settings")
      .option("--data <folder>", 'folder of the stores, as "hearth dev --data" was told');
  }
  events.addCommand(
    stored("ls", "list the events that wait for their ack, oldest first")
      .option("--limit <n>", "at most this many", (text) => within(text, 1, 10_000), 50)
      .action((options) => found({ name: "events ls", options })),
  );
  events.addCommand(
    stored("stat", "count generated, acked, pending and tombstoned events")
      .action((options) => found({ name: "events stat", options })),
  );
  events.addCommand(eventsImportCommand((options) => found({ name: "events import", options })));
  program.addCommand(events);
}

/** Exit and output of a command do not come from its parent: each gets the same. */
function capture(command: Command, output: { out: string; err: string }): void {
  command.exitOverride().showSuggestionAfterError(true).configureOutput({
    writeOut: (text) => output.out += text,
    writeErr: (text) => output.err += text,
    getOutHelpWidth: () => 100,
    getErrHelpWidth: () => 100,
    getOutHasColors: () => false,
    getErrHasColors: () => false,
  });
  for (const child of command.commands) capture(child as Command, output);
}

/** Reads a command line; pure, and the same for the cli and the plan worker. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const output = { out: "", err: "" };
  let call: CommandCall | undefined;
  function found(understood: CommandCall): void {
    call = understood;
  }
  const program = new Command("hearth").description("Edge agent for houses that trade heat with the grid")
    .version(VERSION, "-V, --version", "print the version");
  addPlanned(program as Command, found);
  addChecks(program as Command, found);
  addGuard(program as Command, found);
  addAdmin(program as Command, found);
  addLayout(program as Command, found);
  addEvents(program as Command, found);
  addKeyCommands(program as Command, found);
  capture(program as Command, output);
  try {
    program.parse([...args], { from: "user" });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    if (thrown.exitCode === 0) return { kind: "help", text: output.out };
    return { kind: "problem", text: output.err, exit: EXIT.usage };
  }
  if (call === undefined) return { kind: "problem", text: output.err, exit: EXIT.usage };
  return { kind: "command", call };
}
