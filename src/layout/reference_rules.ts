import { MAKE_MODEL_CAC_IDS, MAKE_MODEL_UNKNOWN } from "../protocol/mod.ts";
import { nearestName } from "../core/nearest_name.ts";
import { wrongName } from "./wrong_name.ts";
import { type Findings, type JsonPath, nameText } from "./problem.ts";
import type { Section, Sections } from "./sections.ts";

/** Every reference leads somewhere. Source: layout rules V2 to V6 and the start of actors. */
export function checkReferences(sections: Sections, found: Findings): void {
  const { nodes, channels, derived, components, cacs } = sections;
  for (const { path, value } of components.items) {
    mustExist(value.ComponentAttributeClassId, cacs, {
      path: [...path, "ComponentAttributeClassId"],
      what: "CAC",
      found,
    });
    const flowNode = value["FlowNodeName"];
    if (typeof flowNode === "string") {
      mustExist(flowNode, nodes, { path: [...path, "FlowNodeName"], what: "node", found });
    }
    for (const [index, config] of value.ConfigList.entries()) {
      const actor = config["ActorName"];
      const at = [...path, "ConfigList", index, "ActorName"];
      if (typeof actor === "string") mustExist(actor, nodes, { path: at, what: "node", found });
    }
  }
  for (const { path, value } of nodes.items) {
    if (typeof value.ComponentId === "string") {
      mustExist(value.ComponentId, components, { path: [...path, "ComponentId"], what: "component", found });
    }
  }
  for (const { path, value } of channels.items) {
    for (const key of ["AboutNodeName", "CapturedByNodeName"] as const) {
      mustExist(value[key], nodes, { path: [...path, key], what: "node", found });
    }
  }
  for (const { path, value } of derived.items) {
    mustExist(value.CreatedByNodeName, nodes, { path: [...path, "CreatedByNodeName"], what: "node", found });
  }
  checkHubitats(sections, found);
  checkDeviceReferences(sections, found);
}

const BTU_CHANNEL_KEYS = ["FlowChannelName", "HotChannelName", "ColdChannelName", "CtChannelName"];

/** Channels and nodes that devices name outside of their ConfigList. Source: spec/layout.md §15, references. */
function checkDeviceReferences({ components, nodes, channels }: Sections, found: Findings): void {
  for (const { path, value } of components.items) {
    for (const key of value.TypeName === "pico.btu.meter.component.gt" ? BTU_CHANNEL_KEYS : []) {
      const name = value[key];
      if (typeof name === "string") mustExist(name, channels, { path: [...path, key], what: "data channel", found });
    }
    const attributes = (value["Poller"] as { readonly Attributes?: unknown } | null | undefined)?.Attributes;
    for (const [index, attribute] of Array.isArray(attributes) ? attributes.entries() : []) {
      const at = [...path, "Poller", "Attributes", index];
      const { NodeName, ChannelName } = (attribute ?? {}) as Readonly<Record<string, unknown>>;
      if (typeof NodeName === "string") mustExist(NodeName, nodes, { path: [...at, "NodeName"], what: "node", found });
      if (typeof ChannelName === "string") {
        mustExist(ChannelName, channels, { path: [...at, "ChannelName"], what: "data channel", found });
      }
    }
  }
  checkFlowModules({ nodes, components, channels }, found);
}

/** A flow pico captures `<node>` and `<node>-hz`. Source: the start of the reference's ApiFlowModule. */
function checkFlowModules(
  { nodes, components, channels }: Pick<Sections, "nodes" | "components" | "channels">,
  found: Findings,
): void {
  if (channels.keysUnsure) return;
  const types = new Map(components.items.map(({ value }) => [value.ComponentId, value.TypeName]));
  for (const { value: { Name, ActorClass, ComponentId } } of nodes.items) {
    // A node of another component is a fault of its own.
    if (ActorClass !== "ApiFlowModule" || types.get(ComponentId ?? "") !== "pico.flow.module.component.gt") continue;
    for (const channel of [Name, `${Name}-hz`]) {
      if (!channels.keys.has(channel)) found.error(["DataChannels"], `a channel "${channel}"`, "none");
    }
  }
}

