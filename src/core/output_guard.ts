/** A command to one output, on its way from an actor to a device. */
export interface OutputCommand {
  readonly id: string;
  readonly output: string;
  readonly value: number;
  /** Handle of the commander, for the audit. */
  readonly by: string;
}

/** What the guard says to a command. */
export type GuardVerdict =
  | { readonly kind: "allowed" }
  /** `because` names the rule, for example "minimum_off_time"; `retryAfterMs` when time alone will allow it. */
  | { readonly kind: "refused"; readonly because: string; readonly retryAfterMs?: number };

/** A write that a rule of the guard demands, whatever the brains want. */
export interface ForcedWrite {
  readonly output: string;
  readonly value: number;
  readonly because: string;
}

/**
 * Safety between actors and devices: pure, told of everything, asked before every write. `src/safety` holds the real one.
 * All times are house time in ms.
 */
export interface OutputGuard {
  /** Kept state of an earlier life, by key; called once before anything else. */
  restore(kept: ReadonlyMap<string, string>, nowMs: number, wallMs: number): void;
  command(command: OutputCommand, nowMs: number, wallMs: number): GuardVerdict;
  /** An output has this value now, by write, lapse or at opening. */
  output(output: string, value: number, nowMs: number, wallMs: number): void;
  reading(channel: string, value: number, nowMs: number): readonly ForcedWrite[];
  /** Called about once a second. */
  tick(nowMs: number, wallMs: number): readonly ForcedWrite[];
  /** State that must outlive a power cut, changed since the last call: key to JSON text. */
  takeKept(): ReadonlyMap<string, string>;
}
