import type { ActorContext } from "../proactor/actor.ts";
import { type FsmEvent, singleReading } from "../protocol/mod.ts";
import type { CommandTree } from "./command_tree.ts";
import { singleMachineState } from "./machine_payloads.ts";
import type { RelayFacts } from "./scada_facts.ts";

const HUB = "s";

/** What a relay actor is made of. */
export interface RelayOptions {
  readonly relay: RelayFacts;
  readonly tree: CommandTree;
  readonly scadaAlias: string;
  /** Brains that are told every state, whoever is boss now. */
  readonly watchers: readonly string[];
}

/** Tells the hub and the watchers the state of a relay. */
export function sendRelayState(
  { relay, tree, watchers }: RelayOptions,
  { state, cause }: { readonly state: string; readonly cause: string },
  ctx: ActorContext,
): void {
  const handle = tree.handleOf(relay.name);
  const payload = singleMachineState({ handle, stateEnum: relay.stateType, state, wallMs: ctx.wallMs, cause });
  ctx.send({ dst: HUB, type: payload.TypeName, payload });
  const value = state === relay.energizedState ? 1 : 0;
  ctx.send({ dst: HUB, type: "single.reading", payload: singleReading(relay.channel, value, ctx.wallMs) });
  for (const watcher of watchers) ctx.send({ dst: watcher, type: payload.TypeName, payload });
}

/** A step of a relay's machine. */
export interface RelayMove {
  readonly event: FsmEvent;
  readonly from: string;
  readonly to: string;
}

/** Sends `fsm.full.report` of a step: which command led where. */
export function reportRelayMove({ relay }: RelayOptions, { event, from, to }: RelayMove, ctx: ActorContext): void {
  const atomic = {
    MachineHandle: event.ToHandle,
    StateEnum: relay.stateType,
    ReportType: "Event",
    ActionType: null,
    Action: null,
    EventEnum: relay.eventType,
    Event: event.EventName,
    FromState: from,
    ToState: to,
    UnixTimeMs: ctx.wallMs,
    TriggerId: event.TriggerId,
    TypeName: "fsm.atomic.report",
    Version: "000",
  };
  const payload = {
    FromName: relay.name,
    TriggerId: event.TriggerId,
    AtomicList: [atomic],
    TypeName: "fsm.full.report",
    Version: "000",
  };
  ctx.send({ dst: HUB, type: payload.TypeName, payload });
}
