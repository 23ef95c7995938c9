/** Virtual days from which on a run tells of its memory. */
const DAYS_MIN = 2;
const DAY_MS = 86_400_000;

/** Tells of the memory after each virtual day: what grows over a month shows here. */
export interface SimDays {
  /** @param atMs Virtual ms. */
  looked(atMs: number): void;
  /** Growth over the second half of the days, as text; undefined for a short run. */
  text(): string | undefined;
}

/** @returns Used heap in MB, after a collection where the runtime offers one (`--v8-flags=--expose-gc`). */
function heapMb(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return Deno.memoryUsage().heapUsed / 1e6;
}

/** Makes the days of a run that has not begun. @param minutes Virtual minutes of each seed. @param print Receives a line a day. */
export function simDays(minutes: number, print: (line: string) => void): SimDays {
  const seen: number[] = [];
  const isLong = minutes * 60_000 >= DAYS_MIN * DAY_MS;
  return {
    looked(atMs) {
      if (!isLong || atMs < (seen.length + 1) * DAY_MS) return;
      seen.push(heapMb());
      print(`… day ${seen.length}: heap ${seen.at(-1)!.toFixed(1)} MB`);
    },
    text() {
      if (seen.length < DAYS_MIN) return undefined;
      const late = seen.slice(Math.floor((seen.length - 1) / 2));
      const perDay = (late.at(-1)! - late[0]!) / Math.max(1, late.length - 1);
      const { rss } = Deno.memoryUsage();
      return `memory: heap ${seen.at(-1)!.toFixed(1)} MB after day ${seen.length}, ${
        perDay.toFixed(2)
      } MB a day over the ` +
        `second half; process ${(rss / 1e6).toFixed(0)} MB`;
    },
  };
}
