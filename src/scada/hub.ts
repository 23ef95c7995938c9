import type { Actor, ActorContext, ActorInput } from "../proactor/actor.ts";
import {
  type AdminDispatch,
  type AdminKeepAlive,
  fillEvent,
  type FsmFullReport,
  problemEvent,
  reportEvent,
  type SingleMachineState,
  type SingleReading,
  snapshotSpaceheat,
  type SyncedReadings,
} from "../protocol/mod.ts";
import type { Message } from "../core/message.ts";
import { collector, type ReadingRow } from "./collector.ts";
import type { CommandTree } from "./command_tree.ts";
import { glitchPayload } from "./machine_payloads.ts";
import type { ScadaFacts } from "./scada_facts.ts";
import { takeover } from "./takeover.ts";

const HUB = "s";
const ADMIN = "admin";
const REPORT_MS = 300_000;
const SNAPSHOT_MS = 30_000;
const INTERNAL = "internal";

/** A peer of the hub: where its messages go. */
export interface HubPeer {
  /** Destination in the header. */
  readonly dst: string;
  /** Name of the link. */
  readonly link: string;
}

/** What the hub is made of. */
export interface HubOptions {
  readonly facts: ScadaFacts;
  readonly tree: CommandTree;
  readonly upstream: HubPeer;
  /** Absent: the admin door is shut. */
  readonly admin?: HubPeer;
  /** Payload of layout.lite, sent when the upstream link becomes active and on send.layout. */
  readonly layoutLite?: (ctx: ActorContext) => unknown;
  /** @default 300000 */
  readonly reportMs?: number;
  /** @default 30000 */
  readonly snapshotMs?: number;
}

/** The hub, and the readings of an earlier life. */
export interface Hub extends Actor {
  /** Hands over the journal rows that no report holds. Before the first input. */
  restoreJournal(rows: readonly ReadingRow[]): void;
}

