import { invariant } from "../core/invariant.ts";

/** Most timers that may fire at one instant: more is a busy loop. */
export const TIMERS_PER_INSTANT_MAX = 1_000;

/** Time of a simulation: nothing waits, and every timer fires at exactly its due time. */
export interface VirtualClock {
  /** Monotonic ms since the start; never steps. */
  readonly nowMs: number;
  /** Wall clock in ms since 1970: monotonic time plus an offset that may step. */
  readonly wallMs: number;
  /** Timers that wait. */
  readonly alive: number;
  /** Timers that fired since the start. */
  readonly fired: number;
  /** Calls back after a delay. @throws {RangeError} If the delay is negative or not a finite number. */
  after(delayMs: number, name: string, callback: () => void): Disposable;
  /** Moves the wall clock, not the monotonic one. @param deltaMs Any sign. */
  stepWall(deltaMs: number): void;
  /** Fires everything due up to and including this instant, then stands there. */
  runUntil(atMs: number): void;
  /** As `runUntil`, from now. */
  run(forMs: number): void;
}

interface Entry {
  readonly dueMs: number;
  readonly seq: number;
  readonly name: string;
  callback: (() => void) | undefined;
}

/** Makes a clock at 0. @param wallStartMs Wall clock at the start; default 2025-11-21 00:00 UTC. */
export function virtualClock(wallStartMs = 1_763_683_200_000): VirtualClock {
  const heap: Entry[] = [];
  let nowMs = 0;
  let wallOffsetMs = wallStartMs;
  let lastSeq = 0;
  let alive = 0;
  let fired = 0;
  let atInstant = 0;

  function runUntil(untilMs: number): void {
    invariant(untilMs >= nowMs, `clock at ${nowMs} ms run back to ${untilMs} ms`);
    for (let next = heap[0]; next !== undefined && next.dueMs <= untilMs; next = heap[0]) {
      pop(heap);
      const { callback } = next;
      if (callback === undefined) continue;
      next.callback = undefined;
      atInstant = next.dueMs === nowMs ? atInstant + 1 : 1;
      invariant(atInstant <= TIMERS_PER_INSTANT_MAX, `timer "${next.name}" keeps firing at ${nowMs} ms`);
      nowMs = next.dueMs;
      alive--;
      fired++;
      callback();
    }
    if (untilMs > nowMs) atInstant = 0;
    nowMs = untilMs;
  }
  return {
    get nowMs() {
      return nowMs;
    },
    get wallMs() {
      return nowMs + wallOffsetMs;
    },
    get alive() {
      return alive;
    },
    get fired() {
      return fired;
    },
    after(delayMs, name, callback) {
      if (!(delayMs >= 0 && delayMs < Infinity)) {
        throw new RangeError(`Cannot start timer "${name}" as its delay must be 0 ms or more: ${delayMs} ms`);
      }
      const entry: Entry = { dueMs: nowMs + delayMs, seq: ++lastSeq, name, callback };
      push(heap, entry);
      alive++;
      return {
        [Symbol.dispose]() {
          if (entry.callback === undefined) return;
          entry.callback = undefined;
          alive--;
        },
      };
    },
    stepWall(deltaMs) {
      wallOffsetMs += deltaMs;
    },
    runUntil,
    run(forMs) {
      runUntil(nowMs + forMs);
    },
  };
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.dueMs !== b.dueMs ? a.dueMs < b.dueMs : a.seq < b.seq;
}

function push(heap: Entry[], entry: Entry): void {
  let index = heap.push(entry) - 1;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (!isBefore(entry, heap[parent] as Entry)) break;
    heap[index] = heap[parent] as Entry;
    index = parent;
  }
  heap[index] = entry;
}

function pop(heap: Entry[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let index = 0;
  for (;;) {
    let child = 2 * index + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1] as Entry, heap[child] as Entry)) child++;
    if (!isBefore(heap[child] as Entry, last)) break;
    heap[index] = heap[child] as Entry;
    index = child;
  }
  heap[index] = last;
}
