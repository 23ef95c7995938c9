import type { LogRecord } from "./log.ts";

/** Anything that survives `JSON.stringify` unchanged. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/**
 * What a deterministic part is handed with every input. Nothing else may give it time, chance or ids.
 *
 * A part changes only its own state and puts effects into its context; what happens in the world comes back as inputs.
 */
export interface StepContext {
  /** Monotonic time of this boot in ms; for time-outs. Never steps. */
  readonly nowMs: number;
  /** Wall clock in ms since 1970-01-01 UTC; for stamps only. May step. */
  readonly wallMs: number;
  /** A new UUID version 4, lower case. */
  newId(): string;
  /** The next number in [0, 1) of the named stream; streams do not disturb each other. */
  random(stream: string): number;
  /** Takes one log record. */
  log(record: LogRecord): void;
}

/** Named timers as effects: firing comes back as an input with the same name. */
export interface TimerContext extends StepContext {
  /** Starts, or restarts, the timer of this name. @param delayMs At least 0. */
  timer(name: string, delayMs: number): void;
  /** Stops the timer of this name; does nothing when it is not running. */
  cancel(name: string): void;
}
