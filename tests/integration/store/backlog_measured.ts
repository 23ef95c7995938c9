import type { Counters } from "../../../src/store/port.ts";

/** What a replay of a backlog came to. */
export interface BacklogMeasured extends Counters {
  /** Real time (ms) of opening the store, and of all. */
  readonly openMs: number;
  readonly totalMs: number;
  /** Resident bytes after equal parts of the replay, garbage collected. */
  readonly rss: readonly number[];
  /** The same for what is alive on the heap and beside it. */
  readonly alive: readonly number[];
  /** Old events that were published. */
  readonly old: number;
  /** Old events that were published between the wish for an urgent one and the urgent one itself. */
  readonly overtaken: number;
}
