import { agentTargets } from "./agent_targets.ts";
import { busTargets } from "./bus_targets.ts";
import { fileTargets } from "./file_targets.ts";
import { ltnTarget } from "./ltn_target.ts";
import type { FuzzSeeds } from "./fuzz_seeds.ts";
import type { FuzzTarget } from "./fuzz_target.ts";
import { storeTarget } from "./store_target.ts";
import { wireTargets } from "./wire_targets.ts";

/** Every target. */
export function allTargets(seeds: FuzzSeeds): readonly FuzzTarget[] {
  return [
    ...wireTargets(seeds),
    ...fileTargets(seeds),
    ...busTargets(seeds),
    ...agentTargets(seeds),
    ltnTarget(seeds),
    storeTarget(seeds),
  ];
}
