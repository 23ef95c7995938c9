import { z } from "zod";
import { DEFAULT_REGISTRY, makeRegistry } from "../../src/protocol/mod.ts";

/** Command of the tree's upper house node to its lower one. Source: the reference's test kit. */
export const SET_RELAY = "gridworks.dummy.set.relay";
/** What the lower node tells of it. */
export const RELAY_REPORT = "gridworks.event.relay.report";
/** What the upper node says on such a report. */
export const RELAY_REPORT_RECEIVED = "gridworks.event.relay.report.received";

/** The command as it is on the wire. */
export const SetRelay = z.object({
  RelayName: z.string(),
  Closed: z.boolean(),
  TypeName: z.literal(SET_RELAY),
});

/** Every type that the tree's peers understand; its events are taken as any event is. */
export const TREE_REGISTRY = makeRegistry({ [SET_RELAY]: SetRelay }, DEFAULT_REGISTRY);
