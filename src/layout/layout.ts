import { type ActorClass, RelayActorConfig, type TelemetryName } from "../protocol/mod.ts";
import type { ChannelConfig } from "../protocol/mod.ts";
import type { LayoutProblem } from "./problem.ts";
import type { JsonObject, Sections } from "./sections.ts";
import { parentOf } from "./structure_rules.ts";

/** A node of the house. */
export interface LayoutNode {
  readonly name: string;
  readonly displayName: string;
  readonly actorClass: ActorClass;
  /** Which process runs it, for example "s.relay3"; its name when the file has none. */
  readonly actorHierarchyName: string;
  /** Its place in the command tree when the process starts; its name when the file has none. */
  readonly handle: string;
  readonly componentId: string | undefined;
  readonly nameplatePowerW: number | undefined;
  readonly inPowerMetering: boolean;
  /** As it stands in the file. */
  readonly raw: JsonObject;
}

/** A channel that a node captures. */
export interface LayoutChannel {
  readonly name: string;
  readonly displayName: string;
  readonly aboutNodeName: string;
  readonly capturedByNodeName: string;
  readonly telemetryName: TelemetryName;
  readonly terminalAssetAlias: string;
  readonly inPowerMetering: boolean;
  /** UUID. */
  readonly id: string;
  /** How it is read; undefined when no ConfigList names it. */
  readonly config: ChannelConfig | undefined;
  readonly raw: JsonObject;
}

/** A channel that is computed from others. */
export interface LayoutDerivedChannel {
  readonly name: string;
  readonly displayName: string;
  readonly createdByNodeName: string;
  readonly strategy: string;
  readonly id: string;
  readonly raw: JsonObject;
}

/** A device. */
export interface LayoutComponent {
  readonly id: string;
  readonly typeName: string;
  readonly displayName: string;
  /** For example "KRIDA__DOUBLEEMR16I2CV3". */
  readonly makeModel: string;
  readonly hwUid: string | undefined;
  /** Entries of ConfigList, with every key of the file. */
  readonly configs: readonly ChannelConfig[];
  /** False while nothing drives this type: it is kept as it is. */
  readonly driven: boolean;
  readonly raw: JsonObject;
}

/** Who is who; "" when the file does not say. */
export interface LayoutAliases {
  readonly ltn: string;
  readonly scada: string;
  readonly terminalAsset: string;
}

/** A house: nodes, channels, devices and the command tree as they are at start. Never changes. */
export interface Layout {
  readonly aliases: LayoutAliases;
  /** GNode ids (UUID), "" when the file does not say. */
  readonly gNodeIds: LayoutAliases;
  /** "" when the file does not say. */
  readonly strategy: string;
  readonly nodes: readonly LayoutNode[];
  readonly channels: readonly LayoutChannel[];
  readonly derivedChannels: readonly LayoutDerivedChannel[];
  readonly components: readonly LayoutComponent[];
  /** Component types that nothing drives yet, each once, sorted. */
  readonly generic: readonly string[];
  readonly warnings: readonly LayoutProblem[];
  /** The whole document, for keys that have no query. */
  readonly raw: JsonObject;
  node(name: string): LayoutNode | undefined;
  channel(name: string): LayoutChannel | undefined;
  /** The component of a node. */
  component(nodeName: string): LayoutComponent | undefined;
  /** Handle of a node at start. */
  handle(nodeName: string): string | undefined;
  /** Name of the node that commands this one at start; undefined at the top of the tree. */
  bossOf(nodeName: string): string | undefined;
  /** Names of the nodes that this one commands at start, in file order. */
  subordinatesOf(nodeName: string): readonly string[];
  /** Nodes that run as actors in the process of this node, in file order; not the node itself. */
  actorsOf(nodeName: string): readonly LayoutNode[];
  /** Channels that this node captures, in file order. */
  channelsOf(nodeName: string): readonly LayoutChannel[];
  /** How the relay of this node is wired; undefined when it is no relay. */
  relayConfig(nodeName: string): RelayActorConfig | undefined;
}

