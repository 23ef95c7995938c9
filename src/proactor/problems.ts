/** One kind of problem is recorded at most this often, in ms. */
export const PROBLEM_REPEAT_MS = 600_000;
/** Kinds told apart; the oldest is forgotten. */
export const PROBLEM_KINDS_MAX = 100;

/** A rate limit by kind, so that a lasting fault cannot flood the store with events about itself. */
export interface ProblemLimit {
  /** @returns How many of this kind were held back since the last one recorded, or undefined: hold this one back too. */
  admit(kind: string, nowMs: number): number | undefined;
}

/** Makes a rate limit for problem events. */
export function problemLimit(repeatMs = PROBLEM_REPEAT_MS): ProblemLimit {
  const kinds = new Map<string, { lastMs: number; heldBack: number }>();
  return {
    admit(kind, nowMs) {
      const known = kinds.get(kind);
      if (known && nowMs - known.lastMs < repeatMs) {
        known.heldBack++;
        return undefined;
      }
      kinds.delete(kind);
      kinds.set(kind, { lastMs: nowMs, heldBack: 0 });
      if (kinds.size > PROBLEM_KINDS_MAX) kinds.delete(kinds.keys().next().value!);
      return known?.heldBack ?? 0;
    },
  };
}
