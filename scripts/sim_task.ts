import layout from "../layouts/simple_house.json" with { type: "json" };
import {
  type EngineName,
  type FaultPlan,
  type PlantedName,
  runSeed,
  type SeedOptions,
  type SeedResult,
} from "../src/testing/mod.ts";

/** Seeds that each planted bug gets: it must be caught within them. */
export const PLANTED_SEEDS = 200;

/** How every seed of a run is run. */
export interface SeedSettings {
  /** Virtual minutes of faults. */
  readonly minutes: number;
  readonly engine: EngineName;
  /** Instead of the seed's own faults. */
  readonly plan?: FaultPlan | undefined;
  readonly planted?: PlantedName | undefined;
}

/** One piece of work; plain data, so that a worker can do it. */
export type SimTask =
  | { readonly kind: "seed"; readonly seed: number; readonly settings: SeedSettings }
  /** Runs seeds with a planted bug until it is caught. */
  | { readonly kind: "plant"; readonly planted: PlantedName; readonly settings: SeedSettings };

/** What came of a piece of work. */
export type SimAnswer =
  /** @property tookMs Real time. */
  | { readonly kind: "seed"; readonly result: SeedResult; readonly tookMs: number }
  | { readonly kind: "plant"; readonly planted: PlantedName; readonly caught: Caught | undefined };

/** How a planted bug was found. */
export interface Caught {
  readonly seed: number;
  readonly checker: string;
  readonly message: string;
}

/** Who is told of a seed while it runs. */
export type SeedEars = Pick<SeedOptions, "trace" | "looked">;

/** Runs one seed on the simulated house. */
export function runOne(seed: number, settings: SeedSettings, ears: SeedEars = {}): SeedResult {
  const { plan, ...rest } = settings;
  return runSeed(seed, { layout, ...rest, ...ears, ...(plan === undefined ? {} : { plan }) });
}

/** Does a piece of work. */
export function runTask(task: SimTask, ears?: SeedEars): SimAnswer {
  if (task.kind === "plant") {
    return { kind: "plant", planted: task.planted, caught: catchPlanted(task.planted, task.settings) };
  }
  const fromMs = performance.now();
  const result = runOne(task.seed, task.settings, ears);
  return { kind: "seed", result, tookMs: performance.now() - fromMs };
}

function catchPlanted(planted: PlantedName, settings: SeedSettings): Caught | undefined {
  for (let seed = 1; seed <= PLANTED_SEEDS; seed++) {
    const { violation } = runOne(seed, { ...settings, planted });
    if (violation) return { seed, checker: violation.checker, message: violation.message };
  }
  return undefined;
}
