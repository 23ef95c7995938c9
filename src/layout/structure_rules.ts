import { ACTOR_CLASSES_OLD } from "../protocol/mod.ts";
import { wrongName } from "./wrong_name.ts";
import type { Findings } from "./problem.ts";
import type { Sections } from "./sections.ts";

const OLD_CLASSES: readonly string[] = ACTOR_CLASSES_OLD;

/** Component type that an actor of this class needs. Source: V9 and what actors check when they start. */
const COMPONENT_TYPES_BY_CLASS: Readonly<Record<string, readonly string[]>> = {
  PowerMeter: ["electric.meter.component.gt"],
  MultipurposeSensor: [
    "ads111x.based.component.gt",
    "gw108.gpio.sensor.component.gt",
    "i2c.tmp105.reader.component.gt",
  ],
  Relay: ["i2c.multichannel.dt.relay.component.gt", "gw108.vdc.relay.component.gt"],
  I2cRelayMultiplexer: ["i2c.multichannel.dt.relay.component.gt"],
  I2cZeroTenMultiplexer: ["dfr.component.gt"],
  ApiFlowModule: ["pico.flow.module.component.gt"],
  ApiTankModule: ["pico.tank.module.component.gt", "sim.pico.tank.module.component.gt"],
  ApiBtuMeter: ["pico.btu.meter.component.gt"],
  Hubitat: ["hubitat.component.gt"],
};

/** The three trees over the nodes, and what an actor needs. Source: V8, V9 and the binding of actors. */
export function checkNodes({ nodes, components }: Sections, found: Findings): void {
  const handles = new Set(nodes.items.map(({ value }) => value.Handle ?? value.Name));
  const places = new Set(nodes.items.map(({ value }) => value.ActorHierarchyName ?? value.Name));
  const byId = new Map(components.items.map((component) => [component.value.ComponentId, component.value]));
  const whole = !nodes.keysUnsure && nodes.items.length === nodes.keys.size;
  for (const { path, value } of nodes.items) {
    const boss = parentOf(value.Handle ?? value.Name);
    if (whole && boss !== undefined && !handles.has(boss)) {
      found.error([...path, "Handle"], `a boss with handle "${boss}"`, wrongName(boss, handles));
    }
    const parent = parentOf(value.ActorHierarchyName ?? value.Name);
    if (whole && parent !== undefined && !places.has(parent)) {
      found.error([...path, "ActorHierarchyName"], `a node at "${parent}"`, wrongName(parent, places));
    }
    if (value.InPowerMetering === true && typeof value.NameplatePowerW !== "number") {
      found.error([...path, "NameplatePowerW"], "watts, as InPowerMetering is true", "nothing");
    }
    if (OLD_CLASSES.includes(value.ActorClass)) {
      found.warning([...path, "ActorClass"], "a class that is still run", `"${value.ActorClass}"`);
    }
    const wanted = Object.hasOwn(COMPONENT_TYPES_BY_CLASS, value.ActorClass)
      ? COMPONENT_TYPES_BY_CLASS[value.ActorClass]
      : undefined;
    const component = typeof value.ComponentId === "string" ? byId.get(value.ComponentId) : undefined;
    if (wanted === undefined || (component === undefined && typeof value.ComponentId === "string")) continue;
    if (component === undefined || !wanted.includes(component.TypeName)) {
      found.error(
        [...path, "ComponentId"],
        `a component of type ${wanted.join(" or ")}`,
        component?.TypeName ?? "nothing",
      );
    } else if (
      value.ActorClass === "Relay" && !component.ConfigList.some((config) => config["ActorName"] === value.Name)
    ) {
      found.error([...path, "Name"], "a relay that a config of its component names", `"${value.Name}"`);
    }
  }
}

/** What a dotted name stands under; undefined at the top. */
export function parentOf(dotted: string): string | undefined {
  const end = dotted.lastIndexOf(".");
  return end === -1 ? undefined : dotted.slice(0, end);
}

