import * as z from "zod";
import {
  handleName,
  int,
  intStrict,
  leftRightDot,
  spaceheatName,
  text,
  typeName,
  utcMs,
  uuid4,
  version,
  versionFixed,
} from "./primitives.ts";

/** A boss stands right above its subordinate; to a multiplexer everyone may speak. */
function isFromBoss(command: { readonly FromHandle: string; readonly ToHandle: string }): boolean {
  const boss = command.ToHandle.slice(0, Math.max(0, command.ToHandle.lastIndexOf(".")));
  return command.FromHandle === boss || command.ToHandle.includes("multiplexer");
}

/** An event for a state machine: a boss tells its subordinate to change state. */
export const FsmEvent = z.object({
  FromHandle: handleName,
  ToHandle: handleName,
  EventType: leftRightDot,
  EventName: text,
  TriggerId: uuid4,
  SendTimeUnixMs: utcMs,
  TypeName: typeName("fsm.event"),
  Version: versionFixed("000"),
}).refine(isFromBoss, "wanted FromHandle to be the boss of ToHandle");

/** A value for an analog output, 0 to 100 for 0 to 10 V. */
export const AnalogDispatch = z.object({
  FromGNodeAlias: leftRightDot.nullish(),
  FromHandle: handleName,
  ToHandle: handleName,
  AboutName: spaceheatName,
  Value: intStrict,
  TriggerId: uuid4,
  UnixTimeMs: utcMs,
  TypeName: typeName("analog.dispatch"),
  Version: version("000"),
}).refine(isFromBoss, "wanted FromHandle to be the boss of ToHandle");

/** An operator switches a relay, and takes over for so many seconds. */
export const AdminDispatch = z.object({
  DispatchTrigger: FsmEvent,
  TimeoutSeconds: intStrict,
  TypeName: typeName("admin.dispatch"),
  Version: versionFixed("000"),
});

/** An operator sets an analog output, and takes over for so many seconds. */
export const AdminAnalogDispatch = z.object({
  Dispatch: AnalogDispatch,
  TimeoutSeconds: intStrict,
  TypeName: typeName("admin.analog.dispatch"),
  Version: versionFixed("000"),
});

/** An operator stays in command; without a time the longest allowed counts. */
export const AdminKeepAlive = z.object({
  AdminTimeoutSeconds: int.nullish(),
  TypeName: typeName("admin.keep.alive"),
  Version: versionFixed("000"),
});

/** An operator gives command back. */
export const AdminReleaseControl = z.object({
  TypeName: typeName("admin.release.control"),
  Version: versionFixed("000"),
});

/** Asks a SCADA what an operator may control. */
export const SendControlCapabilities = z.object({
  FromGNodeAlias: leftRightDot,
  MessageCreatedMs: utcMs,
  TypeName: typeName("send.control.capabilities"),
  Version: versionFixed("000"),
});

/** @see FsmEvent */
export type FsmEvent = z.infer<typeof FsmEvent>;
/** @see AnalogDispatch */
export type AnalogDispatch = z.infer<typeof AnalogDispatch>;
/** @see AdminDispatch */
export type AdminDispatch = z.infer<typeof AdminDispatch>;
/** @see AdminAnalogDispatch */
export type AdminAnalogDispatch = z.infer<typeof AdminAnalogDispatch>;
/** @see AdminKeepAlive */
export type AdminKeepAlive = z.infer<typeof AdminKeepAlive>;
/** @see AdminReleaseControl */
export type AdminReleaseControl = z.infer<typeof AdminReleaseControl>;
/** @see SendControlCapabilities */
export type SendControlCapabilities = z.infer<typeof SendControlCapabilities>;

/** Types of the command tree and of admin takeover, by type name. */
export const ADMIN_TYPES = {
  "fsm.event": FsmEvent,
  "analog.dispatch": AnalogDispatch,
  "admin.dispatch": AdminDispatch,
  "admin.analog.dispatch": AdminAnalogDispatch,
  "admin.keep.alive": AdminKeepAlive,
  "admin.release.control": AdminReleaseControl,
  "send.control.capabilities": SendControlCapabilities,
} as const;
