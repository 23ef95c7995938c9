import type { MachineTable } from "../core/table_machine.ts";

/** Where the present life of a worker is. */
export type LifePhase =
  | "starting"
  | "running"
  /** Asked to stop so that a new life can follow (its heap has outgrown its bound). */
  | "leaving"
  | "backing_off"
  /** Asked to stop for good. */
  | "stopping"
  | "stopped";

/** What moves a life. */
export type LifeInput = "ready" | "failed" | "outgrown" | "left" | "respawn" | "stop" | "given_up";

/** The life of a worker; a new life begins with "respawn". */
export const LIFE_TABLE: MachineTable<LifePhase, LifeInput> = {
  starting: { ready: "running", failed: "backing_off", stop: "stopping", given_up: "stopped" },
  running: {
    failed: "backing_off",
    left: "backing_off",
    outgrown: "leaving",
    stop: "stopping",
    given_up: "stopped",
  },
  leaving: { failed: "backing_off", left: "backing_off", stop: "stopping", given_up: "stopped" },
  backing_off: { respawn: "starting", stop: "stopped", given_up: "stopped" },
  stopping: { failed: "stopped", left: "stopped", given_up: "stopped" },
  stopped: {},
};
