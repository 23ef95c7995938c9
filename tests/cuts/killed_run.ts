import type { RandomStreams } from "../../src/testing/mod.ts";
import type { StorePlace } from "./found_store.ts";
import type { Mark } from "./mark.ts";
import { makeProgress, type Progress } from "./progress.ts";
import type { ReferenceStore } from "./reference_store.ts";
import type { WorkloadOptions } from "./workload.ts";

const WORKLOAD = new URL("./workload.ts", import.meta.url).pathname;
/** Part of the kills that count from the start of the process: they fall into its opening of the store, or before. */
const EARLY_PART = 0.2;
/** Longest random wait before a kill, in ms: from the start, or from the first commit. */
const EARLY_MS_MAX = 400;
const WORKING_MS_MAX = 120;
/** More steps than any process lives. */
const STEPS = 1_000_000;
/** Probability of a close and an opening after a step. */
const REOPENS = 0.01;

/** One process that is killed. */
export interface KilledRun {
  readonly place: StorePlace;
  readonly seed: number;
  readonly random: RandomStreams;
  /** What the store holds at the start. */
  readonly start: ReferenceStore;
  /** The planted bug of the workload. */
  readonly tellsEarly?: boolean;
}

/** What a process said before it died. */
export interface Killed {
  readonly progress: Progress;
  /** Commits it reported. */
  readonly commits: number;
}

function after(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs));
}

/** Lines of a stream; the last one only when it is whole. */
async function eachLine(stream: ReadableStream<Uint8Array>, take: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of stream) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop()!;
    for (const line of lines) take(line);
  }
}

/** Starts a process that commits as fast as it can, and kills it at a moment that is drawn. @throws {Error} If it ended by itself. */
export async function killOnce({ place, seed, random, start, tellsEarly = false }: KilledRun): Promise<Killed> {
  const options: WorkloadOptions = { ...place, seed, steps: STEPS, reopens: REOPENS, synchronous: "FULL", tellsEarly };
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-check", "-A", WORKLOAD, JSON.stringify(options), "/dev/stdout"],
    env: { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const progress = makeProgress(start);
  const first = Promise.withResolvers<void>();
  let commits = 0;
  const reading = eachLine(child.stdout, (line) => {
    const mark = JSON.parse(line) as Mark;
    progress.take(mark);
    if (mark.kind === "committed" && ++commits === 1) first.resolve();
  });
  const problems = new Response(child.stderr).text();
  if (random.chance("early", EARLY_PART)) await after(random.integer("early_ms", 0, EARLY_MS_MAX));
  else {
    await Promise.race([first.promise, child.status]);
    await after(random.integer("working_ms", 0, WORKING_MS_MAX));
  }
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended; its status says so below.
  }
  const { signal, code } = await child.status;
  await reading;
  if (signal !== "SIGKILL") throw new Error(`Cannot kill the workload as it ended with ${code}: ${await problems}`);
  await problems;
  return { progress, commits };
}