function mustExist(
  key: string,
  section: Section<unknown>,
  at: { readonly path: JsonPath; readonly what: string; readonly found: Findings },
): void {
  if (section.keys.has(key) || section.keysUnsure) return;
  at.found.error(at.path, `a ${at.what} of the layout`, wrongName(key, section.keys));
}

/** A thermostat behind a hub names the hub's component. Source: V6. */
function checkHubitats({ components, nodes }: Sections, found: Findings): void {
  const used = new Set(nodes.items.map(({ value }) => value.ComponentId));
  for (const { path, value } of components.items) {
    if (value.TypeName !== "hubitat.poller.component.gt" || !used.has(value.ComponentId)) continue;
    const poller = value["Poller"] as { readonly HubitatComponentId?: unknown; hubitat_component_id?: unknown } | null;
    const id = poller?.HubitatComponentId ?? poller?.hubitat_component_id;
    const hub = components.items.find((component) => component.value.ComponentId === id);
    if (hub?.value.TypeName === "hubitat.component.gt" || components.keysUnsure) continue;
    found.error([...path, "Poller", "HubitatComponentId"], "the id of a hubitat.component.gt", `"${nameText(id)}"`);
  }
}

/** Names, ids, handles and places are there once. Source: V7, V10 and the rules beyond the reference. */
export function checkUnique(sections: Sections, found: Findings): void {
  const { nodes, channels, derived, cacs, components } = sections;
  const allChannels = [...channels.items, ...derived.items];
  for (const key of ["Name", "ShNodeId", "Handle", "ActorHierarchyName"] as const) {
    once(nodes.items.map(({ path, value }) => [[...path, key], value[key]]), found);
  }
  for (const key of ["Name", "Id"] as const) {
    once(allChannels.map(({ path, value }) => [[...path, key], value[key]]), found);
  }
  once(
    cacs.items.map(({ path, value }) => [[...path, "ComponentAttributeClassId"], value.ComponentAttributeClassId]),
    found,
  );
  once(components.items.map(({ path, value }) => [[...path, "ComponentId"], value.ComponentId]), found);
  for (const { path, value } of components.items) {
    for (const key of ["ActorName", "RelayIdx", "OutputIdx", "TerminalBlockIdx"]) {
      once(value.ConfigList.map((config, index) => [[...path, "ConfigList", index, key], config[key]]), found);
    }
  }
}

function once(values: readonly (readonly [path: JsonPath, value: unknown])[], found: Findings): void {
  const seen = new Set<unknown>();
  for (const [path, value] of values) {
    if (value === undefined || value === null) continue;
    if (seen.has(value)) found.error(path, "a value that is there once", `${JSON.stringify(value)} again`);
    seen.add(value);
  }
}

/** The id of an attribute class is the one of its make-model. Source: the table of make-models. */
export function checkMakeModels({ cacs }: Sections, found: Findings): void {
  const known = [...Object.keys(MAKE_MODEL_CAC_IDS), MAKE_MODEL_UNKNOWN];
  const owners = new Map(Object.entries(MAKE_MODEL_CAC_IDS).map(([makeModel, id]) => [id, makeModel]));
  for (const { path, value: { ComponentAttributeClassId: id, MakeModel: makeModel } } of cacs.items) {
    const at = [...path, "ComponentAttributeClassId"];
    const owner = owners.get(id);
    if (!known.includes(makeModel)) {
      const near = nearestName(makeModel, known);
      found.error([...path, "MakeModel"], near === undefined ? "a known make-model" : `"${near}"`, `"${makeModel}"`);
    } else if (makeModel === MAKE_MODEL_UNKNOWN) {
      if (owner !== undefined) found.error(at, `an id that is not that of ${owner}`, `"${id}"`);
    } else if (owner !== makeModel) {
      found.error(at, `the id of ${makeModel}, "${MAKE_MODEL_CAC_IDS[makeModel]}"`, `"${id}"`);
    }
  }
}
