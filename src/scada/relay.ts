import type { WriteResult } from "../core/device.ts";
import { type MachineTable, stepMachine } from "../core/table_machine.ts";
import type { Actor, ActorContext, ActorInput, GuardRefusal } from "../proactor/actor.ts";
import type { Message } from "../core/message.ts";
import type { FsmEvent } from "../protocol/mod.ts";
import { glitchPayload } from "./machine_payloads.ts";
import { type RelayOptions, reportRelayMove, sendRelayState } from "./relay_reports.ts";
import type { RelayFacts } from "./scada_facts.ts";

const STATE_PERIOD_MS = 300_000;
const FIRST_STATE_MS = 2_000;
const RESULT_MS_MAX = 5_000;
const HUB = "s";

interface PendingCommand {
  readonly id: string;
  readonly event: FsmEvent;
  readonly to: string;
}

interface Relay extends RelayOptions {
  readonly table: MachineTable<string, string>;
  state: string;
  pending: PendingCommand | undefined;
  complained: string;
}

/** The two-sided table of a relay: both events are legal in both states. */
export function relayTable(relay: RelayFacts): MachineTable<string, string> {
  const row = { [relay.deEnergizingEvent]: relay.deEnergizedState, [relay.energizingEvent]: relay.energizedState };
  return { [relay.deEnergizedState]: row, [relay.energizedState]: row };
}

/**
 * Makes the actor of one relay. It obeys `fsm.event` from its exact boss handle only, given inside this process by the
 * actor that serves the boss; it moves when the output was read back (spec/scada.md §2.5, §7.2).
 */
export function relayActor(options: RelayOptions): Actor {
  const { name, deEnergizedState } = options.relay;
  const self: Relay = {
    ...options,
    table: relayTable(options.relay),
    state: deEnergizedState,
    pending: undefined,
    complained: "",
  };
  return {
    name,
    listensTo: [],
    step: (input, ctx) => step(self, input, ctx),
    snapshot: () => ({
      state: self.state,
      handle: self.tree.handleOf(name),
      pending: self.pending?.to ?? null,
      complaint: self.complained,
    }),
  };
}

function step(self: Relay, input: ActorInput, ctx: ActorContext): void {
  switch (input.kind) {
    case "start":
      ctx.timer("state", FIRST_STATE_MS);
      return;
    case "timer":
      return onTimer(self, input.name, ctx);
    case "message":
      return receive(self, input, ctx);
    case "result":
      if (input.id === self.pending?.id) finish(self, { done: self.pending, result: input.result }, ctx);
      return;
    case "output":
      return follow(self, input, ctx);
    default:
      return;
  }
}

function complain(
  self: Relay,
  { summary, details }: { readonly summary: string; readonly details: string },
  ctx: ActorContext,
): void {
  const { relay, tree, scadaAlias } = self;
  // The brain asks again each pass; one glitch says it until something else happens, or somebody else asks.
  const complaint = `${tree.bossOf(relay.name) ?? ""}: ${summary}`;
  if (self.complained === complaint) return;
  self.complained = complaint;
  const glitch = { node: relay.name, level: "Warning", summary, details } as const;
  ctx.send({ dst: HUB, type: "glitch", payload: glitchPayload(glitch, scadaAlias, ctx.wallMs) });
}

function onTimer(self: Relay, name: string, ctx: ActorContext): void {
  if (name === "result") {
    self.pending = undefined;
    complain(self, { summary: "relay_no_result", details: `${RESULT_MS_MAX} ms` }, ctx);
    return;
  }
  ctx.timer("state", STATE_PERIOD_MS);
  sendRelayState(self, { state: self.state, cause: "periodic" }, ctx);
}

function receive(
  self: Relay,
  { message, link }: { readonly message: Message; readonly link: string },
  ctx: ActorContext,
): void {
  if (message.type !== "fsm.event") return;
  if (link === "internal") return obey(self, { event: message.payload as FsmEvent, src: message.src }, ctx);
  const details = `fsm.event from outside over link ${link}`;
  complain(self, { summary: "bad_boss", details }, ctx);
}

function obey(
  self: Relay,
  { event, src }: { readonly event: FsmEvent; readonly src: string },
  ctx: ActorContext,
): void {
  const { relay, tree, table, state, pending } = self;
  const own = tree.handleOf(relay.name);
  const boss = tree.bossOf(relay.name);
  if (event.ToHandle !== own || event.FromHandle !== boss || src !== tree.actorOf(boss)) {
    const details = `${src} as ${event.FromHandle} commanded ${event.ToHandle}; boss is ${boss ?? "none"}`;
    complain(self, { summary: "bad_boss", details }, ctx);
    return;
  }
  const moved = event.EventType === relay.eventType ? stepMachine(table, state, event.EventName) : undefined;
  if (moved?.kind !== "moved") {
    const details = `${event.EventType} ${event.EventName}`;
    complain(self, { summary: "bad_event", details }, ctx);
    return;
  }
  if (pending?.to === moved.to || (pending === undefined && moved.to === state)) return;
  const id = ctx.command(relay.name, moved.to === relay.energizedState ? 1 : 0, event.FromHandle);
  self.pending = { id, event, to: moved.to };
  ctx.timer("result", RESULT_MS_MAX);
}

function finish(
  self: Relay,
  { done, result }: { readonly done: PendingCommand; readonly result: WriteResult | GuardRefusal },
  ctx: ActorContext,
): void {
  const { relay, state: from } = self;
  self.pending = undefined;
  ctx.cancel("result");
  if (result.kind !== "written") {
    const details = "because" in result ? result.because : result.code;
    complain(self, { summary: `relay_${result.kind}`, details }, ctx);
    return;
  }
  self.state = result.readBack === 1 ? relay.energizedState : relay.deEnergizedState;
  if (result.readBack === result.value) self.complained = "";
  else {
    const details = `wrote ${result.value}, read back ${result.readBack}`;
    complain(self, { summary: "relay_unconfirmed", details }, ctx);
  }
  if (self.state === from) return;
  sendRelayState(self, { state: self.state, cause: done.event.EventName }, ctx);
  reportRelayMove(self, { event: done.event, from, to: self.state }, ctx);
}

/** The output changed without a command: its lease lapsed, or a safety rule forced it. */
function follow(self: Relay, change: Extract<ActorInput, { kind: "output" }>, ctx: ActorContext): void {
  const { relay } = self;
  if (change.output !== relay.name) return;
  const to = change.value === 1 ? relay.energizedState : relay.deEnergizedState;
  if (to === self.state) return;
  self.state = to;
  sendRelayState(self, { state: to, cause: change.because }, ctx);
}
