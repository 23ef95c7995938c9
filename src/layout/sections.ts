import type * as z from "zod";
import * as gt from "../protocol/mod.ts";
import { wrongName } from "./wrong_name.ts";
import { type Findings, type JsonPath, shown } from "./problem.ts";

/** A part of the document that fits its type, with its place. */
export interface Placed<Value> {
  readonly path: JsonPath;
  readonly value: Value;
  /** As it stands in the file. */
  readonly raw: JsonObject;
}

/** Any JSON object. */
export type JsonObject = { readonly [key: string]: unknown };

/** A list of the document: the items that fit their type, and the keys of all, so that one fault is not reported twice. */
export interface Section<Value> {
  readonly items: readonly Placed<Value>[];
  /** Names or ids of every item, also of those that do not fit. */
  readonly keys: ReadonlySet<string>;
  /** Whether an item has no readable key: then a missing reference may be that one and is not reported. */
  readonly keysUnsure: boolean;
}

/** The document, part by part. */
export interface Sections {
  readonly top: JsonObject;
  readonly nodes: Section<gt.SpaceheatNodeGt>;
  readonly channels: Section<gt.DataChannelGt>;
  readonly derived: Section<gt.DerivedChannelGt>;
  readonly cacs: Section<gt.ComponentAttributeClassGt>;
  readonly components: Section<gt.ComponentGt>;
  readonly gNodes: { readonly ltn?: gt.GNode; readonly scada?: gt.GNode; readonly terminalAsset?: gt.GNode };
}

const CAC_LISTS = ["Ads111xBasedCacs", "ElectricMeterCacs", "ResistiveHeaterCacs", "OtherCacs"];
const COMPONENT_LISTS = [
  "Ads111xBasedComponents",
  "ElectricMeterComponents",
  "ResistiveHeaterComponents",
  "OtherComponents",
];
const TOP_KEYS = new Set([
  ...CAC_LISTS,
  ...COMPONENT_LISTS,
  "MyLeafTransactiveNodeGNode",
  "MyAtomicTNodeGNode",
  "MyScadaGNode",
  "MyTerminalAssetGNode",
  "Strategy",
  "FlowManifoldVariant",
  "UseSiegLoop",
  "ZoneList",
  "CriticalZoneList",
  "ZoneKwhPerDegFList",
  "TotalStoreTanks",
  "ShNodes",
  "DataChannels",
  "DerivedChannels",
  "SynthChannels",
]);

/** Reads every part of a layout; what does not fit becomes a finding and is left out. */
export function readSections(top: JsonObject, found: Findings): Sections {
  for (const key of Object.keys(top)) {
    if (!TOP_KEYS.has(key)) found.warning([key], "a known key", wrongName(key, TOP_KEYS));
  }
  const ltnKey = Object.hasOwn(top, "MyAtomicTNodeGNode") && !Object.hasOwn(top, "MyLeafTransactiveNodeGNode")
    ? "MyAtomicTNodeGNode"
    : "MyLeafTransactiveNodeGNode";
  const [ltn, scada, terminalAsset] = [ltnKey, "MyScadaGNode", "MyTerminalAssetGNode"].map((key) =>
    readGNode(top, key, found)
  );
  const reader = { top, found };
  return {
    top,
    nodes: readSection(reader, { lists: ["ShNodes"], key: "Name", required: true, schema: () => gt.SpaceheatNodeGt }),
    channels: readSection(reader, {
      lists: ["DataChannels"],
      key: "Name",
      required: true,
      schema: () => gt.DataChannelGt,
    }),
    derived: readSection(reader, { lists: ["DerivedChannels"], key: "Name", schema: () => gt.DerivedChannelGt }),
    cacs: readSection(reader, {
      lists: CAC_LISTS,
      key: "ComponentAttributeClassId",
      types: gt.CAC_TYPES,
      schema: () => gt.ComponentAttributeClassGt,
    }),
    components: readSection(reader, {
      lists: COMPONENT_LISTS,
      key: "ComponentId",
      types: gt.COMPONENT_TYPES,
      schema: (raw) =>
        raw["TypeName"] === "i2c.multichannel.dt.relay.component.gt" ? gt.RelayComponentGt : gt.ComponentGt,
    }),
    gNodes: { ...(ltn && { ltn }), ...(scada && { scada }), ...(terminalAsset && { terminalAsset }) },
  };
}

