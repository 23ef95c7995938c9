import { invariant } from "../core/invariant.ts";

/** Shortest wait before a new try, in ms. */
export const BACK_OFF_MS_MIN = 1_000;
/** Longest wait before a new try, in ms. */
export const BACK_OFF_MS_MAX = 120_000;

/**
 * The wait before the next try: doubling with each failure, with jitter so that a fleet does not return in one instant.
 *
 * @param failures Failures in a row so far, at least 1.
 * @param chance A number in [0, 1).
 * @returns Milliseconds, 1,000 to 120,000.
 */
export function backOffMs(failures: number, chance: number): number {
  invariant(Number.isInteger(failures) && failures >= 1, `back-off after ${failures} failures`);
  invariant(chance >= 0 && chance < 1, `back-off with chance ${chance}`);
  const full = Math.min(BACK_OFF_MS_MAX, BACK_OFF_MS_MIN * 2 ** Math.min(failures - 1, 10));
  return Math.max(BACK_OFF_MS_MIN, Math.round(full * (0.5 + chance / 2)));
}
