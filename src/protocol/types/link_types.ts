import * as z from "zod";
import { problemType } from "./enums.ts";
import { text, typeName, utcMs, version } from "./primitives.ts";

/** Says that a message arrived and was worked on; never acked itself. Note the capital ID. */
export const Ack = z.object({ AckMessageID: text, TypeName: typeName("gridworks.ack") });
/** Asks the peer for an ack. */
export const Ping = z.object({ MessageId: text.default(""), TypeName: typeName("gridworks.ping") });

/** Asks the receiver to stop; handed to the application, which may refuse. */
export const Shutdown = z.object({ Reason: text, TypeName: typeName("gridworks.shutdown") });

/** First keys of every event, in wire order; `TimeCreatedMs` is absent when the sender gave none. */
const EVENT_BASE = { MessageId: text.default(""), TimeCreatedMs: utcMs.optional(), Src: text.default("") };

/** Makes the schema of an event with wire keys in the reference's order. */
export function eventSchema<const Name extends string, Shape extends z.ZodRawShape>(name: Name, shape: Shape) {
  return z.object({ ...EVENT_BASE, TypeName: typeName(name), ...shape });
}

/** The proactor started. Has no Version. */
export const StartupEvent = eventSchema("gridworks.event.startup", {});
/** The proactor stops in order. */
export const ShutdownEvent = eventSchema("gridworks.event.shutdown", { Reason: text, Version: version("001") });
/** Something is wrong. */
export const ProblemEvent = eventSchema("gridworks.event.problem", {
  ProblemType: problemType,
  Summary: text,
  Details: text.default(""),
  Version: version("001"),
});

const COMM = { PeerName: text, Version: version("001") };
/** The link's connection to its broker is up. */
export const MqttConnectEvent = eventSchema("gridworks.event.comm.mqtt.connect", COMM);
/** A try to connect failed. */
export const MqttConnectFailedEvent = eventSchema("gridworks.event.comm.mqtt.connect.failed", COMM);
/** The link's connection was lost. */
export const MqttDisconnectEvent = eventSchema("gridworks.event.comm.mqtt.disconnect", COMM);
/** The broker granted every subscription of the link. */
export const MqttFullySubscribedEvent = eventSchema("gridworks.event.comm.mqtt.fully.subscribed", COMM);
/** An ack did not come in time. */
export const ResponseTimeoutEvent = eventSchema("gridworks.event.comm.response.timeout", COMM);
/** The peer was heard: the link is active. */
export const PeerActiveEvent = eventSchema("gridworks.event.comm.peer.active", COMM);

/** An event of a type we do not know, or that does not fit its type: every key is kept. */
export const AnyEvent = z.looseObject({
  MessageId: text,
  TimeCreatedMs: z.preprocess((value) => typeof value === "string" ? Number(value) : value, z.int()).optional(),
  Src: text,
  TypeName: text,
});

/** @see Ack */
export type Ack = z.infer<typeof Ack>;
/** @see Ping */
export type Ping = z.infer<typeof Ping>;
/** @see Shutdown */
export type Shutdown = z.infer<typeof Shutdown>;
/** @see StartupEvent */
export type StartupEvent = z.infer<typeof StartupEvent>;
/** @see ShutdownEvent */
export type ShutdownEvent = z.infer<typeof ShutdownEvent>;
/** @see ProblemEvent */
export type ProblemEvent = z.infer<typeof ProblemEvent>;
/** Any communication event; PeerName is the link's name. */
export type CommEvent = z.infer<typeof PeerActiveEvent> | z.infer<typeof ResponseTimeoutEvent>;
/** @see AnyEvent */
export type AnyEvent = z.infer<typeof AnyEvent>;
