import { invariant } from "../core/invariant.ts";

/** Most timers that may fire at one instant: more is a busy loop. */
export const TIMERS_PER_INSTANT_MAX = 10_000;

/** Time of a simulation: nothing waits, and every timer fires at exactly its due time. */
export interface VirtualClock {
  /** Monotonic ms since the start; never steps. */
  readonly nowMs: number;
  /** Wall clock in whole ms since 1970, as a real one: monotonic time plus an offset that may step. */
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

/** One timer; fired or disposed of when it has no callback any more. */
class Entry implements Disposable {
  readonly dueMs: number;
  readonly seq: number;
  readonly name: string;
  readonly #counts: { alive: number };
  callback: (() => void) | undefined;

  constructor(timer: Pick<Entry, "dueMs" | "seq" | "name">, callback: () => void, counts: { alive: number }) {
    this.dueMs = timer.dueMs;
    this.seq = timer.seq;
    this.name = timer.name;
    this.callback = callback;
    this.#counts = counts;
    counts.alive++;
  }

  [Symbol.dispose](): void {
    if (this.callback === undefined) return;
    this.callback = undefined;
    this.#counts.alive--;
  }
}

/** Makes a clock at 0. @param wallStartMs Wall clock at the start; default 2025-11-21 00:00 UTC. */
export function virtualClock(wallStartMs = 1_763_683_200_000): VirtualClock {
  return new HeapClock(wallStartMs);
}

class HeapClock implements VirtualClock {
  readonly #heap: Entry[] = [];
  /** Timers without delay, in order: most of all, and the heap is not asked for them. */
  #now: Entry[] = [];
  #nowAt = 0;
  readonly #counts = { alive: 0 };
  #wallOffsetMs: number;
  #lastSeq = 0;
  #atInstant = 0;
  nowMs = 0;
  fired = 0;

  constructor(wallStartMs: number) {
    this.#wallOffsetMs = wallStartMs;
  }

  get wallMs(): number {
    return Math.floor(this.nowMs + this.#wallOffsetMs);
  }

  get alive(): number {
    return this.#counts.alive;
  }

  after(delayMs: number, name: string, callback: () => void): Disposable {
    if (!(delayMs >= 0 && delayMs < Infinity)) {
      throw new RangeError(`Cannot start timer "${name}" as its delay must be 0 ms or more: ${delayMs} ms`);
    }
    const entry = new Entry({ dueMs: this.nowMs + delayMs, seq: ++this.#lastSeq, name }, callback, this.#counts);
    if (delayMs === 0) this.#now.push(entry);
    else push(this.#heap, entry);
    return entry;
  }

  stepWall(deltaMs: number): void {
    this.#wallOffsetMs += deltaMs;
  }

  run(forMs: number): void {
    this.runUntil(this.nowMs + forMs);
  }

  runUntil(untilMs: number): void {
    invariant(untilMs >= this.nowMs, `clock at ${this.nowMs} ms run back to ${untilMs} ms`);
    for (let next = this.#take(untilMs); next !== undefined; next = this.#take(untilMs)) {
      const { callback, dueMs } = next;
      if (callback === undefined) continue;
      next[Symbol.dispose]();
      this.#atInstant = dueMs === this.nowMs ? this.#atInstant + 1 : 1;
      invariant(
        this.#atInstant <= TIMERS_PER_INSTANT_MAX,
        `timer "${next.name}" keeps firing at ${this.nowMs} ms`,
      );
      this.nowMs = dueMs;
      this.fired++;
      callback();
    }
    if (untilMs > this.nowMs) this.#atInstant = 0;
    this.nowMs = untilMs;
  }

  /** Takes the next timer that is due by then. */
  #take(untilMs: number): Entry | undefined {
    const now = this.#now[this.#nowAt];
    const later = this.#heap[0];
    if (now === undefined || (later !== undefined && isBefore(later, now))) {
      if (later === undefined || later.dueMs > untilMs) return undefined;
      pop(this.#heap);
      return later;
    }
    if (++this.#nowAt === this.#now.length) {
      this.#now = [];
      this.#nowAt = 0;
    }
    return now;
  }
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
