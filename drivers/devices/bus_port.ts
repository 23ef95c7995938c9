import type { BusDevices, ReadFault } from "../../src/core/bus_devices.ts";
import type { OpenFd } from "../../src/core/bus_parts.ts";

/** File descriptors of a bus: fds are process-wide and outlive their worker. */
export interface BusFds {
  /** What a dead predecessor left open. */
  readonly old: readonly OpenFd[];
  /** Told at once of each fd that is opened or closed. Must not throw. */
  onFd(change: "opened" | "closed", fd: OpenFd): void;
}

/** The devices of one bus of the board. Disposing it writes every safe state and closes all fds. */
export interface LinuxBus extends BusDevices, Disposable {
  /** Outputs that could not be had at the last try: `device` is the output's name. They are tried again by each write. */
  faults(): readonly ReadFault[];
}
