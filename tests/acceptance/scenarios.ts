import { BASIC_COMM } from "./basic_comm.ts";
import type { Scenario } from "./scenario.ts";

/** Every scenario that is played in simulation and on a real broker. */
export const SCENARIOS: readonly Scenario[] = [...BASIC_COMM];
