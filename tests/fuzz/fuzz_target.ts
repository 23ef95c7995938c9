import { strict as assert } from "node:assert";
import type { Sample, Seed } from "./mutate.ts";

/** One thing that reads foreign input, and what must hold of it whatever it is given. */
export interface FuzzTarget {
  readonly name: string;
  readonly seeds: readonly Seed[];
  /** Share of the inputs: 1 for each weight. */
  readonly weight: number;
  /**
   * Reads one input and judges what came of it.
   *
   * @returns Its outcome in a few words, to be counted: of a bounded number.
   * @throws {Error} If anything is wrong.
   */
  run(sample: Sample): string;
  /** What the target still has to say when all inputs are through, for example that nothing has grown. */
  end?(): void;
}

/** The bytes of a sample. A lone surrogate becomes U+FFFD, as on every way out of the runtime. */
export function bytesOf(sample: Sample): Uint8Array {
  return typeof sample === "string" ? new TextEncoder().encode(sample) : sample;
}

/** The text of a sample. */
export function textOf(sample: Sample): string {
  return typeof sample === "string" ? sample : new TextDecoder("utf-8", { ignoreBOM: true }).decode(sample);
}

/** The JSON value of a sample, undefined when it is none. */
export function valueOf(sample: Sample): unknown {
  try {
    return JSON.parse(textOf(sample));
  } catch {
    return undefined;
  }
}

const PROTOTYPES = [Object.prototype, Array.prototype, Function.prototype, String.prototype];
const KEYS = PROTOTYPES.map((prototype) => Reflect.ownKeys(prototype).length);

/** Fails when some input has reached what every object inherits. */
export function assertUnpolluted(): void {
  assert.deepEqual(PROTOTYPES.map((prototype) => Reflect.ownKeys(prototype).length), KEYS, "a prototype was changed");
}
