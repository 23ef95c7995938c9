import { EnvironmentError, errorText, OutsideDataError } from "../core/errors.ts";
import { EXIT } from "../core/exit_codes.ts";
import { assertNever } from "../core/invariant.ts";
import { adminRelay } from "./admin_relay.ts";
import { check } from "./check.ts";
import { config } from "./config.ts";
import type { CliHost } from "./cli_host.ts";
import { eventsLs, eventsStat } from "./events.ts";
import { layoutShow } from "./layout_show.ts";
import { permissions } from "./permissions.ts";
import { type CommandCall, parseCommandLine } from "./run_options.ts";

/** The exit code of what was thrown: who must act decides. */
export function exitCodeOf(thrown: unknown): number {
  if (thrown instanceof OutsideDataError) return EXIT.configuration;
  if (thrown instanceof EnvironmentError) return EXIT.environment;
  return EXIT.failure;
}

async function carryOut(host: CliHost, call: CommandCall): Promise<number> {
  switch (call.name) {
    case "check":
      return await check(host, call.options);
    case "config":
      return config(host, call.options);
    case "permissions":
      return await permissions(host, call.options);
    case "admin relay":
      return await adminRelay(host, call.options);
    case "layout show":
      return layoutShow(host, call.options);
    case "events ls":
      return await eventsLs(host, call.options);
    case "events stat":
      return await eventsStat(host, call.options);
    case "ca create":
    case "ca info":
    case "key add":
    case "key ls":
    case "key info":
    case "key renew":
    case "key revoke":
    case "key bundle":
    case "key install":
    case "key fetch":
    case "tls check":
      // Loaded only when needed: no other command pays for the X.509 library.
      return await (await import("./keys_run.ts")).runKeys(host, call);
    case "run":
    case "ltn":
    case "dev":
    case "guard":
    case "events import":
      throw new Error(`Invariant broken: "${call.name}" is planned, not run by the cli`);
    default:
      return assertNever(call);
  }
}

/** Runs one command to its end. @returns The process's exit code; every error was printed. */
export async function runCli(host: CliHost): Promise<number> {
  const line = parseCommandLine(host.init.args);
  if (line.kind === "help") {
    host.print("stdout", line.text);
    return EXIT.ok;
  }
  if (line.kind === "problem") {
    host.print("stderr", line.text);
    return line.exit;
  }
  try {
    return await carryOut(host, line.call);
  } catch (thrown) {
    const code = exitCodeOf(thrown);
    const stack = code === EXIT.failure && thrown instanceof Error ? `\n${thrown.stack ?? ""}` : "";
    host.print("stderr", `${errorText(thrown)}${stack}\n`);
    return code;
  }
}
