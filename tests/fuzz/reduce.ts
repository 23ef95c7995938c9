import type { Sample } from "./mutate.ts";

/** Most runs of a target while one failing input is made smaller. */
export const REDUCE_RUNS_MAX = 3_000;

function joined(sample: Sample, start: number, end: number): Sample {
  if (typeof sample === "string") return sample.slice(0, start) + sample.slice(end);
  return Uint8Array.from([...sample.subarray(0, start), ...sample.subarray(end)]);
}

/**
 * Leaves out parts of an input, large ones first, as long as it still fails.
 *
 * @param fails Whether this smaller input fails in the same way.
 */
export function reduced(sample: Sample, fails: (smaller: Sample) => boolean): Sample {
  let best = sample;
  let runs = 0;
  for (let size = Math.ceil(best.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < best.length;) {
      if (++runs > REDUCE_RUNS_MAX) return best;
      const smaller = joined(best, at, Math.min(best.length, at + size));
      if (fails(smaller)) best = smaller;
      else at += size;
    }
  }
  return best;
}