/** Makes the actor `s`: collects, reports, snapshots, answers, and keeps the admin door (spec/scada.md §4). */
export function hubActor(options: HubOptions): Hub {
  const { facts, tree, upstream, admin } = options;
  const data = collector(facts.channels);
  const door = takeover({ tree, scadaAlias: facts.scadaAlias, onState: (state) => data.state(state) });
  const reportMs = options.reportMs ?? REPORT_MS;
  const snapshotMs = options.snapshotMs ?? SNAPSHOT_MS;
  const relayChannels = new Set(facts.relays.map((relay) => relay.channel));
  let unexpected = 0;

  function toUpstream(type: string, payload: unknown, ctx: ActorContext): void {
    ctx.send({ ...upstream, type, payload });
  }
  function collect(channel: string, value: number, ctx: ActorContext): void {
    if (data.reading(channel, value, ctx.wallMs)) ctx.journal(channel, value);
    else glitch("unknown_reading", `${channel} = ${value}`, ctx);
  }
  function glitch(summary: string, details: string, ctx: ActorContext): void {
    const payload = glitchPayload({ node: HUB, level: "Warning", summary, details }, facts.scadaAlias, ctx.wallMs);
    toUpstream("glitch", payload, ctx);
  }
  /** Whoever has taken the house over learns why a command had no effect; a glitch alone goes to the LTN only. */
  function tellAdmin(payload: unknown, ctx: ActorContext): void {
    if (admin === undefined || door.top !== "Admin") return;
    const { Node, Summary, Details } = payload as Readonly<Record<"Node" | "Summary" | "Details", string>>;
    const draft = problemEvent({
      problemType: "warning",
      summary: `${Node}: ${Summary}: ${Details}`,
      details: Details,
    });
    const stamp = { messageId: ctx.newId(), timeCreatedMs: ctx.wallMs, src: facts.scadaAlias };
    ctx.send({ ...admin, type: draft.TypeName, payload: fillEvent(draft, stamp) });
  }
  function snapshotPayload(ctx: ActorContext): unknown {
    return snapshotSpaceheat({
      fromGNodeAlias: facts.scadaAlias,
      fromGNodeInstanceId: facts.scadaId,
      timeMs: ctx.wallMs,
      readings: data.latestReadings(ctx.wallMs),
      states: data.latestStates(),
    });
  }
  function sendSnapshots(ctx: ActorContext): void {
    const payload = snapshotPayload(ctx);
    toUpstream("snapshot.spaceheat", payload, ctx);
    if (admin !== undefined) ctx.send({ ...admin, type: "snapshot.spaceheat", payload });
  }
  function report(ctx: ActorContext): void {
    const endMs = Math.floor(ctx.wallMs / reportMs) * reportMs;
    for (const slot of data.takeSlots(endMs, reportMs)) {
      const draft = reportEvent({
        fromGNodeAlias: facts.scadaAlias,
        fromGNodeInstanceId: facts.scadaId,
        aboutGNodeAlias: facts.terminalAssetAlias,
        slotStartUnixS: slot.startMs / 1_000,
        slotDurationS: reportMs / 1_000,
        channelReadings: slot.readings,
        states: slot.states,
        fsmReports: slot.fsmReports,
        messageCreatedMs: ctx.wallMs,
        id: ctx.newId(),
      });
      ctx.record({ Src: facts.scadaAlias, ...draft });
    }
    ctx.clearJournal(endMs);
  }
  function aligned(name: string, periodMs: number, ctx: ActorContext): void {
    ctx.timer(name, periodMs - (ctx.wallMs % periodMs));
  }
  function capabilities(ctx: ActorContext): unknown {
    return {
      FromGNodeAlias: facts.scadaAlias,
      MessageCreatedMs: ctx.wallMs,
      RelayNodes: facts.nodes.filter((node) => node.ActorClass === "Relay").map((node) => ({
        Name: node.Name,
        ActorClass: node.ActorClass,
        DisplayName: node.DisplayName ?? null,
      })),
      DacNodes: [],
      ControlChannels: facts.relays.map((relay) => ({ Name: relay.channel, AboutNodeName: relay.name })),
      I2cRelayComponent: facts.relayComponent,
      TypeName: "scada.control.capabilities",
      Version: "000",
    };
  }
  /** @returns Whether the message is one of those that both LTN and admin may ask. */
  function answer(message: Message, peer: HubPeer, ctx: ActorContext): boolean {
    switch (message.type) {
      case "send.snap":
        ctx.send({ ...peer, type: "snapshot.spaceheat", payload: snapshotPayload(ctx) });
        return true;
      case "send.control.capabilities":
        ctx.send({ ...peer, type: "scada.control.capabilities", payload: capabilities(ctx) });
        return true;
      case "send.layout":
        if (options.layoutLite !== undefined) {
          ctx.send({ ...peer, type: "layout.lite", payload: options.layoutLite(ctx) });
        }
        return true;
      default:
        return false;
    }
  }
  function fromAdmin(message: Message, ctx: ActorContext): boolean {
    switch (message.type) {
      case "admin.dispatch": {
        const { DispatchTrigger: event, TimeoutSeconds } = message.payload as AdminDispatch;
        door.hold(TimeoutSeconds, message.type, ctx);
        const name = event.ToHandle.split(".").at(-1) ?? "";
        ctx.record({
          TypeName: "gridworks.event.admin.command",
          ToHandle: event.ToHandle,
          EventName: event.EventName,
          TriggerId: event.TriggerId,
          CommandMessageId: message.messageId,
          Version: "000",
        }, 1);
        if (facts.relays.some((relay) => relay.name === name)) {
          ctx.send({ dst: name, type: "fsm.event", payload: event, src: ADMIN });
        } else glitch("unknown_actuator", event.ToHandle, ctx);
        return true;
      }
      case "admin.keep.alive":
        door.hold((message.payload as AdminKeepAlive).AdminTimeoutSeconds ?? undefined, message.type, ctx);
        return true;
      case "admin.release.control":
        door.release("AdminReleasesControl", ctx);
        return true;
      default:
        return false;
    }
  }
  function fromInside(message: Message, ctx: ActorContext): boolean {
    switch (message.type) {
      case "synced.readings": {
        const { ChannelNameList, ValueList } = message.payload as SyncedReadings;
        ChannelNameList.forEach((channel, i) => collect(channel, ValueList[i] ?? NaN, ctx));
        return true;
      }
      case "single.reading": {
        const reading = message.payload as SingleReading;
        collect(reading.ChannelName, reading.Value, ctx);
        if (admin !== undefined && relayChannels.has(reading.ChannelName)) {
          ctx.send({ ...admin, type: message.type, payload: reading });
        }
        return true;
      }
      case "single.machine.state":
        data.state(message.payload as SingleMachineState);
        return true;
      case "fsm.full.report":
        data.fsmReport(message.payload as FsmFullReport);
        return true;
      case "channel.flatlined":
        data.flatlined((message.payload as { readonly Channel: { readonly Name: string } }).Channel.Name);
        return true;
      case "glitch":
        tellAdmin(message.payload, ctx);
        toUpstream(message.type, message.payload, ctx);
        return true;
      case "power.watts":
      case "new.command.tree":
        toUpstream(message.type, message.payload, ctx);
        return true;
      default:
        return false;
    }
  }
  function receive(message: Message, link: string, ctx: ActorContext): void {
    const taken = link === INTERNAL
      ? fromInside(message, ctx)
      : link === admin?.link
      ? answer(message, admin, ctx) || fromAdmin(message, ctx)
      : link === upstream.link && answer(message, upstream, ctx);
    if (taken) return;
    unexpected++;
    ctx.log({
      level: "warn",
      event: "scada.unexpected_message",
      fields: { type: message.type, link, src: message.src },
    });
  }
  function onTimer(name: string, ctx: ActorContext): void {
    if (name === "report") {
      report(ctx);
      aligned(name, reportMs, ctx);
    } else if (name === "snapshot") {
      sendSnapshots(ctx);
      aligned(name, snapshotMs, ctx);
    } else if (name === "admin_timeout") door.release("AdminTimesOut", ctx);
  }
  function step(input: ActorInput, ctx: ActorContext): void {
    switch (input.kind) {
      case "start":
        aligned("report", reportMs, ctx);
        aligned("snapshot", snapshotMs, ctx);
        door.start(input.kept, ctx);
        return;
      case "message":
        return receive(input.message, input.link, ctx);
      case "timer":
        return onTimer(input.name, ctx);
      case "link":
        if (input.link === upstream.link && input.to === "active" && options.layoutLite !== undefined) {
          toUpstream("layout.lite", options.layoutLite(ctx), ctx);
        }
        return;
      default:
        return;
    }
  }
  return {
    name: HUB,
    listensTo: [],
    step,
    snapshot: () => ({ control: door.snapshot(), data: data.counts(), unexpected }),
    restoreJournal: (rows) => data.restore(rows),
  };
}
