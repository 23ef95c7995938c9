import type { FailedCommit } from "../store/disk_faults.ts";
import type { LinkState } from "../links/port.ts";
import type { BrokerFaults } from "./broker_faults.ts";

/** The two processes of a simulated world. */
export type NodeName = "agent" | "ltn";

/** How a process goes down: its worker alone, all of it at once, or in order. */
export type CrashHow = "life" | "process" | "stop";

/** One thing that goes wrong. Times in ms. */
export type Fault =
  | { readonly kind: "cut"; readonly node: NodeName }
  | { readonly kind: "half_open"; readonly node: NodeName }
  | { readonly kind: "broker_restart"; readonly downMs: number }
  | { readonly kind: "partition"; readonly forMs: number }
  | { readonly kind: "wall_step"; readonly node: NodeName; readonly deltaMs: number }
  /** The wall clock falls back to 1970, as of a board without a battery, and is right again after this long. */
  | { readonly kind: "wall_lost"; readonly node: NodeName; readonly forMs: number }
  | { readonly kind: "crash"; readonly node: NodeName; readonly how: CrashHow; readonly downMs: number }
  /** The wall clock goes so many millionths too fast from now on (too slow when negative). */
  | { readonly kind: "wall_drift"; readonly node: NodeName; readonly ppm: number }
  /** The process goes down as soon as its link is in this state. */
  | {
    readonly kind: "crash_in_state";
    readonly node: NodeName;
    readonly state: LinkState;
    readonly how: CrashHow;
    readonly downMs: number;
  }
  /** The newest ack that the node heard is heard once more. */
  | { readonly kind: "ack_again"; readonly node: NodeName }
  /** The n-th commit from now on fails. */
  | {
    readonly kind: "commit_failure";
    readonly node: NodeName;
    readonly n: number;
    readonly code: string;
    readonly how: FailedCommit;
  }
  /** The n-th read of the store from now on fails. */
  | { readonly kind: "read_failure"; readonly node: NodeName; readonly n: number }
  /** The n-th commit from now on fails, and the process dies with it: before it was written, or after. */
  | {
    readonly kind: "commit_crash";
    readonly node: NodeName;
    readonly n: number;
    readonly how: FailedCommit;
    readonly downMs: number;
  }
  /** The admin's connection, or the agent's own to the admin, is cut; only in a world that has one. */
  | { readonly kind: "admin_cut"; readonly end: "admin" | "agent" }
  /** The admin sends so many questions at once; only in a world that has one. */
  | { readonly kind: "flood"; readonly messages: number }
  /** Every commit fails for this long. */
  | { readonly kind: "disk_down"; readonly node: NodeName; readonly code: string; readonly forMs: number }
  /** Bytes that are no message, on a topic of the peer. */
  | { readonly kind: "garbage"; readonly node: NodeName }
  /** The process makes no step for this long. */
  | { readonly kind: "freeze"; readonly node: NodeName; readonly forMs: number }
  /** No device of the bus answers for this long. */
  | { readonly kind: "devices_down"; readonly forMs: number }
  /** One output takes no write for this long, and reads back what it is. */
  | { readonly kind: "output_stuck"; readonly output: string; readonly forMs: number }
  /** All channels read the same for this long. */
  | { readonly kind: "sensors_flat"; readonly forMs: number }
  /** The bus worker dies and is replaced: all outputs safe. */
  | { readonly kind: "bus_crash" };

/** A fault and when it is applied. */
export interface PlannedFault {
  /** Virtual ms since the start. */
  readonly atMs: number;
  readonly fault: Fault;
}

/** All that one seed does to its world: drawn first, applied later. */
export interface FaultPlan {
  /** Ascending by time. */
  readonly faults: readonly PlannedFault[];
  readonly weather: Partial<BrokerFaults>;
  /** Cap of the agent's store in bytes. */
  readonly bytesMax: number;
  /** Mean time between two events of the workload, in ms. */
  readonly loadMs: number;
  /** How often the bus looks at its leases, in ms; coarse when it is not given. */
  readonly busTickMs?: number;
  /** Whether an admin talks to the agent, over a link and a connection of its own. */
  readonly admin?: boolean;
  /** Whether the admin's link shares the connection of the LTN's: two subscriptions, whose answers come apart. */
  readonly sharesBroker?: boolean;
  /** Whether the workload also records events that a peer may choke on: of unknown types, and large ones. */
  readonly poison?: boolean;
}
