import type { PlantedBug as LinkBug } from "../links/mod.ts";
import type { InboxPlant } from "../ltn/mod.ts";

/** A bug that the simulation plants to see that its checks find it. */
export type PlantedName = LinkBug | InboxPlant;

/** Every bug that can be planted. */
export const PLANTED_NAMES: readonly PlantedName[] = ["memory_in_flight", "ping_spin", "no_dedupe", "no_timer_cancel"];

/** @returns Whether this is the name of a bug that can be planted. */
export function isPlantedName(name: string): name is PlantedName {
  return (PLANTED_NAMES as readonly string[]).includes(name);
}

/** The part of a planted bug that the links know. */
export function linkPlant(planted: PlantedName | undefined): ReadonlySet<LinkBug> {
  return new Set(planted === undefined || planted === "no_dedupe" ? [] : [planted]);
}

/** The part of a planted bug that the inbox knows. */
export function inboxPlant(planted: PlantedName | undefined): ReadonlySet<InboxPlant> {
  return new Set(planted === "no_dedupe" ? [planted] : []);
}