/** Makes the layout of sections without errors. */
export function makeLayout(
  sections: Sections,
  options: { readonly warnings: readonly LayoutProblem[]; readonly drivenTypes: readonly string[] },
): Layout {
  const { top, gNodes } = sections;
  const nodes = sections.nodes.items.map(({ value, raw }) => layoutNode(value, raw));
  const components = layoutComponents(sections, options.drivenTypes);
  const channels = layoutChannels(sections);
  const nodeByName = new Map(nodes.map((node) => [node.name, node]));
  const nodeByHandle = new Map(nodes.map((node) => [node.handle, node]));
  const channelByName = new Map(channels.map((channel) => [channel.name, channel]));
  const componentById = new Map(components.map((component) => [component.id, component]));
  const strategy = top["Strategy"];
  function bossOf(nodeName: string): string | undefined {
    const boss = parentOf(nodeByName.get(nodeName)?.handle ?? "");
    return boss === undefined ? undefined : nodeByHandle.get(boss)?.name;
  }
  function component(nodeName: string): LayoutComponent | undefined {
    return componentById.get(nodeByName.get(nodeName)?.componentId ?? "");
  }
  return {
    aliases: aliasesOf(gNodes, "Alias"),
    gNodeIds: aliasesOf(gNodes, "GNodeId"),
    strategy: typeof strategy === "string" ? strategy : "",
    nodes,
    channels,
    derivedChannels: sections.derived.items.map(({ value, raw }) => ({
      name: value.Name,
      displayName: value.DisplayName,
      createdByNodeName: value.CreatedByNodeName,
      strategy: value.Strategy,
      id: value.Id,
      raw,
    })),
    components,
    generic: [...new Set(components.filter(({ driven }) => !driven).map(({ typeName }) => typeName))].sort(),
    warnings: options.warnings,
    raw: top,
    node: (name) => nodeByName.get(name),
    channel: (name) => channelByName.get(name),
    component,
    handle: (nodeName) => nodeByName.get(nodeName)?.handle,
    bossOf,
    subordinatesOf: (nodeName) => nodes.filter(({ name }) => bossOf(name) === nodeName).map(({ name }) => name),
    actorsOf(nodeName) {
      const place = nodeByName.get(nodeName)?.actorHierarchyName;
      return nodes.filter((node) =>
        node.actorClass !== "NoActor" && place !== undefined && parentOf(node.actorHierarchyName) === place
      );
    },
    channelsOf: (nodeName) => channels.filter(({ capturedByNodeName }) => capturedByNodeName === nodeName),
    relayConfig(nodeName) {
      const config = component(nodeName)?.configs.find((entry) => entry["ActorName"] === nodeName);
      return RelayActorConfig.safeParse(config).data;
    },
  };
}

function aliasesOf(gNodes: Sections["gNodes"], key: "Alias" | "GNodeId"): LayoutAliases {
  return {
    ltn: gNodes.ltn?.[key] ?? "",
    scada: gNodes.scada?.[key] ?? "",
    terminalAsset: gNodes.terminalAsset?.[key] ?? "",
  };
}

function layoutNode(value: Sections["nodes"]["items"][number]["value"], raw: JsonObject): LayoutNode {
  return {
    name: value.Name,
    displayName: value.DisplayName ?? value.Name,
    actorClass: value.ActorClass,
    actorHierarchyName: value.ActorHierarchyName ?? value.Name,
    handle: value.Handle ?? value.Name,
    componentId: value.ComponentId ?? undefined,
    nameplatePowerW: value.NameplatePowerW ?? undefined,
    inPowerMetering: value.InPowerMetering ?? false,
    raw,
  };
}

function layoutChannels({ channels, components }: Sections): LayoutChannel[] {
  const configs = new Map(
    components.items.flatMap(({ value }) => value.ConfigList.map((config) => [config.ChannelName, config] as const)),
  );
  return channels.items.map(({ value, raw }) => ({
    name: value.Name,
    displayName: value.DisplayName,
    aboutNodeName: value.AboutNodeName,
    capturedByNodeName: value.CapturedByNodeName,
    telemetryName: value.TelemetryName,
    terminalAssetAlias: value.TerminalAssetAlias,
    inPowerMetering: value.InPowerMetering ?? false,
    id: value.Id,
    config: configs.get(value.Name),
    raw,
  }));
}

function layoutComponents({ components, cacs }: Sections, drivenTypes: readonly string[]): LayoutComponent[] {
  const makeModels = new Map(cacs.items.map(({ value }) => [value.ComponentAttributeClassId, value.MakeModel]));
  return components.items.map(({ value, raw }) => ({
    id: value.ComponentId,
    typeName: value.TypeName,
    displayName: value.DisplayName ?? value.TypeName,
    makeModel: makeModels.get(value.ComponentAttributeClassId) ?? "",
    hwUid: value.HwUid ?? undefined,
    configs: value.ConfigList,
    driven: drivenTypes.includes(value.TypeName),
    raw,
  }));
}
