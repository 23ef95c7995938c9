import { clearImmediate, setImmediate } from "node:timers";

/**
 * Turns follow each other at once for this long, in ms; then one waits for a timer. A loop that never waits looks at its
 * sockets only once in 61 rounds, on both runtimes.
 */
export const BUSY_MS_MAX = 8;
/** A turn that ended longer ago than this, in ms, was followed by a wait. */
export const IDLE_MS = 0.5;

/**
 * Calls back once when what has arrived is taken, unless disposed of before. A timer alone would take 2 ms, at each of six
 * places between an event and its ack; beside the immediate it is a net, as on Deno 2.6.10 an immediate that a timer had
 * set was seen not to come.
 */
export function soon(callback: () => void): Disposable {
  function cancel(): void {
    clearImmediate(immediate);
    clearTimeout(timer);
  }
  function come(): void {
    cancel();
    callback();
  }
  const immediate = setImmediate(come);
  const timer = setTimeout(come, 0);
  return { [Symbol.dispose]: cancel };
}

/** How turns come. */
export interface TurnClock {
  /** Monotonic ms. */
  nowMs(): number;
  /** Calls back once when what has arrived is taken. */
  soon(callback: () => void): Disposable;
  /** Calls back once after the loop has waited. */
  rested(callback: () => void): Disposable;
}

const REAL_CLOCK: TurnClock = {
  nowMs: () => performance.now(),
  soon,
  rested(callback) {
    const timer = setTimeout(callback, 0);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};

/** Turns of one part, one at a time. */
export interface Turns extends Disposable {
  /** Asks for a turn, unless one is to come already. */
  schedule(): void;
}

/** Makes the turns of a part. @param run Takes one turn. @returns Whether another one must follow. */
export function turns(run: () => boolean, clock = REAL_CLOCK): Turns {
  let next: Disposable | undefined;
  let busySinceMs = 0, endedMs = -Infinity;
  let isDisposed = false;

  function turn(): void {
    next = undefined;
    const isBusy = run();
    endedMs = clock.nowMs();
    if (isBusy) schedule();
  }
  function rested(): void {
    busySinceMs = clock.nowMs();
    turn();
  }
  function schedule(): void {
    if (next !== undefined || isDisposed) return;
    const nowMs = clock.nowMs();
    if (nowMs - endedMs > IDLE_MS) busySinceMs = nowMs;
    next = nowMs - busySinceMs > BUSY_MS_MAX ? clock.rested(rested) : clock.soon(turn);
  }
  return {
    schedule,
    [Symbol.dispose]() {
      isDisposed = true;
      next?.[Symbol.dispose]();
    },
  };
}
