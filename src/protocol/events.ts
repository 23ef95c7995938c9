import type { ProactorDbg } from "./types/dbg_types.ts";
import type {
  ChannelReadings,
  FsmFullReport,
  MachineStates,
  SingleMachineState,
  SingleReading,
} from "./types/data_types.ts";

/** Payload of an event without id, time and source; `fillEvent` adds them in the reference's order. */
export interface EventDraft {
  readonly TypeName: string;
  readonly [key: string]: unknown;
}

/** A payload that is complete. */
export interface EventPayloadFilled extends EventDraft {
  readonly MessageId: string;
  readonly TimeCreatedMs: number;
  readonly Src: string;
}

/** What `fillEvent` adds where it is absent. */
export interface EventStamp {
  readonly messageId: string;
  /** Wall clock in ms since 1970. */
  readonly timeCreatedMs: number;
  /** Long name of the proactor. */
  readonly src: string;
}

/** Puts id, time and source in front of an event; those that the payload has already stay. */
export function fillEvent(payload: EventDraft, stamp: EventStamp): EventPayloadFilled {
  const { MessageId, TimeCreatedMs, Src, TypeName, ...rest } = payload;
  return {
    MessageId: typeof MessageId === "string" ? MessageId : stamp.messageId,
    TimeCreatedMs: typeof TimeCreatedMs === "number" ? TimeCreatedMs : stamp.timeCreatedMs,
    Src: typeof Src === "string" ? Src : stamp.src,
    TypeName,
    ...rest,
  };
}

/** The proactor started. */
export function startupEvent(): EventDraft {
  return { TypeName: "gridworks.event.startup" };
}

/** The proactor stops in order. */
export function shutdownEvent(reason: string): EventDraft {
  return { TypeName: "gridworks.event.shutdown", Reason: reason, Version: "001" };
}

/** Says what was done about a `gridworks.proactor.dbg`. */
export function proactorDbgEvent(done: { readonly command: ProactorDbg; readonly count: number }): EventDraft {
  const { command, count } = done;
  const bits = (count > 0 ? 1 : 0) | (command.Command === "show_subscriptions" ? 2 : 4);
  const Path = `0x${bits.toString(16).padStart(8, "0")}`;
  return { TypeName: "gridworks.event.proactor.dbg", Command: command, Path, Count: count, Msg: "" };
}

/** Something is wrong: `summary` one line, `details` any text. */
export function problemEvent(
  problem: { readonly problemType: "error" | "warning"; readonly summary: string; readonly details?: string },
): EventDraft {
  return {
    TypeName: "gridworks.event.problem",
    ProblemType: problem.problemType,
    Summary: problem.summary,
    Details: problem.details ?? "",
    Version: "001",
  };
}

/** Type names of the communication events, by what happened. */
export const COMM_EVENT_TYPES = {
  connect: "gridworks.event.comm.mqtt.connect",
  connect_failed: "gridworks.event.comm.mqtt.connect.failed",
  disconnect: "gridworks.event.comm.mqtt.disconnect",
  fully_subscribed: "gridworks.event.comm.mqtt.fully.subscribed",
  response_timeout: "gridworks.event.comm.response.timeout",
  peer_active: "gridworks.event.comm.peer.active",
} as const;

/** What happened to a link. */
export type CommEventKind = keyof typeof COMM_EVENT_TYPES;

/** Something happened to a link. @param peerName Name of the link, not of the node at its other end. */
export function commEvent(kind: CommEventKind, peerName: string): EventDraft {
  return { TypeName: COMM_EVENT_TYPES[kind], PeerName: peerName, Version: "001" };
}

/** Who reports, and about what. */
export interface ReportFields {
  readonly fromGNodeAlias: string;
  /** UUID version 4. */
  readonly fromGNodeInstanceId: string;
  readonly aboutGNodeAlias: string;
  /** Start of the slot in s since 1970. */
  readonly slotStartUnixS: number;
  /** Length of the slot in s, above 0. */
  readonly slotDurationS: number;
  readonly channelReadings: readonly ChannelReadings[];
  readonly states: readonly MachineStates[];
  readonly fsmReports: readonly FsmFullReport[];
  /** Wall clock in ms since 1970. */
  readonly messageCreatedMs: number;
  /** UUID version 4; becomes the event's MessageId. */
  readonly id: string;
}

/** The report of one slot as an event; its id and time are set, its source is not. */
export function reportEvent(report: ReportFields): EventDraft {
  return {
    MessageId: report.id,
    TimeCreatedMs: report.messageCreatedMs,
    TypeName: "report.event",
    Report: {
      FromGNodeAlias: report.fromGNodeAlias,
      FromGNodeInstanceId: report.fromGNodeInstanceId,
      AboutGNodeAlias: report.aboutGNodeAlias,
      SlotStartUnixS: report.slotStartUnixS,
      SlotDurationS: report.slotDurationS,
      ChannelReadingList: report.channelReadings,
      StateList: report.states,
      FsmReportList: report.fsmReports,
      MessageCreatedMs: report.messageCreatedMs,
      Id: report.id,
      TypeName: "report",
      Version: "002",
    },
    Version: "002",
  };
}

/** The readings of one channel over a slot. @param values Pairs of ms since 1970 and value, in time order. */
export function channelReadings(
  channel: string,
  values: readonly (readonly [timeMs: number, value: number])[],
): ChannelReadings {
  return {
    ChannelName: channel,
    ValueList: values.map(([, value]) => value),
    ScadaReadTimeUnixMsList: values.map(([timeMs]) => timeMs),
    TypeName: "channel.readings",
    Version: "002",
  };
}

/** One reading. */
export function singleReading(channel: string, value: number, timeMs: number): SingleReading {
  return {
    ChannelName: channel,
    Value: value,
    ScadaReadTimeUnixMs: timeMs,
    TypeName: "single.reading",
    Version: "000",
  };
}

/** What the SCADA knows now. */
export function snapshotSpaceheat(
  snapshot: {
    readonly fromGNodeAlias: string;
    readonly fromGNodeInstanceId: string;
    readonly timeMs: number;
    readonly readings: readonly SingleReading[];
    readonly states: readonly SingleMachineState[];
  },
): EventDraft {
  return {
    FromGNodeAlias: snapshot.fromGNodeAlias,
    FromGNodeInstanceId: snapshot.fromGNodeInstanceId,
    SnapshotTimeUnixMs: snapshot.timeMs,
    LatestReadingList: snapshot.readings,
    LatestStateList: snapshot.states,
    TypeName: "snapshot.spaceheat",
    Version: "003",
  };
}

/** Power of the terminal asset in watts. */
export function powerWatts(watts: number): EventDraft {
  return { Watts: watts, TypeName: "power.watts", Version: "000" };
}

/** Answers the message with this id. */
export function ackPayload(messageId: string): EventDraft {
  return { AckMessageID: messageId, TypeName: "gridworks.ack" };
}

/** Asks the peer for an ack. */
export function pingPayload(messageId: string): EventDraft {
  return { MessageId: messageId, TypeName: "gridworks.ping" };
}

/** Asks a SCADA for a snapshot. */
export function sendSnap(fromGNodeAlias: string): EventDraft {
  return { FromGNodeAlias: fromGNodeAlias, TypeName: "send.snap", Version: "000" };
}