interface SectionPlan<Value> {
  readonly lists: readonly string[];
  readonly key: string;
  readonly required?: boolean;
  readonly types?: readonly string[];
  readonly schema: (raw: JsonObject) => z.ZodType<Value>;
}

function readSection<Value>(
  { top, found }: { readonly top: JsonObject; readonly found: Findings },
  plan: SectionPlan<Value>,
): Section<Value> {
  const items: Placed<Value>[] = [];
  const keys = new Set<string>();
  let keysUnsure = false;
  for (const list of plan.lists) {
    const raw = top[list];
    if (raw === undefined && plan.required !== true) continue;
    if (!Array.isArray(raw)) {
      found.error([list], "a list", shown(raw));
      keysUnsure = true;
      continue;
    }
    for (const [index, item] of raw.entries()) {
      const path = [list, index];
      const key = isObject(item) ? item[plan.key] : undefined;
      if (typeof key === "string") keys.add(key);
      else keysUnsure = true;
      const value = readItem({ item, path, plan, found });
      if (value !== undefined) items.push({ path, value, raw: item });
    }
  }
  return { items, keys, keysUnsure };
}

function readItem<Value>(
  { item, path, plan, found }: {
    readonly item: unknown;
    readonly path: JsonPath;
    readonly plan: SectionPlan<Value>;
    readonly found: Findings;
  },
): Value | undefined {
  if (!isObject(item)) {
    found.error(path, "an object", shown(item));
    return undefined;
  }
  const type = item["TypeName"];
  if (plan.types !== undefined && typeof type === "string" && !plan.types.includes(type)) {
    found.error([...path, "TypeName"], "a known type", wrongName(type, plan.types));
  }
  return parseAt(plan.schema(item), item, { path, found });
}

function readGNode(top: JsonObject, key: string, found: Findings): gt.GNode | undefined {
  if (!Object.hasOwn(top, key)) {
    found.warning([key], "a GNode", "nothing");
    return undefined;
  }
  return parseAt(gt.GNode, top[key], { path: [key], found });
}

/** Parses one value; what does not fit becomes findings at its path. */
export function parseAt<Value>(
  schema: z.ZodType<Value>,
  value: unknown,
  at: { readonly path: JsonPath; readonly found: Findings },
): Value | undefined {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    const path = issue.path.filter((key) => typeof key !== "symbol");
    const actual = path.reduce<unknown>(
      (inner, key) => (inner as Record<string | number, unknown> | null)?.[key],
      value,
    );
    const { wanted, foundText } = describeIssue(issue, actual);
    at.found.error([...at.path, ...path], wanted, foundText);
  }
  return undefined;
}

const CHOICES_SHOWN_MAX = 8;

function describeIssue(
  issue: z.core.$ZodIssue,
  actual: unknown,
): { readonly wanted: string; readonly foundText: string } {
  switch (issue.code) {
    case "invalid_type":
      return { wanted: `${/^[aeiou]/.test(issue.expected) ? "an" : "a"} ${issue.expected}`, foundText: shown(actual) };
    case "invalid_value": {
      const choices = issue.values.map(String);
      const wanted = choices.length > CHOICES_SHOWN_MAX
        ? `one of ${choices.length} known values`
        : choices.map((choice) => `"${choice}"`).join(" or ");
      return { wanted, foundText: typeof actual === "string" ? wrongName(actual, choices) : shown(actual) };
    }
    case "too_small":
      return {
        wanted: `${issue.inclusive === true ? "at least" : "more than"} ${issue.minimum}`,
        foundText: shown(actual),
      };
    case "too_big":
      return {
        wanted: `${issue.inclusive === true ? "at most" : "less than"} ${issue.maximum}`,
        foundText: shown(actual),
      };
    default:
      return { wanted: issue.message.replace(/^wanted /, ""), foundText: shown(actual) };
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
