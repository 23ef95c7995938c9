import * as z from "zod";
import { OutsideDataError } from "../core/errors.ts";

const GNode = z.looseObject({ GNodeId: z.string(), Alias: z.string() });
const ShNode = z.looseObject({
  Name: z.string(),
  Handle: z.string().nullish(),
  ActorHierarchyName: z.string().nullish(),
  ActorClass: z.string().default("NoActor"),
  DisplayName: z.string().nullish(),
  NameplatePowerW: z.number().nullish(),
});
const Config = z.looseObject({
  ChannelName: z.string(),
  CapturePeriodS: z.number().default(300),
  AsyncCapture: z.boolean().default(false),
  AsyncCaptureDelta: z.number().nullish(),
});
const RelayConfig = z.object({
  ChannelName: z.string(),
  ActorName: z.string(),
  EventType: z.string(),
  DeEnergizingEvent: z.string(),
  EnergizingEvent: z.string(),
  StateType: z.string(),
  DeEnergizedState: z.string(),
  EnergizedState: z.string(),
});
const Component = z.looseObject({ TypeName: z.string(), ConfigList: z.array(Config).default([]) });
const LayoutFile = z.looseObject({
  MyLeafTransactiveNodeGNode: GNode.optional(),
  MyAtomicTNodeGNode: GNode.optional(),
  MyScadaGNode: GNode,
  MyTerminalAssetGNode: GNode,
  ZoneList: z.array(z.string()).default([]),
  CriticalZoneList: z.array(z.string()).default([]),
  ShNodes: z.array(ShNode),
  DataChannels: z.array(z.looseObject({
    Name: z.string(),
    AboutNodeName: z.string(),
    CapturedByNodeName: z.string(),
    TelemetryName: z.string(),
    InPowerMetering: z.boolean().nullish(),
  })),
});

/** A node of the layout, with its wire names. */
export type NodeFacts = z.infer<typeof ShNode>;

/** How one channel is captured (spec/scada.md §3.4). */
export interface ChannelFacts {
  readonly name: string;
  readonly about: string;
  /** Node that captures it. */
  readonly capturedBy: string;
  readonly telemetry: string;
  readonly inPowerMetering: boolean;
  /** Longest time between two captures in s. */
  readonly periodS: number;
  /** Change that is captured at once, in the channel's unit; undefined when only the period counts. */
  readonly delta: number | undefined;
}

/** One relay and the names of its two sides. */
export interface RelayFacts {
  readonly name: string;
  readonly channel: string;
  readonly eventType: string;
  readonly stateType: string;
  readonly deEnergizingEvent: string;
  readonly energizingEvent: string;
  readonly deEnergizedState: string;
  readonly energizedState: string;
}

/** What the scada needs to know of a layout. */
export interface ScadaFacts {
  readonly scadaAlias: string;
  readonly scadaId: string;
  readonly ltnAlias: string;
  readonly terminalAssetAlias: string;
  readonly nodes: readonly NodeFacts[];
  readonly channels: readonly ChannelFacts[];
  readonly relays: readonly RelayFacts[];
  /** Zone names of ZoneList, in its order; empty when the layout has none. */
  readonly zones: readonly string[];
  /** Zones that get heat on-peak too when they are cold. */
  readonly criticalZones: readonly string[];
  /** What the wire calls the relay component, with the relays of every board; null when there is none. */
  readonly relayComponent: Readonly<Record<string, unknown>> | null;
}

/**
 * Reads the facts of a house from its layout.
 *
 * @param layout The JSON value of a layout file, already found good by src/layout.
 * @throws {OutsideDataError} When a part that the scada needs is missing.
 */
