import type { Lane } from "./port.ts";

/** Pending seqs by lane, ascending, for the memory engine. */
export interface LaneIndex {
  /** @param seq Greater than every seq added before. */
  add(lane: Lane, seq: number): void;
  remove(lane: Lane, seq: number): void;
  /** Ascending seqs of these lanes greater than `afterSeq`, at most `max` of each lane. */
  after(lanes: readonly Lane[], afterSeq: number, max: number): number[];
  /** Oldest seq of the least urgent lane that has any. */
  leastUrgent(): number | undefined;
}

/** Position of the first seq that is at least `seq`. */
function lowerBound(seqs: readonly number[], seq: number): number {
  let low = 0, high = seqs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (seqs[middle]! < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Makes an empty index. */
export function laneIndex(): LaneIndex {
  const lanes: number[][] = [[], [], [], []];
  return {
    add: (lane, seq) => void lanes[lane]!.push(seq),
    remove(lane, seq) {
      const seqs = lanes[lane]!;
      const at = lowerBound(seqs, seq);
      if (seqs[at] === seq) seqs.splice(at, 1);
    },
    after(wanted, afterSeq, max) {
      const found = wanted.flatMap((lane) => {
        const seqs = lanes[lane]!;
        const at = lowerBound(seqs, afterSeq + 1);
        return seqs.slice(at, at + max);
      });
      return found.sort((a, b) => a - b);
    },
    leastUrgent: () => lanes[3]![0] ?? lanes[2]![0] ?? lanes[1]![0] ?? lanes[0]![0],
  };
}
