/** Readings older than this (house ms) tell nothing any more: their channel is read again within its period. */
export const EARLY_MS_MAX = 30_000;
/** Most channels whose early readings are kept; of more, those that came first. */
export const EARLY_CHANNELS_MAX = 1_000;

/** The newest reading of each channel, from before the store was open: a slow disk must not cost the first control cycle a period. */
export interface EarlyReadings {
  /** @param houseMs Monotonic. */
  add(channel: string, value: number, houseMs: number): void;
  /** Takes out those that still tell something, in the order their channels were first heard. */
  take(houseMs: number): readonly EarlyReading[];
}

/** One reading that waits for the start. */
export interface EarlyReading {
  readonly channel: string;
  /** Integer in the channel's telemetry unit. */
  readonly value: number;
}

/** Makes the memory of what was read before the start. */
export function earlyReadings(): EarlyReadings {
  const newest = new Map<string, { readonly value: number; readonly atMs: number }>();
  return {
    add(channel, value, houseMs) {
      if (newest.size >= EARLY_CHANNELS_MAX && !newest.has(channel)) return;
      newest.set(channel, { value, atMs: houseMs });
    },
    take(houseMs) {
      const fresh = [...newest].filter(([, { atMs }]) => houseMs - atMs <= EARLY_MS_MAX);
      newest.clear();
      return fresh.map(([channel, { value }]) => ({ channel, value }));
    },
  };
}
