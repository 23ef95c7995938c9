import process from "node:process";
import { type FuzzResult, MARK_INPUTS, type TargetFigures } from "./run_fuzz.ts";

/** Bytes of the heap after a collection; undefined unless the runtime runs with `--v8-flags=--expose-gc`. */
export function heapBytes(): number | undefined {
  const { gc } = globalThis as { readonly gc?: () => void };
  if (gc === undefined) return undefined;
  gc();
  return process.memoryUsage().heapUsed;
}

/** Marks at the start that are left out: code is compiled, caches fill. */
const WARM_SHARE = 0.25;

/** Median of the heap's last quarter over that of its second one; undefined when there are too few marks. */
export function heapRatio(heap: readonly number[]): number | undefined {
  const quarter = Math.floor(heap.length * WARM_SHARE);
  if (quarter < 1) return undefined;
  return median(heap.slice(-quarter)) / median(heap.slice(quarter, 2 * quarter));
}

/** Bytes by which the heap grew for each input, between the second and the last quarter of the marks. */
export function heapPerInput(heap: readonly number[]): number | undefined {
  const quarter = Math.floor(heap.length * WARM_SHARE);
  if (quarter < 1) return undefined;
  const grown = median(heap.slice(-quarter)) - median(heap.slice(quarter, 2 * quarter));
  return grown / ((heap.length - 2 * quarter) * MARK_INPUTS);
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
}

/** One line on the heap. */
export function heapGrowth(heap: readonly number[]): string {
  const ratio = heapRatio(heap);
  if (ratio === undefined) return "heap not measured: it takes --v8-flags=--expose-gc, and inputs for four marks";
  const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
  const ends = `heap ${mib(heap[0]!)} MiB at the first mark, ${mib(heap.at(-1)!)} MiB at the last`;
  return `${ends}, ratio ${ratio.toFixed(3)}, ${heapPerInput(heap)?.toFixed(1)} bytes an input`;
}

function line({ name, inputs, slowestMs, slowestChars, tookMs, outcomes }: TargetFigures): string {
  const each = inputs === 0 ? 0 : tookMs * 1_000 / inputs;
  const words = [...outcomes].toSorted(([, a], [, b]) => b - a).map(([outcome, times]) => `\n    ${times} ${outcome}`);
  const slowest = `slowest ${slowestMs.toFixed(1)} ms (${slowestChars} long)`;
  return `${name}: ${inputs} inputs, ${each.toFixed(0)} µs each, ${slowest}${words.join("")}`;
}

/** The figures of a run: inputs by target, outcomes by reason, the slowest input. */
export function figureLines({ targets }: FuzzResult): readonly string[] {
  return targets.map(line);
}
