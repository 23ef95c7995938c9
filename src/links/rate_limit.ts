import { invariant } from "../core/invariant.ts";

/** Lets the first call of a key pass, then one a period. */
export interface RateLimit {
  /** @returns Whether this one may pass. */
  allow(key: string, nowMs: number): boolean;
  /** Calls of this key that were held back since the last one that passed. */
  heldBack(key: string): number;
}

/** Key under which those beyond the bound share one call a period. */
const OTHERS = "\u0000others";

/**
 * Makes a rate limit that remembers at most `keysMax` keys. When all of them have passed within the period, further ones
 * share one call a period: whoever invents new keys passes no more often.
 *
 * @param periodMs At least 1.
 */
export function rateLimit(periodMs: number, keysMax: number): RateLimit {
  invariant(periodMs >= 1 && keysMax >= 1, `rate limit of ${periodMs} ms and ${keysMax} keys`);
  const passed = new Map<string, { atMs: number; heldBack: number }>();
  /** The key itself when it is known or there is room. The keys are in the order in which they passed. */
  function slotOf(key: string, nowMs: number): string {
    if (passed.has(key)) return key;
    for (const [oldest, { atMs }] of passed) {
      if (passed.size < keysMax || nowMs - atMs < periodMs) break;
      passed.delete(oldest);
    }
    return passed.size < keysMax ? key : OTHERS;
  }
  return {
    allow(asked, nowMs) {
      const key = slotOf(asked, nowMs);
      const last = passed.get(key);
      if (last !== undefined && nowMs - last.atMs < periodMs) {
        last.heldBack++;
        return false;
      }
      passed.delete(key);
      passed.set(key, { atMs: nowMs, heldBack: 0 });
      return true;
    },
    heldBack(key) {
      return passed.get(key)?.heldBack ?? 0;
    },
  };
}
