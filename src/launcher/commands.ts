import type { Grants } from "../core/isolate.ts";
import { SSH_PROGRAM } from "../core/ssh_program.ts";
import type { StopStage } from "./supervise_state.ts";

/** One command: which worker serves it, with which grants. */
export interface CommandRow {
  /** Name in the table of entries. */
  readonly entry: string;
  /** `"*"` in `net` grants every host; it never stands in a plan, only in a command that is told the host by its user. */
  readonly grants: Grants;
  /** "plan": the worker answers with a plan, whose workers run then. "once": the worker is the command. */
  readonly how: "plan" | "once";
}

/** The part of the environment that is handed over as data. */
export interface EnvTable {
  readonly names: readonly string[];
  readonly prefixes: readonly string[];
}

/** Row of every command that has none of its own: it prints help, or what was meant. */
export const OTHER_COMMAND = "*";
/** Grant of every host. */
export const ANY_HOST = "*";

// Settings may name a layout or a certificate anywhere, so that reading the configuration cannot be narrowed by folder;
// what reads it has neither net nor write.
const CONFIGURATION: Grants = { read: ["/"] };

// Whoever makes a key says where, so that writing cannot be narrowed by folder; what writes keys has no net.
const KEY_FILES: Grants = { ...CONFIGURATION, write: ["/"] };

// Started with these rights ssh may do all that its user may, net included: the one program, for this one command.
const KEY_FETCH: Grants = { ...KEY_FILES, run: [SSH_PROGRAM] };

/** Commands of `hearth`: by the first two words when there is such a row, else by the first. */
export const COMMANDS: Readonly<Record<string, CommandRow>> = {
  run: { entry: "plan", grants: CONFIGURATION, how: "plan" },
  ltn: { entry: "plan", grants: CONFIGURATION, how: "plan" },
  // The demo's broker takes a free port of loopback, found by listening on port 0.
  dev: { entry: "plan", grants: { ...CONFIGURATION, net: ["127.0.0.1:0"] }, how: "plan" },
  guard: { entry: "plan", grants: CONFIGURATION, how: "plan" },
  check: { entry: "cli", grants: CONFIGURATION, how: "once" },
  config: { entry: "cli", grants: CONFIGURATION, how: "once" },
  permissions: { entry: "cli", grants: CONFIGURATION, how: "once" },
  layout: { entry: "cli", grants: CONFIGURATION, how: "once" },
  events: { entry: "cli", grants: CONFIGURATION, how: "once" },
  "events import": { entry: "plan", grants: CONFIGURATION, how: "plan" },
  admin: { entry: "cli", grants: { ...CONFIGURATION, net: [ANY_HOST] }, how: "once" },
  "ca create": { entry: "cli", grants: KEY_FILES, how: "once" },
  "key add": { entry: "cli", grants: KEY_FILES, how: "once" },
  "key renew": { entry: "cli", grants: KEY_FILES, how: "once" },
  "key revoke": { entry: "cli", grants: KEY_FILES, how: "once" },
  "key bundle": { entry: "cli", grants: KEY_FILES, how: "once" },
  "key install": { entry: "cli", grants: KEY_FILES, how: "once" },
  "key fetch": { entry: "cli", grants: KEY_FETCH, how: "once" },
  "tls check": { entry: "cli", grants: { ...CONFIGURATION, net: [ANY_HOST] }, how: "once" },
  [OTHER_COMMAND]: { entry: "cli", grants: CONFIGURATION, how: "once" },
};

/** What `hearth` reads of the environment; all other variables stay unseen. */
export const ENV: EnvTable = {
  names: ["HOME", "NOTIFY_SOCKET", "NO_COLOR", "SSH_AUTH_SOCK"],
  prefixes: ["XDG_", "SCADA_", "LTN_", "HEARTH_"],
};

/**
 * Order of a stop: the agent first (outputs safe, rows handed over), then what it stands on. When a worker fell silent
 * no bus is asked for anything: its leases end by themselves.
 */
export const STOP_STAGES: readonly StopStage[] = [
  { entries: ["agent", "ltn", "view"], onSilent: true },
  { entries: ["bus", "house"], onSilent: false },
  { entries: ["store"], onSilent: true },
  { entries: ["broker"], onSilent: false },
];

/** Row of a command line. Help about a planned command, or one that starts a program, needs no more than the others. */
export function commandRow(
  args: readonly string[],
  commands: Readonly<Record<string, CommandRow>>,
): CommandRow | undefined {
  const wantsHelp = args.includes("--help") || args.includes("-h");
  const first = args[0] ?? "";
  const both = `${first} ${args[1] ?? ""}`;
  const name = Object.hasOwn(commands, both) ? both : first;
  const row = Object.hasOwn(commands, name) ? commands[name] : undefined;
  const isMore = row?.how === "plan" || row?.grants.run !== undefined;
  if (row !== undefined && !(wantsHelp && isMore)) return row;
  return commands[OTHER_COMMAND];
}
