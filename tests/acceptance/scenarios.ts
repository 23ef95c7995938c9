import { AWAITING_SETUP } from "./awaiting_setup.ts";
import { BASIC_COMM } from "./basic_comm.ts";
import { DEFECTS } from "./defects.ts";
import { IN_FLIGHT } from "./in_flight.ts";
import { REUPLOAD } from "./reupload.ts";
import type { Scenario } from "./scenario.ts";
import { TIMEOUTS } from "./timeouts.ts";
import { TREE } from "./tree.ts";

/** Every scenario that is played in simulation and on a real broker. */
export const SCENARIOS: readonly Scenario[] = [
  ...BASIC_COMM,
  ...AWAITING_SETUP,
  ...TIMEOUTS,
  ...REUPLOAD,
  ...IN_FLIGHT,
  ...TREE,
  ...DEFECTS,
];
