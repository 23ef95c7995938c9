import type { BusSpec } from "../core/bus_parts.ts";

/** What the plan hands to the guard. */
export interface GuardInit {
  /** Full path of the C library: the one file of its `ffi` grant; "" when there is no bus. */
  readonly libcPath: string;
  /** Buses with outputs. */
  readonly buses: readonly BusSpec[];
  /** One JSON object instead of lines. */
  readonly json: boolean;
}
