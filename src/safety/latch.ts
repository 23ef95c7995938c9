/** A rule with hysteresis over the newest value of some channels. */
export interface Latch {
  /** @returns Whether the rule holds after this value. */
  update(channel: string, value: number): boolean;
  readonly active: boolean;
}

/** Holds from any channel at or over `set` until all known ones are below `release`. */
export function highLatch(channels: readonly string[], set: number, release: number): Latch {
  const latest = new Map<string, number>();
  let active = false;
  return {
    update(channel, value) {
      if (!channels.includes(channel)) return active;
      latest.set(channel, value);
      const hottest = Math.max(...latest.values());
      active = active ? hottest >= release : hottest >= set;
      return active;
    },
    get active() {
      return active;
    },
  };
}

/** Holds from any channel at or under `set` until all known ones are above `release`. */
export function lowLatch(channels: readonly string[], set: number, release: number): Latch {
  const inner = highLatch(channels, -set, -release);
  return {
    update: (channel, value) => inner.update(channel, -value),
    get active() {
      return inner.active;
    },
  };
}
