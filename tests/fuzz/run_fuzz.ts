/** Gives targets their inputs, counts what comes of them, and shows the first that fails in its smallest form. */
import fc from "fast-check";
import { errorText } from "../../src/core/errors.ts";
import { makeDice } from "./dice.ts";
import { assertUnpolluted, type FuzzTarget } from "./fuzz_target.ts";
import { mutated, type Sample } from "./mutate.ts";
import { reduced } from "./reduce.ts";

/** Of so many inputs of a target one comes from fast-check, the others are mutated seeds. */
export const FAST_CHECK_ONE_OF = 10;
/** Inputs between two marks of memory. */
export const MARK_INPUTS = 5_000;
/** Outcomes of one target that are told apart. */
const OUTCOMES_MAX = 60;
/** Characters of a failing input that are shown. */
const SHOWN_MAX = 2_000;

/** What a run of the fuzzer is made from. */
export interface FuzzOptions {
  /** Inputs of all targets together. */
  readonly inputs: number;
  /** Any integer. */
  readonly seed: number;
  /** Number of the first input of each target; the ones before it are left out. */
  readonly from?: number;
  /** Monotonic ms. */
  nowMs(): number;
  /** Bytes of the heap after a collection; undefined when the runtime does not collect on demand. */
  heapBytes(): number | undefined;
  /** Told at each mark. */
  progress?(done: number, targets: readonly TargetFigures[]): void;
}

/** What one target was given, and made of it. */
export interface TargetFigures {
  readonly name: string;
  inputs: number;
  readonly outcomes: Map<string, number>;
  /** The slowest input, and how long it took in ms. */
  slowestMs: number;
  slowestChars: number;
  tookMs: number;
}

/** What a run found. */
export interface FuzzResult {
  readonly inputs: number;
  readonly targets: readonly TargetFigures[];
  /** Bytes of the heap at each mark, in order; empty when they are not known. */
  readonly heap: readonly number[];
}

/** An input that fails, as it is replayed. */
export class FuzzFailure extends Error {
  override readonly name = "FuzzFailure";
}

function shown(sample: Sample): string {
  const text = typeof sample === "string"
    ? JSON.stringify(sample)
    : `bytes ${[...sample.subarray(0, SHOWN_MAX / 3)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ")}`;
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}… (${sample.length} in all)` : text;
}

/** Where in the code an error came from, so that a smaller input is not one that fails for another reason. */
function signature(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return `${thrown.name} ${thrown.message.replace(/[\d"'].*/s, "")} ${thrown.stack?.match(/\w+\.ts:\d+:\d+/)?.[0]}`;
}

function failureOf(target: FuzzTarget, sample: Sample): unknown {
  try {
    target.run(sample);
    return undefined;
  } catch (thrown) {
    return thrown ?? new Error("undefined was thrown");
  }
}

function fail(target: FuzzTarget, sample: Sample, options: { readonly thrown: unknown; readonly how: string }): never {
  const wanted = signature(options.thrown);
  const small = reduced(sample, (smaller) => {
    const thrown = failureOf(target, smaller);
    return thrown !== undefined && signature(thrown) === wanted;
  });
  const stack = options.thrown instanceof Error ? options.thrown.stack : "";
  throw new FuzzFailure(
    `${target.name} fails: ${errorText(options.thrown)}\nsmallest input: ${
      shown(small)
    }\nreplay: ${options.how}\n${stack}`,
    { cause: options.thrown },
  );
}

/** What fast-check makes: values and texts that no seed looks like. */
const ANY_SAMPLE: fc.Arbitrary<Sample> = fc.oneof(
  fc.json({ maxDepth: 5, stringUnit: "binary" }),
  fc.record({
    Header: fc.record({ Src: fc.string(), MessageType: fc.string(), AckRequired: fc.boolean() }, { requiredKeys: [] }),
    Payload: fc.dictionary(
      fc.constantFrom("TypeName", "MessageId", "Src", "Version", "__proto__", "X"),
      fc.jsonValue(),
    ),
  }, { requiredKeys: [] }).map((value) => JSON.stringify(value)),
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.string({ maxLength: 60 }),
  fc.uint8Array({ maxLength: 200 }),
);

/** Its own dice for each target, whichever others run. Source: FNV-1a. */
function saltOf({ name }: FuzzTarget): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

function runFastCheck(target: FuzzTarget, times: number, count: (sample: Sample) => void, seed: number): void {
  if (times === 0) return;
  const property = fc.property(ANY_SAMPLE, count);
  const found = fc.check(property, { seed: seed | 0, numRuns: times, verbose: 0 });
  if (!found.failed || found.counterexample === null) return;
  const [sample] = found.counterexample;
  const thrown = failureOf(target, sample) ?? found.errorInstance;
  fail(target, sample, { thrown, how: `fast-check seed ${found.seed}, path ${found.counterexamplePath}` });
}

function figuresOf({ name }: FuzzTarget): TargetFigures {
  return { name, inputs: 0, outcomes: new Map(), slowestMs: 0, slowestChars: 0, tookMs: 0 };
}

function count(figures: TargetFigures, outcome: string, took: { readonly ms: number; readonly chars: number }): void {
  figures.inputs++;
  figures.tookMs += took.ms;
  const key = figures.outcomes.has(outcome) || figures.outcomes.size < OUTCOMES_MAX ? outcome : "(other)";
  figures.outcomes.set(key, (figures.outcomes.get(key) ?? 0) + 1);
  if (took.ms <= figures.slowestMs) return;
  figures.slowestMs = took.ms;
  figures.slowestChars = took.chars;
}

/**
 * Runs the targets in turns of `MARK_INPUTS` inputs, shared out by weight; each input follows from seed, target and number.
 *
 * @throws {FuzzFailure} At the first input that fails.
 */
export function runFuzz(targets: readonly FuzzTarget[], options: FuzzOptions): FuzzResult {
  const { inputs, seed, nowMs } = options;
  const figures = targets.map(figuresOf);
  const weights = targets.reduce((sum, { weight }) => sum + weight, 0);
  const heap: number[] = [];
  function run(index: number, sample: Sample): void {
    const startMs = nowMs();
    const outcome = targets[index]!.run(sample);
    count(figures[index]!, outcome, { ms: nowMs() - startMs, chars: sample.length });
  }
  function turn(index: number, until: number): void {
    const target = targets[index]!;
    const made = figures[index]!;
    const own = seed + saltOf(target);
    const checked = options.from === undefined ? Math.floor((until - made.inputs) / FAST_CHECK_ONE_OF) : 0;
    runFastCheck(target, checked, (sample) => run(index, sample), own + made.inputs);
    while (made.inputs < until) {
      const number = made.inputs + (options.from ?? 0);
      const sample = mutated(target.seeds, makeDice(own, number));
      try {
        run(index, sample);
      } catch (thrown) {
        fail(target, sample, { thrown, how: `--seed ${seed} --only "${target.name}" --from ${number}` });
      }
    }
    assertUnpolluted();
  }
  for (let done = 0; done < inputs;) {
    done = Math.min(inputs, done + MARK_INPUTS);
    targets.forEach((target, index) => turn(index, Math.ceil(done * target.weight / weights)));
    const bytes = options.heapBytes();
    if (bytes !== undefined) heap.push(bytes);
    options.progress?.(figures.reduce((sum, one) => sum + one.inputs, 0), figures);
  }
  for (const target of targets) target.end?.();
  return { inputs: figures.reduce((sum, one) => sum + one.inputs, 0), targets: figures, heap };
}
