import { isWallTrusted } from "../core/wall_clock.ts";
import type { StampMark, WallClocks } from "../links/stamps.ts";
import type { KeepRow } from "../store/port.ts";
import type { ProactorWorld } from "./world.ts";

/** Key under which the offsets of clocks are kept over restarts. */
export const CLOCK_KEY = "clock/offsets";
/** Newest clocks whose offsets are kept. */
export const CLOCKS_MAX = 16;

/** What is known of the wall clocks of this life and of earlier ones. */
export interface ClockBook extends WallClocks {
  /** Takes what an earlier life kept. @throws {Error} If it is not what `takeKept` gave. */
  restore(text: string): void;
  /** Looks at the clock, once a step. @returns What to keep: once, when a clock that stamped wrongly is right. */
  takeKept(): KeepRow | undefined;
}

/** Makes the book of one life. @param name Of its monotonic clock: boot and life. */
export function clockBook(name: string, world: Pick<ProactorWorld, "realMs" | "realWallMs">): ClockBook {
  const known = new Map<string, number>();
  let wrongOffsetMs: number | undefined;
  let isMarked = false;
  let isKept = false;

  /** Wall clock minus monotonic time now; undefined while the wall clock is not trusted. */
  function look(): number | undefined {
    const wallMs = world.realWallMs();
    const offsetMs = wallMs - world.realMs();
    if (isWallTrusted(wallMs)) return offsetMs;
    wrongOffsetMs = offsetMs;
    return undefined;
  }
  return {
    mark(): StampMark {
      look();
      if (wrongOffsetMs === undefined) return { clock: "", offsetMs: 0 };
      isMarked = true;
      return { clock: name, offsetMs: wrongOffsetMs };
    },
    offsetMs: (clock) => clock === name ? look() : known.get(clock),
    restore(text) {
      for (const [clock, offsetMs] of JSON.parse(text) as [unknown, unknown][]) {
        if (typeof clock === "string" && typeof offsetMs === "number") known.set(clock, offsetMs);
      }
    },
    takeKept() {
      const offsetMs = look();
      if (!isMarked || isKept || offsetMs === undefined) return undefined;
      isKept = true;
      const all = [...known, [name, offsetMs] as const].slice(-CLOCKS_MAX);
      return { key: CLOCK_KEY, version: 1, value: JSON.stringify(all), expiresWallMs: 0 };
    },
  };
}
