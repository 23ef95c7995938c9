import type { LinkState } from "../links/port.ts";
import type { FailedCommit } from "../store/disk_faults.ts";
import type { FromStore } from "../store/port.ts";
import type { CrashHow } from "./fault_plan.ts";
import type { LinkWatch } from "./link_watch.ts";
import type { SimulatedDisk } from "./simulated_disk.ts";
import type { SimulatedLife } from "./simulated_life.ts";
import type { NodeWorld } from "./node_world.ts";

/** Who may die. */
export interface Mortal {
  readonly name: string;
  readonly disk: SimulatedDisk;
  readonly life: SimulatedLife | undefined;
  readonly watch: LinkWatch;
  start(): void;
  crash(how: CrashHow): void;
}

/** How a node dies at something that it does, rather than at a time. */
export interface NodeDeaths {
  /** The n-th commit from now on fails, and the process dies with it. */
  atCommit(n: number, how: FailedCommit, downMs: number): void;
  /** The process goes down as soon as its link is in this state. */
  inState(state: LinkState, how: CrashHow, downMs: number): void;
  storeSaid(message: FromStore): void;
  moved(): void;
  /** Nothing that was asked for happens any more. */
  calm(): void;
}

/** Makes the deaths of a node; none is asked for. */
export function nodeDeaths({ clock, marks }: NodeWorld, node: Mortal): NodeDeaths {
  let atCommitMs: number | undefined;
  let inState: { readonly state: LinkState; readonly how: CrashHow; readonly downMs: number } | undefined;

  function die(how: CrashHow, downMs: number): void {
    node.crash(how);
    clock.after(downMs, `${node.name}: restart`, () => node.start());
  }
  function moved(): void {
    const { life, watch } = node;
    if (inState === undefined || life === undefined || watch.state !== inState.state) return;
    const { state, how, downMs } = inState;
    inState = undefined;
    clock.after(0, `${node.name}: goes down`, () => {
      if (node.life !== life || node.watch.state !== state) return;
      marks.hit("crash_in_a_state");
      die(how, downMs);
    });
  }
  return {
    atCommit(n, how, downMs) {
      node.disk.failCommit(n, "SQLITE_IOERR", how);
      atCommitMs = downMs;
    },
    inState(state, how, downMs) {
      inState = { state, how, downMs };
      moved();
    },
    storeSaid(message) {
      if (message.kind !== "failed" || atCommitMs === undefined) return;
      const downMs = atCommitMs;
      atCommitMs = undefined;
      clock.after(0, `${node.name}: dies with a commit`, () => {
        marks.hit("crash_at_a_commit");
        die("process", downMs);
      });
    },
    moved,
    calm() {
      inState = undefined;
    },
  };
}
