import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import {
  type EngineName,
  type FaultPlan,
  isPlantedName,
  MINUTES_DEFAULT,
  PLANTED_NAMES,
  type PlantedName,
} from "../src/testing/mod.ts";

/** Seeds that are run when none are named. */
const SEEDS_DEFAULT = 50;
/** Workers when none are named: as many as the smallest machine that runs the gate has processors. */
const JOBS_DEFAULT = 2;
const JOBS_MAX = 64;

/** What `--help` prints. */
export const HELP = `Usage: deno task sim [options]

Runs agent, LTN, stores, bus, house and broker on virtual time, under faults drawn from a seed. Of 20 seeds or more, the
first 20 are run twice and must come to the same. A seed of two virtual days or more tells of its memory after each.

  --seeds N           seeds 1 to N, and the seeds of tests/sim/seeds.json (default ${SEEDS_DEFAULT})
  --seed S            this seed alone
  --minutes M         fresh seeds from the time of day, for M minutes
  --jobs N            workers (default ${JOBS_DEFAULT}; 1 with --seed)
  --engine NAME       store engine: memory (default) or sqlite, the product's own on a database in memory
  --virtual M         virtual minutes of each seed (default ${MINUTES_DEFAULT})
  --planted NAME|all  plants a bug and expects that it is caught: ${PLANTED_NAMES.join(", ")}
  --plan FILE         faults from this file instead of the seed's own, as a shrunk run prints them
  --no-shrink         does not look for the fewest faults that make a seed fail
  --trace             prints every record of the trace
  --json              one JSON object a seed and a last one with the sums
  --help              this text

Exit code: 0 nothing wrong and every planted bug caught, 1 otherwise, 2 wrong options.
`;

/** What a command line asks for. */
export interface SimOptions {
  readonly seeds: readonly number[];
  /** Fresh seeds until this much real time (ms) has passed; 0: the seeds above. */
  readonly forMs: number;
  readonly minutes: number;
  readonly jobs: number;
  readonly planted: readonly PlantedName[];
  /** One seed with a planted bug: a replay, whose failure is a failure. */
  readonly replay: PlantedName | undefined;
  readonly plan: FaultPlan | undefined;
  readonly engine: EngineName;
  readonly trace: boolean;
  readonly shrink: boolean;
  readonly json: boolean;
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

function planOf(path: string | undefined): FaultPlan | undefined {
  if (path === undefined) return undefined;
  const plan = JSON.parse(readFileSync(path, "utf8")) as Partial<FaultPlan>;
  if (Array.isArray(plan.faults) && plan.weather && plan.bytesMax && plan.loadMs) return plan as FaultPlan;
  throw new TypeError(`Cannot use --plan as the file must hold faults, weather, bytesMax and loadMs: "${path}"`);
}

/**
 * Reads the command line.
 *
 * @param kept Seeds that are run beside the first N.
 * @returns "help" when that is asked for.
 * @throws {TypeError} For wrong options.
 */
export function readOptions(args: readonly string[], kept: readonly number[]): SimOptions | "help" {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  const named = { seeds: text, seed: text, minutes: text, virtual: text, planted: text, engine: text, jobs: text };
  const flags = { trace: flag, json: flag, help: flag, "no-shrink": flag };
  const { values } = parseArgs({ args: [...args], options: { ...named, plan: text, ...flags } });
  if (values.help) return "help";
  const planted = plantedOf(values.planted);
  const shared = {
    minutes: whole("virtual", values.virtual, MINUTES_DEFAULT),
    // One trace at a time can be read.
    jobs: values.trace ? 1 : Math.min(JOBS_MAX, whole("jobs", values.jobs, JOBS_DEFAULT)),
    engine: engineOf(values.engine),
    plan: planOf(values.plan),
    trace: values.trace,
    json: values.json,
    shrink: !values["no-shrink"],
    replay: undefined,
    planted,
    forMs: 0,
  };
  if (values.seed !== undefined) {
    const one = { ...shared, seeds: [whole("seed", values.seed, 1)], jobs: 1 };
    return planted.length === 1 ? { ...one, planted: [], replay: planted[0] } : one;
  }
  if (values.minutes !== undefined) {
    return { ...shared, seeds: [], forMs: whole("minutes", values.minutes, 1) * 60_000 };
  }
  const fixed = Array.from({ length: whole("seeds", values.seeds, SEEDS_DEFAULT) }, (_, index) => index + 1);
  return { ...shared, seeds: [...new Set([...fixed, ...kept])] };
}
