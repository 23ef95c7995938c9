import type { Registry } from "../protocol/mod.ts";
import type { LinksConfig } from "./port.ts";
import type { LinkProblems } from "./problems.ts";

/** Bugs that tests plant to see that they are found; never set in production. */
export type PlantedBug = "no_timer_cancel" | "ping_spin" | "memory_in_flight";

/** What the links of one proactor share. */
export interface LinkShared {
  readonly config: LinksConfig;
  readonly registry: Registry;
  readonly planted: ReadonlySet<PlantedBug>;
  readonly problems: LinkProblems;
  /** A new number, for publish tokens and subscribe ids. */
  nextNumber(): number;
}
