/** A wall clock (ms since 1970) before this is not trusted, 2020-01-01 UTC: a board without a battery starts in 1970. */
export const WALL_TRUSTED_MS = 1_577_836_800_000;

/** Whether a wall clock may be right: peers refuse stamps of one that is not. */
export function isWallTrusted(wallMs: number): boolean {
  return wallMs >= WALL_TRUSTED_MS;
}
