import type { PlantedBug as LinkBug } from "../links/mod.ts";
import type { InboxPlant } from "../ltn/mod.ts";

/** A bug that sits inside the product's own code, behind its test-only switch. */
type InnerPlant = LinkBug | InboxPlant;

/** A bug that is made by what stands around a process: its store, its connection, its clock, its bus. */
export type OuterPlant = (typeof OUTER_PLANTS)[number];

/** A bug that the simulation plants to see that its checks find it. */
export type PlantedName = InnerPlant | OuterPlant;

const INNER_PLANTS: readonly InnerPlant[] = ["memory_in_flight", "ping_spin", "no_dedupe", "no_timer_cancel"];

/** In the order of what they are planted around; `plantedNode` says what each does. */
export const OUTER_PLANTS = [
  "disk_errors_ignored",
  "trim_uncounted",
  "seq_restarts",
  "inbox_forgotten",
  "deletes_lost",
  "committed_early",
  "inbox_unwritten",
  "row_changed_on_read",
  "generated_miscounted",
  "rows_answer_lost",
  "ack_on_receipt",
  "suback_ignored",
  "disconnect_missed",
  "refusal_as_connected",
  "refusal_as_grant",
  "payload_rewritten",
  "snapshot_dropped",
  "silence_unseen",
  "wall_for_monotonic",
  "cancel_ignored",
  "ids_repeat",
  "lease_outlives_life",
] as const;

/** Every bug that can be planted. */
export const PLANTED_NAMES: readonly PlantedName[] = [...INNER_PLANTS, ...OUTER_PLANTS];

/** @returns Whether this is the name of a bug that can be planted. */
export function isPlantedName(name: string): name is PlantedName {
  return (PLANTED_NAMES as readonly string[]).includes(name);
}

/** The part of a planted bug that the links know. */
export function linkPlant(planted: PlantedName | undefined): ReadonlySet<LinkBug> {
  return new Set(INNER_PLANTS.filter((name): name is LinkBug => name === planted && name !== "no_dedupe"));
}

/** The part of a planted bug that the inbox knows. */
export function inboxPlant(planted: PlantedName | undefined): ReadonlySet<InboxPlant> {
  return new Set(planted === "no_dedupe" ? [planted] : []);
}
