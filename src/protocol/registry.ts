import type * as z from "zod";
import { DATA_TYPES } from "./types/data_types.ts";
import * as dbg from "./types/dbg_types.ts";
import { ADMIN_TYPES } from "./types/admin_types.ts";
import { SCADA_TYPES } from "./types/scada_types.ts";
import * as link from "./types/link_types.ts";

/** The payload types that a decoder knows, by dotted type name. */
export interface Registry {
  /** Every type name, sorted. */
  readonly types: readonly string[];
  /** The schema of a type, undefined when it is unknown. */
  schema(type: string): z.ZodType | undefined;
}

/**
 * Makes a registry.
 *
 * @param schemas By dotted type name.
 * @param base Types that are known as well, usually `DEFAULT_REGISTRY`.
 * @throws {TypeError} If a type is in both.
 */
export function makeRegistry(schemas: Readonly<Record<string, z.ZodType>>, base?: Registry): Registry {
  const byType = new Map<string, z.ZodType>();
  for (const type of base?.types ?? []) {
    const schema = base?.schema(type);
    if (schema !== undefined) byType.set(type, schema);
  }
  for (const [type, schema] of Object.entries(schemas)) {
    if (byType.has(type)) throw new TypeError(`Cannot register type "${type}" as it must be new: it is known already`);
    byType.set(type, schema);
  }
  return {
    types: [...byType.keys()].sort(),
    schema(type) {
      return byType.get(type);
    },
  };
}

/** What every proactor understands. */
export const DEFAULT_REGISTRY: Registry = makeRegistry({
  "gridworks.ack": link.Ack,
  "gridworks.ping": link.Ping,
  "gridworks.shutdown": link.Shutdown,
  "gridworks.event.startup": link.StartupEvent,
  "gridworks.event.shutdown": link.ShutdownEvent,
  "gridworks.event.problem": link.ProblemEvent,
  "gridworks.event.comm.mqtt.connect": link.MqttConnectEvent,
  "gridworks.event.comm.mqtt.connect.failed": link.MqttConnectFailedEvent,
  "gridworks.event.comm.mqtt.disconnect": link.MqttDisconnectEvent,
  "gridworks.event.comm.mqtt.fully.subscribed": link.MqttFullySubscribedEvent,
  "gridworks.event.comm.response.timeout": link.ResponseTimeoutEvent,
  "gridworks.event.comm.peer.active": link.PeerActiveEvent,
  "gridworks.proactor.dbg": dbg.ProactorDbg,
  "gridworks.event.proactor.dbg": dbg.ProactorDbgEvent,
  ...DATA_TYPES,
  ...ADMIN_TYPES,
  ...SCADA_TYPES,
});