export function scadaFacts(layout: unknown): ScadaFacts {
  const parsed = LayoutFile.safeParse(layout);
  const ltn = parsed.data?.MyLeafTransactiveNodeGNode ?? parsed.data?.MyAtomicTNodeGNode;
  if (!parsed.success || ltn === undefined) {
    const found = parsed.error === undefined ? "no LTN" : issuesText(parsed.error);
    throw new OutsideDataError(`Cannot use the layout as it must name nodes, channels and GNodes: ${found}`);
  }
  const file = parsed.data;
  const components = Object.entries(file).filter(([key]) => key.endsWith("Components")).flatMap(([, list]) =>
    part(z.array(Component), list, "components")
  );
  const configs = new Map(
    components.flatMap(({ ConfigList }) => ConfigList).map((entry) => [entry.ChannelName, entry]),
  );
  const relayConfigs = components.flatMap(({ ConfigList }) => ConfigList).filter(isRelay);
  const nodeNames = new Set(file.ShNodes.filter(({ ActorClass }) => ActorClass === "Relay").map(({ Name }) => Name));
  return {
    scadaAlias: file.MyScadaGNode.Alias,
    scadaId: file.MyScadaGNode.GNodeId,
    ltnAlias: ltn.Alias,
    terminalAssetAlias: file.MyTerminalAssetGNode.Alias,
    nodes: file.ShNodes,
    channels: file.DataChannels.map((channel) => channelFacts(channel, configs.get(channel.Name))),
    relays: relayConfigs.map((config) => relayFacts(part(RelayConfig, config, "the words of its relays"))).filter((
      relay,
    ) => nodeNames.has(relay.name)),
    zones: file.ZoneList,
    criticalZones: file.CriticalZoneList,
    relayComponent: relayComponentOf(components),
  };
}

/** The component type that the wire's capabilities have a place for. Source: gwsproto `scada.control.capabilities`. */
const WIRE_RELAY_COMPONENT = "i2c.multichannel.dt.relay.component.gt";

function isRelay(config: z.infer<typeof Config>): boolean {
  return "DeEnergizingEvent" in config;
}

/** The wire has room for one component: who reads it finds the relays of all boards in its list, each once. */
function relayComponentOf(components: readonly z.infer<typeof Component>[]): ScadaFacts["relayComponent"] {
  const boards = components.filter(({ ConfigList }) => ConfigList.some(isRelay));
  const named = boards.find(({ TypeName }) => TypeName === WIRE_RELAY_COMPONENT) ?? boards[0];
  if (named === undefined) return null;
  const others = boards.filter((board) => board !== named).flatMap(({ ConfigList }) => ConfigList.filter(isRelay));
  return { ...named, ConfigList: [...named.ConfigList, ...others] };
}

const ISSUES_MAX = 5;

function issuesText({ issues }: z.ZodError): string {
  return issues.slice(0, ISSUES_MAX).map((issue) => `${issue.path.join("/")}: ${issue.message}`).join("; ");
}

function part<Schema extends z.ZodType>(schema: Schema, value: unknown, what: string): z.infer<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new OutsideDataError(`Cannot use the layout as it must name ${what}: ${issuesText(parsed.error)}`);
}

function channelFacts(
  channel: z.infer<typeof LayoutFile>["DataChannels"][number],
  config: z.infer<typeof Config> | undefined,
): ChannelFacts {
  return {
    name: channel.Name,
    about: channel.AboutNodeName,
    capturedBy: channel.CapturedByNodeName,
    telemetry: channel.TelemetryName,
    inPowerMetering: channel.InPowerMetering ?? false,
    periodS: config?.CapturePeriodS ?? 300,
    delta: config?.AsyncCapture === true ? config.AsyncCaptureDelta ?? 1 : undefined,
  };
}

function relayFacts(config: z.infer<typeof RelayConfig>): RelayFacts {
  return {
    name: config.ActorName,
    channel: config.ChannelName,
    eventType: config.EventType,
    stateType: config.StateType,
    deEnergizingEvent: config.DeEnergizingEvent,
    energizingEvent: config.EnergizingEvent,
    deEnergizedState: config.DeEnergizedState,
    energizedState: config.EnergizedState,
  };
}
