/** The fuzzer: `deno task fuzz [--inputs N] [--seed S] [--only TARGET [--from INPUT]]`. Prints figures; exit code 1 at a failing input. */
import process from "node:process";
import { parseArgs } from "node:util";
import { allTargets } from "./all_targets.ts";
import { figureLines, heapBytes, heapGrowth } from "./figures.ts";
import { readSeeds } from "./fuzz_seeds.ts";
import { FuzzFailure, MARK_INPUTS, runFuzz } from "./run_fuzz.ts";

/** Inputs when none are asked for. */
const INPUTS_DEFAULT = 100_000;
const PROGRESS_MARKS = 10;

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function main(): number {
  const { values } = parseArgs({
    options: {
      inputs: { type: "string" },
      seed: { type: "string" },
      only: { type: "string" },
      from: { type: "string" },
    },
  });
  const inputs = Number(values.inputs ?? INPUTS_DEFAULT);
  const seed = Number(values.seed ?? Date.now() % 1_000_000_000);
  const seeds = readSeeds(Deno.env.get("HEARTH_REFERENCE_DATA"));
  const targets = allTargets(seeds).filter(({ name }) => values.only === undefined || name === values.only);
  if (!Number.isSafeInteger(inputs) || !Number.isSafeInteger(seed) || inputs < 1 || targets.length === 0) {
    print("Cannot fuzz as --inputs and --seed must be integers, and --only the name of a target");
    return 2;
  }
  const samples = seeds.hasReference ? "with the reference's samples" : "without the reference's samples";
  print(`${inputs} inputs, seed ${seed}, ${targets.length} targets, ${samples}`);
  const startMs = performance.now();
  try {
    const result = runFuzz(targets, {
      inputs,
      seed,
      ...(values.from === undefined ? {} : { from: Number(values.from) }),
      nowMs: () => performance.now(),
      heapBytes,
      progress(done) {
        if ((done / MARK_INPUTS | 0) % PROGRESS_MARKS !== 0) return;
        const heap = heapBytes();
        const mib = heap === undefined ? "" : `, heap ${(heap / 2 ** 20).toFixed(1)} MiB`;
        print(`${done} inputs, ${((performance.now() - startMs) / 1_000).toFixed(0)} s${mib}`);
      },
    });
    print(figureLines(result).join("\n"));
    print(
      `${result.inputs} inputs in ${((performance.now() - startMs) / 1_000).toFixed(1)} s; ${heapGrowth(result.heap)}`,
    );
    return 0;
  } catch (thrown) {
    if (!(thrown instanceof FuzzFailure)) throw thrown;
    print(thrown.message);
    return 1;
  }
}

Deno.exit(main());
