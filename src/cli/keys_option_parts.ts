import { InvalidArgumentError } from "@commander-js/extra-typings";
import type { KeyCall } from "./keys_call.ts";

/** Help of --json. */
export const JSON_HELP = "print JSON for programs";
/** Help of --force. */
export const FORCE_HELP = "overwrite what exists";

/** Help of --password-file. */
export const PASSWORD_HELP =
  "file whose first line opens an encrypted private key (default: <LINK>__TLS__KEYFILE_PASSWORD)";
/** Help of --env-file. */
export const ENV_FILE_HELP = "env file with that setting (default: the agent's own)";

/** Is told the command line that was understood. */
export type Found = (call: KeyCall) => void;

/** What was given, without what was not. */
export function present<Options extends object>(
  options: Options,
): { [K in keyof Options]: Exclude<Options[K], undefined> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof Options]: Exclude<Options[K], undefined> };
}

/** A whole number of a command line. @throws {InvalidArgumentError} If it is none, or out of range. */
export function whole(text: string, { min, max, what }: { min: number; max: number; what: string }): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw new InvalidArgumentError(
    `Cannot read ${what} as it must be a whole number from ${min} to ${max}: found "${text}"`,
  );
}

/** Gathers an option that may be repeated. */
export function more(text: string, all: readonly string[]): readonly string[] {
  return [...all, text];
}
