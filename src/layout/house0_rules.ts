import * as z from "zod";
import { layoutName } from "../protocol/mod.ts";
import { type Findings, shown } from "./problem.ts";
import type { Sections } from "./sections.ts";

/** Nodes that the house agent cannot do without. Source: V13. */
const ESSENTIAL_NODES = [
  "ltn",
  "s",
  "la",
  "lc",
  "derived-generator",
  "relay-multiplexer",
  "relay1",
  "relay2",
  "relay3",
  "relay7",
  "relay8",
  "relay9",
  "relay11",
  "relay12",
] as const;

const PICO_CLASSES: readonly string[] = ["ApiFlowModule", "ApiTankModule", "ApiBtuMeter"];
const SIEG_CHANNELS = ["hp-loop-on-off-relay14", "hp-loop-keep-send-relay15"] as const;
const zones = z.array(layoutName).min(1).max(6);
const tankCount = z.int().min(1).max(6);

/** What the house of strategy "House0" must have. Source: V13 to V16. */
export function checkHouse0(sections: Sections, found: Findings): void {
  checkEssentials(sections, found);
  checkZones(sections, found);
  checkSieg(sections, found);
}

function checkEssentials({ nodes, components }: Sections, found: Findings): void {
  if (nodes.keysUnsure) return;
  for (const name of ESSENTIAL_NODES) {
    if (!nodes.keys.has(name)) found.error(["ShNodes"], `a node "${name}"`, "none");
  }
  const hasPico = nodes.items.some(({ value }) => PICO_CLASSES.includes(value.ActorClass));
  if (hasPico && !nodes.keys.has("pico-cycler")) found.error(["ShNodes"], 'a node "pico-cycler"', "none");
  const hasServer = components.items.some(({ raw, value }) =>
    value.TypeName === "web.server.component.gt" &&
    ((raw["WebServer"] as { readonly Name?: unknown } | null)?.Name ?? "default") === "default"
  );
  if (!hasServer && !components.keysUnsure && components.items.length === components.keys.size) {
    found.error(["OtherComponents"], 'a web.server.component.gt named "default"', "none");
  }
}

function checkZones({ top, nodes }: Sections, found: Findings): void {
  const tanks = tankCount.safeParse(top["TotalStoreTanks"]);
  if (!tanks.success) found.error(["TotalStoreTanks"], "1 to 6 tanks", shown(top["TotalStoreTanks"]));
  const all = zones.safeParse(top["ZoneList"]);
  if (!all.success) return found.error(["ZoneList"], "1 to 6 zone names", shown(top["ZoneList"]));
  if (new Set(all.data).size < all.data.length) found.error(["ZoneList"], "each zone once", shown(all.data));
  const critical = top["CriticalZoneList"];
  if (
    !Array.isArray(critical) || critical.some((zone) => !all.data.includes(zone)) || critical.length > all.data.length
  ) {
    found.error(["CriticalZoneList"], "zones of ZoneList", shown(critical));
  }
  const kwh = z.array(z.number()).length(all.data.length).safeParse(top["ZoneKwhPerDegFList"]);
  if (!kwh.success) {
    found.error(["ZoneKwhPerDegFList"], `${all.data.length} numbers, one a zone`, shown(top["ZoneKwhPerDegFList"]));
  }
  const generator = nodes.items.find(({ value }) => value.Name === "derived-generator");
  if (generator === undefined || !tanks.success) return;
  const map = generator.raw["TankTempCalibrationMap"] as
    | { readonly Buffer?: unknown; readonly Tank?: object }
    | undefined;
  const keys = Object.keys(map?.Tank ?? {}).sort();
  const wanted = Array.from({ length: tanks.data }, (_, index) => String(index + 1));
  if (map?.Buffer === undefined || keys.join() !== wanted.join()) {
    const at = [...generator.path, "TankTempCalibrationMap"];
    found.error(at, `Buffer and Tank ${wanted.join(", ")}`, map === undefined ? "nothing" : `Tank ${keys.join(", ")}`);
  }
}

function checkSieg({ top, nodes, channels }: Sections, found: Findings): void {
  const variant = top["FlowManifoldVariant"] ?? "House0";
  if (variant !== "House0" && variant !== "House0Sieg") {
    return found.error(["FlowManifoldVariant"], '"House0" or "House0Sieg"', shown(variant));
  }
  const usesLoop = top["UseSiegLoop"] ?? false;
  if (typeof usesLoop !== "boolean") return found.error(["UseSiegLoop"], "true or false", shown(usesLoop));
  if (usesLoop && variant !== "House0Sieg") found.error(["UseSiegLoop"], "false without House0Sieg", "true");
  for (const name of variant === "House0Sieg" && !channels.keysUnsure ? SIEG_CHANNELS : []) {
    if (!channels.keys.has(name)) found.error(["DataChannels"], `a channel "${name}"`, "none");
  }
  for (const [name, actorClass] of [["sieg-loop", "SiegLoop"], ["hp-boss", "HpBoss"]] as const) {
    const node = nodes.items.find(({ value }) => value.Name === name);
    if (usesLoop && node?.value.ActorClass !== actorClass) {
      found.error(
        node?.path ?? ["ShNodes"],
        `a node "${name}" of class ${actorClass}`,
        node?.value.ActorClass ?? "none",
      );
    }
    if (!usesLoop && name === "sieg-loop" && node !== undefined) {
      found.error(node.path, 'no node "sieg-loop", as UseSiegLoop is false', '"sieg-loop"');
    }
  }
}
