import { isWallTrusted } from "../core/wall_clock.ts";
import type { EventRow } from "../store/port.ts";
import type { LinksContext } from "./port.ts";
import { mayHaveStampMark } from "./stamps.ts";

/** How often the wall clock is looked at while rows wait for it to be right, in ms. */
export const CLOCK_LOOK_MS = 1_000;

/** Rows of one link that wait for a right wall clock. */
export interface ClockWait {
  /** Whether this row must wait: a peer refuses stamps before 2020, and the row with them. */
  holdsBack(row: EventRow, ctx: LinksContext): boolean;
  /** The timer fired: rows may be offered again. */
  due(): void;
  end(ctx: LinksContext): void;
}

/** Makes the wait of one link. @param timerName Runs while rows wait. */
export function clockWait(timerName: string): ClockWait {
  let looks = false;
  return {
    holdsBack(row, ctx) {
      if (isWallTrusted(ctx.wallMs) || !mayHaveStampMark(row.bytes)) return false;
      if (!looks) ctx.timer(timerName, CLOCK_LOOK_MS);
      looks = true;
      return true;
    },
    due() {
      looks = false;
    },
    end(ctx) {
      ctx.cancel(timerName);
      looks = false;
    },
  };
}
