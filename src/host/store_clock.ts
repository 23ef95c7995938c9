import { soon } from "./turns.ts";

/** Time of a store: the real clock, whatever the house's does. */
export interface StoreClock {
  /** Monotonic ms. */
  nowMs(): number;
  /** Wall clock in ms. */
  wallMs(): number;
  /** Calls back once after `ms`, unless disposed of before. */
  after(ms: number, name: string, callback: () => void): Disposable;
  /**
   * Calls back once when the messages that have arrived are taken, unless disposed of before: what piled up during one
   * commit shares the next one. Absent: a due commit does not wait for them.
   */
  soon?(callback: () => void): Disposable;
}

/** The real clock. */
export function realStoreClock(): StoreClock {
  return {
    nowMs: () => performance.now(),
    wallMs: () => Date.now(),
    after(ms, _name, callback) {
      const timer = setTimeout(callback, ms);
      return { [Symbol.dispose]: () => clearTimeout(timer) };
    },
    soon,
  };
}
