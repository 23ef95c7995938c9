/** What the plan hands to a bus worker: the C library and one bus of the board. */
export type { BusInit } from "../core/bus_spec.ts";
