import { invariant } from "../core/invariant.ts";
import type { ProactorWorld } from "./world.ts";

/** Most timers alive in one proactor; more is a leak. */
export const TIMERS_MAX = 2_048;

/**
 * The named timers of a proactor. A firing that was queued before its timer was cancelled or started again is stale:
 * it is told apart by its epoch, and dropped.
 */
export interface ProactorTimers {
  start(name: string, delayMs: number, clock: "real" | "house"): void;
  cancel(name: string): void;
  /** @returns Whether this firing still counts; it counts once. */
  fired(name: string, epoch: number): boolean;
  readonly alive: number;
}

/** Makes the timers of one proactor. */
export function proactorTimers(world: Pick<ProactorWorld, "effect">): ProactorTimers {
  const epochs = new Map<string, number>();
  let lastEpoch = 0;
  return {
    start(name, delayMs, clock) {
      invariant(delayMs >= 0, `timer "${name}" with a delay of ${delayMs} ms`);
      const epoch = ++lastEpoch;
      epochs.set(name, epoch);
      invariant(epochs.size <= TIMERS_MAX, `more than ${TIMERS_MAX} timers: the newest is "${name}"`);
      world.effect({ kind: "timer", name, epoch, delayMs, clock });
    },
    cancel(name) {
      if (epochs.delete(name)) world.effect({ kind: "cancel", name });
    },
    fired(name, epoch) {
      if (epochs.get(name) !== epoch) return false;
      return epochs.delete(name);
    },
    get alive() {
      return epochs.size;
    },
  };
}
