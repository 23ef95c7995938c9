/**
 * The bus protocol: what the agent and a bus worker (or the house worker, which speaks the same) say to each other over
 * their port. Values are plain data; `life` names the agent's life, and a bus ignores every life but the newest.
 */

/** One output of a bus: 0 is de-energized, 1 energized for relays; a DAC takes 0 to 1. */
export interface OutputSpec {
  /** Node name of the actuator in the layout, for example "relay3". */
  readonly name: string;
  /** The value that is written when nobody holds the lease. */
  readonly safeValue: number;
  /** Shortest time between two switches of this output in ms of house time; 0 for none. */
  readonly holdMsMin: number;
}

/** One input of a bus: read at a period, sent as a reading. */
export interface InputSpec {
  /** Channel name in the layout, for example "tank1-depth1". */
  readonly channel: string;
  /** Period of the readings in ms of house time. */
  readonly periodMs: number;
}

/** Agent to bus. */
export type ToBus =
  /** Takes, or renews, the lease of the named outputs for this life. Each output not named falls to safe at its lease's end. */
  | { readonly kind: "lease"; readonly life: number; readonly outputs: readonly string[] }
  /** Writes one output; refused unless this life holds its lease. */
  | {
    readonly kind: "write";
    readonly life: number;
    readonly id: string;
    readonly output: string;
    readonly value: number;
  };

/** Bus to agent. */
export type FromBus =
  | {
    readonly kind: "opened";
    readonly bus: string;
    readonly outputs: readonly OutputSpec[];
    readonly channels: readonly string[];
  }
  /** `value` is an integer in the channel's telemetry unit (for example °C × 1000). */
  | { readonly kind: "reading"; readonly channel: string; readonly value: number }
  | { readonly kind: "result"; readonly id: string; readonly output: string; readonly result: WriteResult }
  /** The lease of these outputs ended without renewal; each was set to its safe value. */
  | { readonly kind: "lapsed"; readonly outputs: readonly string[] }
  /** A device did not answer as it should. */
  | { readonly kind: "fault"; readonly device: string; readonly code: string; readonly message: string };

/** What became of a write. */
export type WriteResult =
  | { readonly kind: "written"; readonly value: number; readonly readBack: number }
  | { readonly kind: "refused"; readonly because: "no_lease" | "old_life" | "hold_time" | "unknown_output" }
  | { readonly kind: "failed"; readonly code: string };

/** Bounds of the lease, in ms of real time. */
export const LEASE_MS = 1_500;
/** How often the agent renews its leases. */
export const LEASE_RENEW_MS = 500;
/** How often a bus worker looks at its leases and devices. */
export const BUS_TICK_MS = 100;
