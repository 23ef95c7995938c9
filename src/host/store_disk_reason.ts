import { EnvironmentError } from "../core/errors.ts";

const NO_ROOM = "free space on its disk";
const NO_WRITES = "make it writable";
const NO_ANSWER = "look at the disk, its cable and the kernel's log";

/**
 * What helps against each code with which a disk refuses a store: it may come back by itself, and the house is controlled
 * without it until then. Every other code is about what is stored or set, and ends the program.
 */
const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: NO_ROOM,
  EDQUOT: NO_ROOM,
  SQLITE_FULL: NO_ROOM,
  EROFS: NO_WRITES,
  EACCES: NO_WRITES,
  SQLITE_READONLY: NO_WRITES,
  EIO: NO_ANSWER,
  SQLITE_IOERR: NO_ANSWER,
  SQLITE_CANTOPEN: NO_ANSWER,
};

/** Whether a store was refused by its disk, and not for what is in it or how it is set. */
export function isDiskReason(thrown: unknown): thrown is EnvironmentError {
  return thrown instanceof EnvironmentError && Object.hasOwn(ADVICE, thrown.code);
}

/** Codes about what is stored or set: no time mends it. */
const LASTING: readonly string[] = ["ESCHEMA", "ENOTSTORE", "ENOGRANT"];

/**
 * Whether a store that was refused may be opened later: also when its disk is not the reason, as a backup that holds the
 * file. A program that runs does not end for it.
 */
export function mayPass(thrown: unknown): thrown is EnvironmentError {
  return thrown instanceof EnvironmentError && !LASTING.includes(thrown.code);
}

/** What the operator can do, for the log. @param code One of a disk reason. */
export function diskAdvice(code: string): string {
  return ADVICE[code] ?? NO_ANSWER;
}
