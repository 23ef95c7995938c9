/** What a TLS stack, ours or the broker's, calls a certificate whose dates do not hold now; spelling differs by runtime. */
const DATE_WORDS = /not\s?valid\s?yet|not\s?yet\s?valid|expired/i;

/** Says what the clock says, and what to do when that is wrong. @param wallMs Wall clock, ms since 1970. */
export function clockDoubt(wallMs: number): string {
  return `and the clock says ${isoSeconds(wallMs)}: set the clock (NTP) if that is wrong`;
}

/**
 * The reason of a refused handshake, with what the clock says when the clock may explain it.
 *
 * @param reason What the TLS stack said.
 * @param wallMs Wall clock, ms since 1970; undefined or 0 when it is not known.
 */
export function withClockDoubt(reason: string, wallMs: number | undefined): string {
  if (wallMs === undefined || wallMs <= 0 || !DATE_WORDS.test(reason)) return reason;
  return `${reason}; a certificate must be valid now, ${clockDoubt(wallMs)}`;
}

/** ISO 8601 in UTC, whole seconds. @param ms Since 1970. */
export function isoSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
