import type { WriteResult } from "../core/device.ts";
import { type MachineTable, stepMachine } from "../core/table_machine.ts";
import type { Actor, ActorContext, ActorInput, GuardRefusal } from "../proactor/actor.ts";
import { type FsmEvent, singleReading } from "../protocol/mod.ts";
import type { CommandTree } from "./command_tree.ts";
import { glitchPayload, singleMachineState } from "./machine_payloads.ts";
import type { RelayFacts } from "./scada_facts.ts";

const STATE_PERIOD_MS = 300_000;
const FIRST_STATE_MS = 2_000;
const RESULT_MS_MAX = 5_000;
const HUB = "s";

/** What a relay actor is made of. */
export interface RelayOptions {
  readonly relay: RelayFacts;
  readonly tree: CommandTree;
  readonly scadaAlias: string;
  /** Brains that are told every state, whoever is boss now. */
  readonly watchers: readonly string[];
}

interface PendingCommand {
  readonly id: string;
  readonly event: FsmEvent;
  readonly to: string;
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
export function relayActor({ relay, tree, scadaAlias, watchers }: RelayOptions): Actor {
  const table = relayTable(relay);
  let state = relay.deEnergizedState;
  let pending: PendingCommand | undefined;
  let complained = "";

  function complain(summary: string, details: string, ctx: ActorContext): void {
    // The brain asks again each pass; one glitch says it until something else happens, or somebody else asks.
    const complaint = `${tree.bossOf(relay.name) ?? ""}: ${summary}`;
    if (complained === complaint) return;
    complained = complaint;
    const glitch = { node: relay.name, level: "Warning", summary, details } as const;
    ctx.send({ dst: HUB, type: "glitch", payload: glitchPayload(glitch, scadaAlias, ctx.wallMs) });
  }
  function sendState(cause: string, ctx: ActorContext): void {
    const handle = tree.handleOf(relay.name);
    const payload = singleMachineState({ handle, stateEnum: relay.stateType, state, wallMs: ctx.wallMs, cause });
    ctx.send({ dst: HUB, type: payload.TypeName, payload });
    const value = state === relay.energizedState ? 1 : 0;
    ctx.send({ dst: HUB, type: "single.reading", payload: singleReading(relay.channel, value, ctx.wallMs) });
    for (const watcher of watchers) ctx.send({ dst: watcher, type: payload.TypeName, payload });
  }
  function report(event: FsmEvent, from: string, ctx: ActorContext): void {
    const atomic = {
      MachineHandle: event.ToHandle,
      StateEnum: relay.stateType,
      ReportType: "Event",
      ActionType: null,
      Action: null,
      EventEnum: relay.eventType,
      Event: event.EventName,
      FromState: from,
      ToState: state,
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
  function obey(event: FsmEvent, src: string, ctx: ActorContext): void {
    const own = tree.handleOf(relay.name);
    const boss = tree.bossOf(relay.name);
    if (event.ToHandle !== own || event.FromHandle !== boss || src !== tree.actorOf(boss)) {
      complain("bad_boss", `${src} as ${event.FromHandle} commanded ${event.ToHandle}; boss is ${boss ?? "none"}`, ctx);
      return;
    }
    const step = event.EventType === relay.eventType ? stepMachine(table, state, event.EventName) : undefined;
    if (step?.kind !== "moved") {
      complain("bad_event", `${event.EventType} ${event.EventName}`, ctx);
      return;
    }
    if (pending?.to === step.to || (pending === undefined && step.to === state)) return;
    const id = ctx.command(relay.name, step.to === relay.energizedState ? 1 : 0, event.FromHandle);
    pending = { id, event, to: step.to };
    ctx.timer("result", RESULT_MS_MAX);
  }
  function finish(done: PendingCommand, result: WriteResult | GuardRefusal, ctx: ActorContext): void {
    pending = undefined;
    ctx.cancel("result");
    if (result.kind !== "written") {
      complain(`relay_${result.kind}`, "because" in result ? result.because : result.code, ctx);
      return;
    }
    const from = state;
    state = result.readBack === 1 ? relay.energizedState : relay.deEnergizedState;
    if (result.readBack !== result.value) {
      complain("relay_unconfirmed", `wrote ${result.value}, read back ${result.readBack}`, ctx);
    } else complained = "";
    if (state === from) return;
    sendState(done.event.EventName, ctx);
    report(done.event, from, ctx);
  }
  function step(input: ActorInput, ctx: ActorContext): void {
    switch (input.kind) {
      case "start":
        ctx.timer("state", FIRST_STATE_MS);
        return;
      case "timer":
        if (input.name === "result") {
          pending = undefined;
          complain("relay_no_result", `${RESULT_MS_MAX} ms`, ctx);
          return;
        }
        ctx.timer("state", STATE_PERIOD_MS);
        sendState("periodic", ctx);
        return;
      case "message":
        if (input.message.type !== "fsm.event") return;
        if (input.link === "internal") obey(input.message.payload as FsmEvent, input.message.src, ctx);
        else complain("bad_boss", `fsm.event from outside over link ${input.link}`, ctx);
        return;
      case "result":
        if (input.id === pending?.id) finish(pending, input.result, ctx);
        return;
      case "output": {
        if (input.output !== relay.name) return;
        const to = input.value === 1 ? relay.energizedState : relay.deEnergizedState;
        if (to === state) return;
        state = to;
        sendState(input.because, ctx);
        return;
      }
      default:
        return;
    }
  }
  return {
    name: relay.name,
    listensTo: [],
    step,
    snapshot: () => ({ state, handle: tree.handleOf(relay.name), pending: pending?.to ?? null, complaint: complained }),
  };
}
