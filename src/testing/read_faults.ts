import { EnvironmentError } from "../core/errors.ts";
import type { StoreEngine } from "../store/port.ts";

/** Reads of one disk that fail in tests. */
export interface ReadFaults {
  /** Lets the n-th read from now on fail, as of a bad sector; 1 is the next. Several may be planned. */
  fail(n: number): void;
  /** Forgets all planned failures. */
  heal(): void;
  /** Failures that came to pass. */
  readonly failures: number;
  /** The engine, whose reads fail as planned. */
  around(engine: StoreEngine): StoreEngine;
}

/** Makes the read faults of one disk: none yet. They outlive its engines. */
export function readFaults(): ReadFaults {
  const planned = new Set<number>();
  let reads = 0;
  let failures = 0;
  function next(): void {
    if (!planned.delete(++reads)) return;
    failures++;
    throw new EnvironmentError("Cannot read as planned", "SQLITE_IOERR");
  }
  return {
    fail: (n) => void planned.add(reads + n),
    heal: () => planned.clear(),
    get failures() {
      return failures;
    },
    around: (engine) => ({
      open: (boot, life) => engine.open(boot, life),
      commit: (txns) => engine.commit(txns),
      read(request) {
        next();
        return engine.read(request);
      },
      inboxList(newest) {
        next();
        return engine.inboxList(newest);
      },
      counters: () => engine.counters(),
      [Symbol.dispose]: () => engine[Symbol.dispose](),
    }),
  };
}
