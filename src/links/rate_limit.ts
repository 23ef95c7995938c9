import { invariant } from "../core/invariant.ts";

/** Lets the first call of a key pass, then one a period. */
export interface RateLimit {
  /** @returns Whether this one may pass. */
  allow(key: string, nowMs: number): boolean;
  /** Calls of this key that were held back since the last one that passed. */
  heldBack(key: string): number;
}

/**
 * Makes a rate limit that remembers at most `keysMax` keys; when it is full, a new key takes the place of the oldest.
 *
 * @param periodMs At least 1.
 */
export function rateLimit(periodMs: number, keysMax: number): RateLimit {
  invariant(periodMs >= 1 && keysMax >= 1, `rate limit of ${periodMs} ms and ${keysMax} keys`);
  const passed = new Map<string, { atMs: number; heldBack: number }>();
  return {
    allow(key, nowMs) {
      const last = passed.get(key);
      if (last !== undefined && nowMs - last.atMs < periodMs) {
        last.heldBack++;
        return false;
      }
      passed.delete(key);
      if (passed.size >= keysMax) {
        for (const oldest of passed.keys()) {
          passed.delete(oldest);
          break;
        }
      }
      passed.set(key, { atMs: nowMs, heldBack: 0 });
      return true;
    },
    heldBack(key) {
      return passed.get(key)?.heldBack ?? 0;
    },
  };
}