/** Each channel is read by exactly one config, and power metering agrees. Source: V10, V11. */
export function checkChannels(sections: Sections, found: Findings): void {
  const { channels, components, nodes } = sections;
  const configured = new Set<string>();
  for (const { path, value } of components.items) {
    for (const [index, config] of value.ConfigList.entries()) {
      const at = [...path, "ConfigList", index, "ChannelName"];
      if (configured.has(config.ChannelName)) {
        found.error(at, "a channel with one config", `"${config.ChannelName}" again`);
      }
      configured.add(config.ChannelName);
      if (!channels.keys.has(config.ChannelName) && !channels.keysUnsure) {
        found.error(at, "a data channel of the layout", wrongName(config.ChannelName, channels.keys));
      }
    }
  }
  const componentsWhole = !components.keysUnsure && components.items.length === components.keys.size;
  const metered = new Set(
    nodes.items.filter(({ value }) => value.InPowerMetering === true).map(({ value }) => value.Name),
  );
  const meteredBy = new Set<string>();
  for (const { path, value } of channels.items) {
    if (componentsWhole && !configured.has(value.Name)) {
      found.error([...path, "Name"], "a channel that some ConfigList names", `"${value.Name}"`);
    }
    if (value.InPowerMetering !== true) continue;
    meteredBy.add(value.AboutNodeName);
    const at = [...path, "InPowerMetering"];
    if (value.TelemetryName !== "PowerW") found.error(at, "TelemetryName PowerW with it", `"${value.TelemetryName}"`);
    if (nodes.keys.has(value.AboutNodeName) && !metered.has(value.AboutNodeName)) {
      found.error(at, `node "${value.AboutNodeName}" in power metering too`, "true");
    }
  }
  if (channels.items.length < channels.keys.size || channels.keysUnsure) return;
  for (const { path, value } of nodes.items) {
    if (value.InPowerMetering === true && !meteredBy.has(value.Name)) {
      found.error([...path, "InPowerMetering"], "a data channel about it in power metering", "none");
    }
  }
  checkCapturers(sections, found);
}

/** A sensor captures the channels of its own component, and a power meter power alone. Source: V10, §9.3. */
function checkCapturers({ channels, components, nodes }: Sections, found: Findings): void {
  const capturers = new Map(
    channels.items.map(({ path, value }) => [value.Name, { path, by: value.CapturedByNodeName }]),
  );
  for (const { value: node } of nodes.items) {
    if (node.ActorClass !== "PowerMeter" && node.ActorClass !== "MultipurposeSensor") continue;
    const component = components.items.find(({ value }) => value.ComponentId === node.ComponentId);
    for (const { ChannelName } of component?.value.ConfigList ?? []) {
      const channel = channels.items.find(({ value }) => value.Name === ChannelName);
      if (channel !== undefined && node.ActorClass === "PowerMeter" && channel.value.TelemetryName !== "PowerW") {
        found.error(
          [...channel.path, "TelemetryName"],
          `"PowerW" from a PowerMeter`,
          `"${channel.value.TelemetryName}"`,
        );
      }
      const capturer = capturers.get(ChannelName);
      if (capturer === undefined || capturer.by === node.Name) continue;
      found.error(
        [...capturer.path, "CapturedByNodeName"],
        `"${node.Name}", whose component reads it`,
        `"${capturer.by}"`,
      );
    }
  }
}

/** One house has one terminal asset; layouts that run today break this, so it is a warning. */
export function checkAliases({ channels, derived, gNodes }: Sections, found: Findings): void {
  const alias = gNodes.terminalAsset?.Alias;
  if (alias === undefined) return;
  for (const { path, value } of [...channels.items, ...derived.items]) {
    if (value.TerminalAssetAlias === alias) continue;
    found.warning([...path, "TerminalAssetAlias"], `"${alias}"`, `"${value.TerminalAssetAlias}"`);
  }
}
