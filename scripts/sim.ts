/** Simulation runner: `deno task sim --seeds N | --seed S | --minutes M [--planted NAME|all] [--trace] [--json]`. */
import { drawFaults, type FaultPlan, MINUTES_DEFAULT, randomStreams, shrinkPlan } from "../src/testing/mod.ts";
import type { PlantedName, SeedResult } from "../src/testing/mod.ts";
import { EXIT } from "../src/core/exit_codes.ts";
import kept from "../tests/sim/seeds.json" with { type: "json" };
import { HELP, readOptions, type SimOptions } from "./sim_options.ts";
import { simDays } from "./sim_days.ts";
import { runTasks } from "./sim_pool.ts";
import { PLANTED_SEEDS, runOne, type SeedSettings, type SimAnswer, type SimTask } from "./sim_task.ts";
import { addResult, emptyTotals, type Totals, totalsText } from "./sim_totals.ts";

const PROGRESS_MS = 5_000;
/** Seeds that are run twice when there are at least as many. */
const TWICE_SEEDS = 20;
/** Failing seeds of one run that are shrunk: more of them would say little more. */
const SHRUNK_MAX = 3;

function print(text: string): void {
  const bytes = new TextEncoder().encode(`${text}\n`);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

function replayCommand(seed: number, options: SimOptions): string {
  const { minutes, engine, replay } = options;
  const virtual = minutes === MINUTES_DEFAULT ? "" : ` --virtual ${minutes}`;
  const store = engine === "memory" ? "" : ` --engine ${engine}`;
  const bug = replay === undefined ? "" : ` --planted ${replay}`;
  return `deno task sim --seed ${seed}${virtual}${store}${bug}${options.plan ? " --plan FILE" : ""} --trace`;
}

function report(result: SeedResult, options: SimOptions): void {
  const { violation, seed } = result;
  if (options.json) {
    const { last, marks: _, ...rest } = result;
    return print(JSON.stringify(violation ? { ...rest, last } : rest));
  }
  if (violation === undefined) return;
  print(result.last.join("\n"));
  print(`seed ${seed} FAILED at ${violation.atMs} ms, ${violation.checker}: ${violation.message}`);
  print(`replay: ${replayCommand(seed, options)}`);
}

function settingsOf({ minutes, engine, plan, replay }: SimOptions): SeedSettings {
  return { minutes, engine, plan, planted: replay };
}

/** Prints the fewest faults with which a seed still fails in the same way. */
function shrink({ seed, violation }: SeedResult, options: SimOptions): void {
  if (violation === undefined) return;
  const settings = settingsOf(options);
  const whole: FaultPlan = options.plan ?? drawFaults(randomStreams(seed), options.minutes);
  // What lies behind the failure has no part in it, unless the calm was judged.
  const minutes = Math.min(options.minutes, Math.ceil(violation.atMs / 60_000));
  function fails(plan: FaultPlan): boolean {
    return runOne(seed, { ...settings, minutes, plan }).violation?.checker === violation!.checker;
  }
  const { plan, runs } = shrinkPlan(whole, { fails });
  print(`shrunk to ${plan.faults.length} of ${whole.faults.length} faults in ${runs} runs, for --plan:`);
  print(JSON.stringify(plan));
}

/** Seeds to run: those of the options, or fresh ones until the time is over. */
function* seedTasks(options: SimOptions): Generator<SimTask> {
  const settings = settingsOf(options);
  if (options.forMs === 0) {
    for (const seed of options.seeds) yield { kind: "seed", seed, settings };
    return;
  }
  const untilMs = performance.now() + options.forMs;
  const freshFrom = Date.now() % 1_000_000_000;
  if (!options.json) print(`fresh seeds from ${freshFrom} on`);
  for (let seed = freshFrom; performance.now() < untilMs; seed++) yield { kind: "seed", seed, settings };
}

/** Runs all seeds. @returns The sums; a failed seed does not end the run. */
async function runSeeds(options: SimOptions, firstOnes: Map<number, string>): Promise<Totals> {
  const totals = emptyTotals();
  const startMs = performance.now();
  const failed: SeedResult[] = [];
  let toldMs = startMs;
  function answered(answer: SimAnswer): void {
    if (answer.kind !== "seed") return;
    addResult(totals, answer.result, answer.tookMs);
    if (firstOnes.size < TWICE_SEEDS) firstOnes.set(answer.result.seed, outcome(answer.result));
    report(answer.result, options);
    if (answer.result.violation) failed.push(answer.result);
    const nowMs = performance.now();
    if (options.json || nowMs - toldMs < PROGRESS_MS) return;
    toldMs = nowMs;
    const of = options.forMs > 0 ? "" : ` of ${options.seeds.length}`;
    print(`… ${totals.seeds}${of} seeds in ${Math.round((nowMs - startMs) / 1_000)} s, ${totals.failed} failed`);
  }
  const days = simDays(options.minutes, options.json ? () => {} : print);
  const ears = { trace: options.trace ? print : undefined, looked: days.looked };
  await runTasks(seedTasks(options), { jobs: options.jobs, ears, answered });
  const memory = days.text();
  if (memory !== undefined && !options.json) print(memory);
  totals.tookMs = performance.now() - startMs;
  if (options.shrink && !options.json) { for (const result of failed.slice(0, SHRUNK_MAX)) shrink(result, options); }
  return totals;
}

/** Runs the first seeds once more. @returns Those that came to something else: a source of chance that no seed governs. */
async function runTwice(options: SimOptions, first: ReadonlyMap<number, string>): Promise<readonly number[]> {
  const settings = settingsOf(options);
  const seeds = [...first.keys()];
  const others: number[] = [];
  function answered(answer: SimAnswer): void {
    if (answer.kind !== "seed") return;
    const { seed } = answer.result;
    if (first.get(seed) !== outcome(answer.result)) others.push(seed);
  }
  const tasks = seeds.map((seed): SimTask => ({ kind: "seed", seed, settings }));
  await runTasks(tasks.values(), { jobs: Math.min(options.jobs, tasks.length), answered });
  if (options.json) print(JSON.stringify({ twice: seeds.length, differed: others }));
  else print(`twice: ${seeds.length - others.length} of ${seeds.length} seeds came to the same`);
  if (!options.json) {
    for (const seed of others) {
      print(`seed ${seed} FAILED: another run of it came to something else`);
    }
  }
  return others;
}

/** What two runs of a seed must agree in. */
function outcome({ hash, unseed, timers }: SeedResult): string {
  return `${hash} ${unseed} ${timers}`;
}

/** Plants each bug and runs seeds until it is caught. @returns Those that were not. */
async function catchAll(options: SimOptions): Promise<readonly PlantedName[]> {
  const settings = settingsOf(options);
  const missed: PlantedName[] = [];
  function answered(answer: SimAnswer): void {
    if (answer.kind !== "plant") return;
    const { planted, caught } = answer;
    if (!caught) missed.push(planted);
    if (options.json) return print(JSON.stringify({ planted, caughtAt: caught?.seed ?? null, ...caught }));
    if (!caught) return print(`planted ${planted}: NOT caught within ${PLANTED_SEEDS} seeds`);
    print(`planted ${planted}: caught at seed ${caught.seed} by ${caught.checker}: ${caught.message}`);
  }
  const tasks = options.planted.map((planted): SimTask => ({ kind: "plant", planted, settings }));
  await runTasks(tasks.values(), { jobs: Math.min(options.jobs, tasks.length), answered });
  return missed;
}

/** Runs the simulation as the command line says. @returns The exit code. */
export async function sim(args: readonly string[]): Promise<number> {
  let options: SimOptions | "help";
  try {
    options = readOptions(args, kept.map(({ seed }) => seed));
  } catch (error) {
    print(`${(error as Error).message}\n\n${HELP}`);
    return EXIT.usage;
  }
  if (options === "help") {
    print(HELP);
    return 0;
  }
  const firstOnes = new Map<number, string>();
  const totals = await runSeeds(options, firstOnes);
  // A run of a few seeds is somebody's who looks at them.
  if (firstOnes.size === TWICE_SEEDS && !options.trace) totals.failed += (await runTwice(options, firstOnes)).length;
  const missed = await catchAll(options);
  if (options.json) print(JSON.stringify({ ...totals, plantedMissed: missed }));
  else print(totalsText(totals, options.planted.length, missed));
  return totals.failed === 0 && missed.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await sim(Deno.args));
