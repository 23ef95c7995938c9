/** The longest duration a command takes, in ms: 24 h. */
export const DURATION_MS_MAX = 86_400_000;

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000 };

/**
 * Reads a duration: a number and its unit, "250ms", "20s", "1.5m" (or "min"), "2h".
 *
 * @returns Whole ms from 1 to `DURATION_MS_MAX`.
 * @throws {RangeError} If it is anything else.
 */
export function parseDuration(text: string): number {
  const parts = /^(\d+(?:\.\d+)?)(ms|s|min|m|h)$/.exec(text.trim());
  const ms = parts === null ? NaN : Math.round(Number(parts[1]) * UNITS_MS[parts[2]!]!);
  if (ms >= 1 && ms <= DURATION_MS_MAX) return ms;
  throw new RangeError(`Cannot read duration as it must be 1ms to 24h, like 20s, 5m or 2h: found "${text}"`);
}
