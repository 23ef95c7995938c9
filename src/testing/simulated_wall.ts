import type { VirtualClock } from "./virtual_clock.ts";

/** Where a lost wall clock stands (ms since 1970) when the simulation starts: a kernel is not up in an instant, and 0 is no time. */
export const LOST_WALL_MS = 1_000;

/** The wall clock of one machine: the world's, until something happens to it. */
export interface SimulatedWall {
  /** Whole ms since 1970. */
  readonly nowMs: number;
  /** Whether it has fallen back to 1970. */
  readonly isLost: boolean;
  /** Sets it forward, or back when negative. */
  step(deltaMs: number): void;
  /** From now on it goes so many millionths too fast; negative: too slow. */
  drift(ppm: number): void;
  /** It falls back to 1970, and counts on from there until it is set right. */
  lose(): void;
  /** Ends `lose`. */
  setRight(): void;
}

/** Makes a wall clock that is right. */
export function simulatedWall(clock: VirtualClock): SimulatedWall {
  let offsetMs = 0;
  let drifts = { ppm: 0, sinceMs: 0 };
  let isLost = false;
  function driftedMs(): number {
    return Math.trunc((clock.nowMs - drifts.sinceMs) * drifts.ppm / 1e6);
  }
  return {
    get nowMs() {
      return isLost ? LOST_WALL_MS + Math.floor(clock.nowMs) : clock.wallMs + offsetMs + driftedMs();
    },
    get isLost() {
      return isLost;
    },
    step: (deltaMs) => void (offsetMs += deltaMs),
    drift(ppm) {
      offsetMs += driftedMs();
      drifts = { ppm, sinceMs: clock.nowMs };
    },
    lose: () => void (isLost = true),
    setRight: () => void (isLost = false),
  };
}
