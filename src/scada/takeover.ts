import type { Json } from "../core/context.ts";
import { type MachineTable, stepMachine } from "../core/table_machine.ts";
import type { ActorContext, EventPayload } from "../proactor/actor.ts";
import type { CommandTree } from "./command_tree.ts";
import { treePayload } from "./local_control.ts";
import { singleMachineState } from "./machine_payloads.ts";

/** Longest take-over in s, and what holds when nobody sets a shorter one (spec/scada.md §4.7). */
export const ADMIN_TIMEOUT_S_MAX = 86_400;
const HUB = "s";
const ADMIN = "admin";
const AUTO = "auto";
const BRAIN = "lc";
const KEEP_KEY = "admin_until";
const TIMER = "admin_timeout";

/** States of the top machine, `top.state` (spec/scada.md §4.4). */
export type TopState = "Auto" | "Admin";
/** Its events. */
export type TopEvent = "AdminWakesUp" | "AdminTimesOut" | "AdminReleasesControl";
/** Table of the top machine. */
export const TOP_TABLE: MachineTable<TopState, TopEvent> = {
  Auto: { AdminWakesUp: "Admin" },
  Admin: { AdminTimesOut: "Auto", AdminReleasesControl: "Auto" },
};

/** States of the automatic part, `gw1.main.auto.state` (spec/scada.md §4.5). */
export type AutoState = "LocalControl" | "LeafTransactiveNode" | "Dormant";
/** Its events, `gw1.main.auto.event`. */
export type AutoEvent =
  | "DispatchContractLive"
  | "ContractGracePeriodEnds"
  | "LtnReleasesControl"
  | "AllyGivesUp"
  | "AutoGoesDormant"
  | "AutoWakesUp";
/** Table of the automatic part. */
export const AUTO_TABLE: MachineTable<AutoState, AutoEvent> = {
  LocalControl: { DispatchContractLive: "LeafTransactiveNode", AutoGoesDormant: "Dormant" },
  LeafTransactiveNode: {
    ContractGracePeriodEnds: "LocalControl",
    LtnReleasesControl: "LocalControl",
    AllyGivesUp: "LocalControl",
    AutoGoesDormant: "Dormant",
  },
  Dormant: { AutoWakesUp: "LocalControl" },
};

/** The admin door: who rules the house, and until when. A part of the hub. */
export interface Takeover {
  readonly top: TopState;
  /** Resumes a take-over that a restart interrupted. @param kept What the hub kept. */
  start(kept: ReadonlyMap<string, Json>, ctx: ActorContext): void;
  /** Takes over, or prolongs. @param timeoutS Undefined for the longest. */
  hold(timeoutS: number | undefined, cause: string, ctx: ActorContext): void;
  release(event: "AdminTimesOut" | "AdminReleasesControl", ctx: ActorContext): void;
  snapshot(): Json;
}

/** What the admin door is made of. */
export interface TakeoverOptions {
  readonly tree: CommandTree;
  readonly scadaAlias: string;
  /** Longest take-over in s, above 0. @default ADMIN_TIMEOUT_S_MAX */
  readonly timeoutSMax?: number;
  /** Called with each new state of a machine of the hub. */
  onState(state: ReturnType<typeof singleMachineState>, ctx: ActorContext): void;
}

/** Makes the admin door; the house begins in Auto. */
export function takeover({ tree, scadaAlias, timeoutSMax, onState }: TakeoverOptions): Takeover {
  const longestS = Math.min(ADMIN_TIMEOUT_S_MAX, timeoutSMax ?? ADMIN_TIMEOUT_S_MAX);
  let top: TopState = "Auto";
  let auto: AutoState = "LocalControl";
  let untilWallMs = 0;
  let refused = 0;

  function publish(cause: string, ctx: ActorContext): void {
    const wallMs = ctx.wallMs;
    onState(singleMachineState({ handle: HUB, stateEnum: "top.state", state: top, wallMs, cause }), ctx);
    onState(singleMachineState({ handle: AUTO, stateEnum: "gw1.main.auto.state", state: auto, wallMs, cause }), ctx);
  }
  function move(topEvent: TopEvent, autoEvent: AutoEvent, ctx: ActorContext): boolean {
    const topStep = stepMachine(TOP_TABLE, top, topEvent);
    const autoStep = stepMachine(AUTO_TABLE, auto, autoEvent);
    if (topStep.kind === "refused") {
      refused++;
      return false;
    }
    top = topStep.to;
    if (autoStep.kind === "moved") auto = autoStep.to;
    publish(topEvent, ctx);
    return true;
  }
  function audit(what: TopEvent, cause: string, ctx: ActorContext): void {
    const boss = top === "Admin" ? ADMIN : tree.handleOf(BRAIN);
    ctx.record(controlChange({ what, boss, cause, untilWallMs }), 1);
  }
  function timeFor(leftMs: number, ctx: ActorContext): void {
    untilWallMs = ctx.wallMs + leftMs;
    ctx.timer(TIMER, leftMs);
    ctx.keep(KEEP_KEY, untilWallMs, leftMs);
  }
  function hold(timeoutS: number | undefined, cause: string, ctx: ActorContext): void {
    const valid = timeoutS !== undefined && timeoutS > 0 && timeoutS <= longestS;
    timeFor((valid ? timeoutS : longestS) * 1_000, ctx);
    if (top === "Admin") return;
    tree.setBoss(ADMIN);
    move("AdminWakesUp", "AutoGoesDormant", ctx);
    audit("AdminWakesUp", cause, ctx);
    ctx.send({ dst: BRAIN, type: "go.dormant", payload: { ToName: BRAIN, TypeName: "go.dormant", Version: "001" } });
    ctx.send({ dst: HUB, type: "new.command.tree", payload: treePayload(tree, scadaAlias, ctx.wallMs) });
  }
  return {
    get top() {
      return top;
    },
    start(kept, ctx) {
      publish("start", ctx);
      const until = kept.get(KEEP_KEY);
      if (typeof until !== "number" || until <= ctx.wallMs) return;
      // A clock that was set back must not prolong a take-over past its longest.
      hold(Math.min(longestS, (until - ctx.wallMs) / 1_000), "resumed_after_restart", ctx);
    },
    hold,
    release(event, ctx) {
      if (!move(event, "AutoWakesUp", ctx)) return;
      untilWallMs = 0;
      ctx.cancel(TIMER);
      ctx.keep(KEEP_KEY, 0, 0);
      audit(event, event, ctx);
      ctx.send({ dst: BRAIN, type: "wake.up", payload: { ToName: BRAIN, TypeName: "wake.up", Version: "000" } });
    },
    snapshot: () => ({ top, auto, untilWallMs, refused }),
  };
}

function controlChange(
  change: { readonly what: TopEvent; readonly boss: string; readonly cause: string; readonly untilWallMs: number },
): EventPayload {
  return {
    TypeName: "gridworks.event.control.change",
    What: change.what,
    Boss: change.boss,
    Cause: change.cause,
    // No time at all, not 1970: after a release nothing ends.
    UntilUnixMs: change.untilWallMs === 0 ? null : change.untilWallMs,
    Version: "000",
  };
}
