/** What the load agent records and the ledger counts. */

/** Class of an event of the load. */
export const LOAD_TYPE = "gridworks.event.load";
/** Class of an event that takes the readings over which were journalled before it. */
export const LOAD_SLOT_TYPE = "gridworks.event.load.slot";
/** Key under which the LTN keeps its ledger, as it stands in the store. */
export const LEDGER_KEY = "ltn/ledger";

/** One journalled reading: life of the agent that took it, and its number in that life, from 1. */
export type LoadReading = readonly [life: string, n: number];

/** Payload of an event of the load. `Life` and `N` (from 1, without gaps) say which one it is, whatever its id. */
export interface LoadEvent {
  readonly TypeName: typeof LOAD_TYPE | typeof LOAD_SLOT_TYPE;
  readonly Life: string;
  readonly N: number;
  /** Only in a slot. */
  readonly Readings?: readonly LoadReading[];
}

/** What the LTN's actor has done about the load: kept in the transaction that applies the event. */
export interface Ledger {
  readonly events: number;
  /** Sum of all `N`. */
  readonly sum: number;
}

/** Whether this is a class of the load. */
export function isLoad(type: string): boolean {
  return type === LOAD_TYPE || type === LOAD_SLOT_TYPE;
}
