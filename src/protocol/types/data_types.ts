import * as z from "zod";
import {
  handleName,
  int,
  intStrict,
  leftRightDot,
  positiveInt,
  spaceheatName,
  text,
  typeName,
  utcMs,
  utcS,
  uuid4,
  version,
  versionFixed,
} from "./primitives.ts";
import { enumOr } from "./enums.ts";
import { eventSchema } from "./link_types.ts";

/** Power of the whole terminal asset in watts; never acked. */
export const PowerWatts = z.object({ Watts: int, TypeName: typeName("power.watts"), Version: version("000") });

/** One value of one channel, in the channel's telemetry unit. */
export const SingleReading = z.object({
  ChannelName: spaceheatName,
  Value: intStrict,
  ScadaReadTimeUnixMs: utcMs,
  TypeName: typeName("single.reading"),
  Version: version("000"),
});

/** Values of several channels read at one moment. */
export const SyncedReadings = z.object({
  ChannelNameList: z.array(spaceheatName),
  ValueList: z.array(intStrict),
  ScadaReadTimeUnixMs: utcMs,
  TypeName: typeName("synced.readings"),
  Version: version("000"),
});

/** Values of one channel over a slot. */
export const ChannelReadings = z.object({
  ChannelName: spaceheatName,
  ValueList: z.array(intStrict),
  ScadaReadTimeUnixMsList: z.array(utcMs),
  TypeName: typeName("channel.readings"),
  Version: version("002"),
});

/** States that one machine was in over a slot. */
export const MachineStates = z.object({
  MachineHandle: handleName,
  StateEnum: leftRightDot,
  StateList: z.array(text),
  UnixMsList: z.array(utcMs),
  TypeName: typeName("machine.states"),
  Version: version("000"),
});

/** The state that one machine is in. */
export const SingleMachineState = z.object({
  MachineHandle: handleName,
  StateEnum: leftRightDot,
  State: text,
  UnixMs: utcMs,
  Cause: text.nullish(),
  TypeName: typeName("single.machine.state"),
  Version: versionFixed("000"),
});

/** One step of a state machine's chain of events. */
export const FsmAtomicReport = z.looseObject({
  MachineHandle: handleName,
  StateEnum: text,
  ReportType: enumOr(["Other", "Event", "Action"], "Other"),
  ActionType: enumOr(["RelayPinSet", "Analog010VSignalSet", "Analog420maSignalSet"], "RelayPinSet").nullish(),
  Action: intStrict.nullish(),
  EventEnum: leftRightDot.nullish(),
  Event: text.nullish(),
  FromState: text.nullish(),
  ToState: text.nullish(),
  UnixTimeMs: utcMs,
  TriggerId: uuid4,
  TypeName: typeName("fsm.atomic.report"),
  Version: version("000"),
});

/** A chain of events of state machines that one trigger set off. */
export const FsmFullReport = z.object({
  FromName: spaceheatName,
  TriggerId: uuid4,
  AtomicList: z.array(FsmAtomicReport),
  TypeName: typeName("fsm.full.report"),
  Version: version("000"),
});

/** What a SCADA measured and did in a slot. */
export const Report = z.object({
  FromGNodeAlias: leftRightDot,
  FromGNodeInstanceId: uuid4,
  AboutGNodeAlias: leftRightDot,
  SlotStartUnixS: utcS,
  SlotDurationS: positiveInt,
  ChannelReadingList: z.array(ChannelReadings),
  StateList: z.array(MachineStates),
  FsmReportList: z.array(FsmFullReport),
  MessageCreatedMs: utcMs,
  Id: uuid4,
  TypeName: typeName("report"),
  Version: version("002"),
});

/** A report as an event. Its id and time are the report's, whatever it says itself. */
export const ReportEvent = eventSchema("report.event", { Report, Version: version("002") }).transform((event) => ({
  ...event,
  MessageId: event.Report.Id,
  TimeCreatedMs: event.Report.MessageCreatedMs,
  Version: event.Report.Version === "001" ? "000" : event.Report.Version === "002" ? "002" : event.Version,
}));

/** What a SCADA knows now. */
export const SnapshotSpaceheat = z.object({
  FromGNodeAlias: leftRightDot,
  FromGNodeInstanceId: uuid4,
  SnapshotTimeUnixMs: utcMs,
  LatestReadingList: z.array(SingleReading),
  LatestStateList: z.array(SingleMachineState),
  TypeName: typeName("snapshot.spaceheat"),
  Version: versionFixed("003"),
});

/** Asks a SCADA for a snapshot. */
export const SendSnap = z.object({
  FromGNodeAlias: leftRightDot,
  TypeName: typeName("send.snap"),
  Version: version("000"),
});

/** @see PowerWatts */
export type PowerWatts = z.infer<typeof PowerWatts>;
/** @see SingleReading */
export type SingleReading = z.infer<typeof SingleReading>;
/** @see SyncedReadings */
export type SyncedReadings = z.infer<typeof SyncedReadings>;
/** @see ChannelReadings */
export type ChannelReadings = z.infer<typeof ChannelReadings>;
/** @see MachineStates */
export type MachineStates = z.infer<typeof MachineStates>;
/** @see SingleMachineState */
export type SingleMachineState = z.infer<typeof SingleMachineState>;
/** @see FsmAtomicReport */
export type FsmAtomicReport = z.infer<typeof FsmAtomicReport>;
/** @see FsmFullReport */
export type FsmFullReport = z.infer<typeof FsmFullReport>;
/** @see Report */
export type Report = z.infer<typeof Report>;
/** @see ReportEvent */
export type ReportEvent = z.infer<typeof ReportEvent>;
/** @see SnapshotSpaceheat */
export type SnapshotSpaceheat = z.infer<typeof SnapshotSpaceheat>;
/** @see SendSnap */
export type SendSnap = z.infer<typeof SendSnap>;

/** Types of measurements and reports, by type name. */
export const DATA_TYPES = {
  "power.watts": PowerWatts,
  "single.reading": SingleReading,
  "synced.readings": SyncedReadings,
  "channel.readings": ChannelReadings,
  "machine.states": MachineStates,
  "single.machine.state": SingleMachineState,
  "fsm.atomic.report": FsmAtomicReport,
  "fsm.full.report": FsmFullReport,
  "report": Report,
  "report.event": ReportEvent,
  "snapshot.spaceheat": SnapshotSpaceheat,
  "send.snap": SendSnap,
} as const;
