import type { SwitchRecord } from "../core/output_lease.ts";
import type { ProactorSnapshot } from "../proactor/mod.ts";
import type { Counters } from "../store/port.ts";
import type { StoreLedger } from "./store_ledger.ts";

/** What is known of one store from the outside. */
export interface LedgerFacts
  extends Pick<StoreLedger, "events" | "promised" | "stored" | "tombstoned" | "deleted" | "applied" | "faults"> {
  readonly onDisk: readonly number[];
  readonly counters: Counters;
}

/** What is known of one running life. */
export interface LifeFacts {
  readonly snapshot: ProactorSnapshot;
  readonly timers: readonly string[];
}

/** What is known of one node. */
export interface NodeFacts {
  readonly name: string;
  readonly ledger: LedgerFacts;
  /** Undefined while it is down. */
  readonly life: LifeFacts | undefined;
  readonly link: {
    readonly state: string;
    readonly mayBeActive: boolean;
    /** Virtual ms of the peer's newest message. */
    readonly heardMs: number;
    readonly faults: readonly string[];
  };
}

/** What a checker looks at: plain values of one instant. */
export interface WorldFacts {
  readonly nowMs: number;
  readonly agent: NodeFacts;
  readonly ltn: NodeFacts;
  /** Switches since the last look. */
  readonly switches: readonly SwitchRecord[];
  /** Outputs not at their safe value, while the bus is served. */
  readonly unsafe: readonly string[];
  /** Since when the agent is down; undefined while it is up or its bus is down too. */
  readonly agentDownSinceMs: number | undefined;
  readonly safeAfterMs: number;
  readonly zoneC: number;
  /** Newest snapshot that the agent sent; undefined before the first. */
  readonly sentView: { readonly timeMs: number; readonly readings: Readonly<Record<string, number>> } | undefined;
  /** What the LTN shows of it. */
  readonly shownView: { readonly timeMs: number; readonly readings: Readonly<Record<string, number>> } | undefined;
}

/** One property of a world. */
export interface Checker {
  readonly name: string;
  /** "safety" holds at every instant, "soon" some minutes after the last fault, "liveness" after the calm. */
  readonly kind: "safety" | "soon" | "liveness";
  /** @returns What is wrong, or undefined. */
  check(facts: WorldFacts): string | undefined;
}
