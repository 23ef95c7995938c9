import type { FaultPlan, PlannedFault } from "./fault_plan.ts";

/** Most runs that a search for a smaller plan makes. */
export const SHRINK_RUNS_MAX = 400;

/** What a search came to. */
export interface ShrunkPlan {
  /** The smallest plan found that still fails. */
  readonly plan: FaultPlan;
  /** Runs made. */
  readonly runs: number;
}

/** How a search is done. */
export interface ShrinkOptions {
  /** Runs a plan. @returns Whether it still fails in the same way. */
  readonly fails: (plan: FaultPlan) => boolean;
  /** @default SHRINK_RUNS_MAX */
  readonly runsMax?: number;
}

/**
 * Drops faults from a plan that fails, as long as it goes on failing: first half by half, then in finer parts, until
 * no single fault can be left out, or until the runs are used up. Then the weather and the small store are left out, if they can be.
 *
 * Source: A. Zeller and R. Hildebrandt, "Simplifying and isolating failure-inducing input", 2002 (ddmin).
 */
export function shrinkPlan(failing: FaultPlan, { fails, runsMax = SHRINK_RUNS_MAX }: ShrinkOptions): ShrunkPlan {
  let plan = failing;
  let runs = 0;
  function stillFails(smaller: FaultPlan): boolean {
    if (runs >= runsMax) return false;
    runs++;
    if (!fails(smaller)) return false;
    plan = smaller;
    return true;
  }
  // Last things first: what came after the failure has no part in it.
  stillFails({ ...plan, faults: [] });
  for (let parts = 2; plan.faults.length > 0 && runs < runsMax;) {
    const without = complements(plan.faults, parts).find((faults) => stillFails({ ...plan, faults }));
    if (without !== undefined) parts = Math.max(2, parts - 1);
    else if (parts >= plan.faults.length) break;
    else parts = Math.min(plan.faults.length, parts * 2);
  }
  stillFails({ ...plan, weather: {} });
  stillFails({ ...plan, bytesMax: Math.max(plan.bytesMax, ROOMY_BYTES) });
  return { plan, runs };
}

/** A store that no plan fills. */
const ROOMY_BYTES = 50_000_000;

/** The list without each of its parts, the last part first. */
function complements(faults: readonly PlannedFault[], parts: number): readonly (readonly PlannedFault[])[] {
  const size = Math.ceil(faults.length / parts);
  const found: (readonly PlannedFault[])[] = [];
  for (let from = Math.floor((faults.length - 1) / size) * size; from >= 0; from -= size) {
    found.push([...faults.slice(0, from), ...faults.slice(from + size)]);
  }
  return found;
}
