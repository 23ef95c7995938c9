import { shareMallocArenas } from "../../drivers/linux/malloc_arenas.ts";
import { EXIT } from "../core/exit_codes.ts";
import type { CommandInit, RunPlan } from "../core/isolate.ts";
import { type CommandRow, commandRow, type EnvTable, STOP_STAGES } from "./commands.ts";
import { readEnvironment } from "./environment.ts";
import { writeText } from "./process_output.ts";
import { runPlan, type RunPlanOptions, SIGNALS } from "./run_plan.ts";
import { holdAlone, holdLater } from "./sole_use.ts";
import { dropUnusedRun, moduleUrl } from "./spawn.ts";
import type { StopStage } from "./supervise_state.ts";
import { systemdNotify } from "./systemd_notify.ts";

/** All that makes a launcher an application: data only. */
export interface LaunchTables {
  /** Worker entry name → module path relative to `root`. */
  readonly entries: Readonly<Record<string, string>>;
  readonly commands: Readonly<Record<string, CommandRow>>;
  /** Folder that the paths of `entries` are relative to; `launchRoot()` finds it. */
  readonly root: URL;
  /** Whether `root` holds bundled ".js" files. */
  readonly isBundle?: boolean;
  readonly env: EnvTable;
  /** Absent: the order of `hearth`. */
  readonly stopStages?: readonly StopStage[];
  /** Tells systemd a state ("READY=1", "WATCHDOG=1", "STOPPING=1"). Absent: at the socket that NOTIFY_SOCKET names. */
  readonly notify?: (state: string) => void;
}

/** Runs one command line and ends the process with its exit code. Derived applications hand in their own tables. */
export async function launch(args: readonly string[], tables: LaunchTables): Promise<never> {
  Deno.exit(await runCommand(args, tables));
}

async function runCommand(args: readonly string[], tables: LaunchTables): Promise<number> {
  const row = commandRow(args, tables.commands);
  if (row === undefined) {
    writeText("stderr", `${unknownCommand(args[0] ?? "", Object.keys(tables.commands))}\n`);
    return EXIT.usage;
  }
  shareMallocArenas(Deno.build.arch);
  using signals = signalWatch();
  const options: RunPlanOptions = {
    hrefOf: (entry) => entryHref(entry, tables),
    stopStages: tables.stopStages ?? STOP_STAGES,
    boot: crypto.randomUUID(),
    notify: noNotify,
    listen: signals.listen,
  };
  const command = commandPlan(args, row, tables.env);
  // Only the plan that is made says what its workers need.
  if (row.how === "once") dropUnusedRun(command);
  const first = await runPlan(command, options);
  if (first.kind === "exit") return first.code;
  dropUnusedRun(first.plan);
  const use = await holdAlone(first.plan.locks ?? []);
  if (use.kind === "taken") {
    writeText("stderr", takenText("start", use.path));
    return EXIT.environment;
  }
  using _locks = use.locks;
  if (signals.came()) return EXIT.ok;
  let isTaken = false;
  using _later = holdLater(use, (path) => {
    isTaken = true;
    writeText("stderr", takenText("go on", path));
    signals.stop();
  });
  const notify = tables.notify ?? systemdNotify(() => performance.now());
  const run = await runPlan(first.plan, { ...options, notify });
  if (isTaken) return EXIT.environment;
  return run.kind === "exit" ? run.code : EXIT.failure;
}

function takenText(verb: string, path: string): string {
  return `Cannot ${verb} as only one process at a time may use its store: another one holds "${path}"\n`;
}

/** Sees a signal that comes when no plan runs: once a listener was there, the runtime lets it pass without a word. */
function signalWatch(): Disposable & { came(): boolean; stop(): void } & Pick<RunPlanOptions, "listen"> {
  let came = false;
  let listener: (() => void) | undefined;
  function note(): void {
    came = true;
    listener?.();
  }
  for (const signal of SIGNALS) Deno.addSignalListener(signal, note);
  return {
    came: () => came,
    stop: note,
    listen(onSignal) {
      listener = onSignal;
      if (came) onSignal();
    },
    [Symbol.dispose]() {
      for (const signal of SIGNALS) Deno.removeSignalListener(signal, note);
    },
  };
}

/** The plan of the one worker that serves a command or plans it. */
function commandPlan(args: readonly string[], row: CommandRow, env: EnvTable): RunPlan {
  const init: CommandInit = {
    command: args[0] ?? "",
    args,
    env: readEnvironment(env),
    cwd: workingDirectory(),
    isTerminal: Deno.stdout.isTerminal(),
  };
  return {
    workers: [{ name: row.entry, entry: row.entry, grants: row.grants, supervision: "foreground", silentMs: 0, init }],
    ports: [],
  };
}

function workingDirectory(): string {
  try {
    return Deno.cwd();
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable || error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

function entryHref(entry: string, tables: LaunchTables): string {
  const path = tables.entries[entry];
  if (path === undefined) {
    const known = Object.keys(tables.entries).join(", ");
    throw new RangeError(`Cannot find worker entry "${entry}" as the table must hold it: it holds ${known}`);
  }
  return moduleUrl(path, tables.root, tables.isBundle ?? false).href;
}

function unknownCommand(found: string, known: readonly string[]): string {
  return `Cannot run command "${found}" as it must be one of ${known.join(", ")}`;
}

function noNotify(): void {}
