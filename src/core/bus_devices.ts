import type { InputSpec, OutputSpec } from "./device.ts";

/** What the hardware said to one write. */
export type WriteOutcome =
  | { readonly kind: "written"; readonly readBack: number }
  /** `code` is the kernel's or the driver's, for example "EIO". */
  | { readonly kind: "failed"; readonly code: string };

/** A channel that could not be read. */
export interface ReadFault {
  readonly kind: "fault";
  readonly device: string;
  readonly code: string;
  readonly message: string;
}

/**
 * The devices of one bus, as its worker drives them: synchronous calls, no time, no lease. The simulated house and the
 * FFI drivers both stand behind it.
 */
export interface BusDevices {
  readonly outputs: readonly OutputSpec[];
  readonly channels: readonly InputSpec[];
  /** Sets one output now. Must not throw. */
  write(output: string, value: number): WriteOutcome;
  /** One reading in the channel's telemetry unit; undefined while there is none yet (a conversion runs). Must not throw. */
  read(channel: string): number | undefined | ReadFault;
}
