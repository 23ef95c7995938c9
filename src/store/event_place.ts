import type { Lane } from "./port.ts";

/** Bits of a seq, and of a lane above it. The schema has them as numbers, too. */
const SEQ_COUNT = 2 ** 42;
const LANE_COUNT = 4;

/** Greatest seq that a store can hold: 139 years at 1,000 events a second. */
export const SEQ_MAX = SEQ_COUNT - 1;
/** Greatest number of an owner: all ids are whole numbers that JavaScript has. */
export const OWNER_MAX = 2 ** 53 / (SEQ_COUNT * LANE_COUNT) - 1;

/**
 * Id of an event: owner, lane and seq in one number. So each lane is a run of its own in the one tree of the table, in the
 * order of its seqs, and needs no index. Lane 2, in which most events are, is the last run: a tree grows best at its end.
 */
export function eventId(owner: number, lane: Lane, seq: number): number {
  return (owner * LANE_COUNT + (lane + 1) % LANE_COUNT) * SEQ_COUNT + seq;
}

/** Lowest and highest id that an event of this owner can have. */
export function ownerIds(owner: number): readonly [number, number] {
  return [owner * LANE_COUNT * SEQ_COUNT, (owner + 1) * LANE_COUNT * SEQ_COUNT - 1];
}

/** Lane and seq of an id. */
export function eventPlace(id: number): { readonly lane: Lane; readonly seq: number } {
  const run = Math.floor(id / SEQ_COUNT) % LANE_COUNT;
  return { lane: (run + LANE_COUNT - 1) % LANE_COUNT as Lane, seq: id % SEQ_COUNT };
}
