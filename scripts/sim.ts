/** Simulation runner: `deno task sim --seeds N | --seed S | --minutes M [--planted NAME|all] [--trace] [--json]`. */
import { parseArgs } from "node:util";
import layout from "../layouts/simple_house.json" with { type: "json" };
import {
  type EngineName,
  isPlantedName,
  MINUTES_DEFAULT,
  PLANTED_NAMES,
  type PlantedName,
} from "../src/testing/mod.ts";
import { runSeed, type SeedResult } from "../src/testing/mod.ts";
import { EXIT } from "../src/core/exit_codes.ts";
import kept from "../tests/sim/seeds.json" with { type: "json" };
import { addResult, emptyTotals, type Totals, totalsText } from "./sim_totals.ts";

/** Seeds that each planted bug gets: it must be caught within them. */
const PLANTED_SEEDS = 50;
const PROGRESS_MS = 5_000;

const HELP = `Usage: deno task sim [options]

Runs agent, LTN, stores, bus, house and broker on virtual time, under faults drawn from a seed.

  --seeds N           seeds 1 to N, and the seeds of tests/sim/seeds.json (default 50)
  --seed S            this seed alone
  --minutes M         fresh seeds from the time of day, for M minutes
  --engine NAME       store engine: memory (default) or sqlite, the product's own on a database in memory
  --virtual M         virtual minutes of each seed (default ${MINUTES_DEFAULT})
  --planted NAME|all  plants a bug and expects that it is caught: ${PLANTED_NAMES.join(", ")}
  --trace             prints every record of the trace
  --json              one JSON object a seed and a last one with the sums
  --help              this text

Exit code: 0 nothing wrong and every planted bug caught, 1 otherwise, 2 wrong options.
`;

interface Options {
  readonly seeds: readonly number[];
  /** Fresh seeds until this much real time (ms) has passed. */
  readonly forMs: number;
  readonly minutes: number;
  readonly planted: readonly PlantedName[];
  /** One seed with a planted bug: a replay, whose failure is a failure. */
  readonly replay: PlantedName | undefined;
  readonly engine: EngineName;
  readonly trace: boolean;
  readonly json: boolean;
}

function print(text: string): void {
  const bytes = new TextEncoder().encode(`${text}\n`);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

function whole(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new TypeError(`Cannot use --${name} as it must be a whole number from 1 on: "${text}"`);
}

function plantedOf(text: string | undefined): readonly PlantedName[] {
  if (text === undefined) return [];
  if (text === "all") return PLANTED_NAMES;
  if (isPlantedName(text)) return [text];
  throw new TypeError(`Cannot use --planted as it must be all or one of ${PLANTED_NAMES.join(", ")}: "${text}"`);
}

function engineOf(text = "memory"): EngineName {
  if (text === "memory" || text === "sqlite") return text;
  throw new TypeError(`Cannot use --engine as it must be memory or sqlite: "${text}"`);
}

/** Reads the command line. @returns "help" when that is asked for. @throws {TypeError} For wrong options. */
function readOptions(args: readonly string[]): Options | "help" {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  const options = { seeds: text, seed: text, minutes: text, virtual: text, planted: text, engine: text };
  const { values } = parseArgs({ args: [...args], options: { ...options, trace: flag, json: flag, help: flag } });
  if (values.help) return "help";
  const planted = plantedOf(values.planted);
  const shared = {
    minutes: whole("virtual", values.virtual, MINUTES_DEFAULT),
    engine: engineOf(values.engine),
    trace: values.trace,
    json: values.json,
    replay: undefined,
    planted,
    forMs: 0,
  };
  if (values.seed !== undefined) {
    const seeds = [whole("seed", values.seed, 1)];
    return planted.length === 1 ? { ...shared, seeds, planted: [], replay: planted[0] } : { ...shared, seeds };
  }
  if (values.minutes !== undefined) {
    return { ...shared, seeds: [], forMs: whole("minutes", values.minutes, 1) * 60_000 };
  }
  const fixed = Array.from({ length: whole("seeds", values.seeds, 50) }, (_, index) => index + 1);
  return { ...shared, seeds: [...new Set([...fixed, ...kept.map(({ seed }) => seed)])] };
}

function replayCommand(seed: number, options: Options, planted?: PlantedName): string {
  const virtual = options.minutes === MINUTES_DEFAULT ? "" : ` --virtual ${options.minutes}`;
  const engine = options.engine === "memory" ? "" : ` --engine ${options.engine}`;
  return `deno task sim --seed ${seed}${virtual}${engine}${
    planted === undefined ? "" : ` --planted ${planted}`
  } --trace`;
}

function report(result: SeedResult, options: Options): void {
  const { violation, seed } = result;
  if (options.json) {
    const { last, ...rest } = result;
    return print(JSON.stringify(violation ? { ...rest, last } : rest));
  }
  if (violation === undefined) return;
  print(result.last.join("\n"));
  print(`seed ${seed} FAILED at ${violation.atMs} ms, ${violation.checker}: ${violation.message}`);
  print(`replay: ${replayCommand(seed, options, options.replay)}`);
}

/** Runs all seeds. @returns The sums; a failed seed does not end the run. */
function runSeeds(options: Options): Totals {
  const totals = emptyTotals();
  const startMs = performance.now();
  const freshFrom = Date.now() % 1_000_000_000;
  let toldMs = startMs;
  if (options.forMs > 0 && !options.json) print(`fresh seeds from ${freshFrom} on`);
  for (let index = 0;; index++) {
    const fresh = options.forMs > 0;
    if (fresh ? performance.now() - startMs >= options.forMs : index >= options.seeds.length) return totals;
    const seed = fresh ? freshFrom + index : options.seeds[index]!;
    const fromMs = performance.now();
    const { minutes, replay, engine } = options;
    const trace = options.trace ? print : undefined;
    const result = runSeed(seed, { layout, minutes, planted: replay, trace, engine });
    addResult(totals, result, performance.now() - fromMs);
    report(result, options);
    if (options.json || performance.now() - toldMs < PROGRESS_MS) continue;
    toldMs = performance.now();
    print(`… ${totals.seeds} seeds, ${totals.failed} failed`);
  }
}

/** Plants one bug and runs seeds until it is caught. @returns Whether it was. */
function catchPlanted(planted: PlantedName, options: Options): boolean {
  for (let seed = 1; seed <= PLANTED_SEEDS; seed++) {
    const { violation } = runSeed(seed, { layout, minutes: options.minutes, planted, engine: options.engine });
    if (violation === undefined) continue;
    const { checker, message } = violation;
    if (options.json) print(JSON.stringify({ planted, caughtAt: seed, checker, message }));
    else print(`planted ${planted}: caught at seed ${seed} by ${checker}: ${message}`);
    return true;
  }
  if (options.json) print(JSON.stringify({ planted, caughtAt: null }));
  else print(`planted ${planted}: NOT caught within ${PLANTED_SEEDS} seeds`);
  return false;
}

/** Runs the simulation as the command line says. @returns The exit code. */
export function sim(args: readonly string[]): number {
  let options: Options | "help";
  try {
    options = readOptions(args);
  } catch (error) {
    print(`${(error as Error).message}\n\n${HELP}`);
    return EXIT.usage;
  }
  if (options === "help") {
    print(HELP);
    return 0;
  }
  const totals = runSeeds(options);
  const missed = options.planted.filter((planted) => !catchPlanted(planted, options));
  if (options.json) print(JSON.stringify({ ...totals, plantedMissed: missed }));
  else print(totalsText(totals, options.planted.length, missed));
  return totals.failed === 0 && missed.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(sim(Deno.args));
