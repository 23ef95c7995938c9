import { OutsideDataError } from "../core/errors.ts";
import type { ChannelFacts, RelayFacts, ScadaFacts } from "./scada_facts.ts";

/** Which relays and which channel belong to one zone. */
export interface ZoneRoles {
  /** As in ZoneList, for example "main". */
  readonly name: string;
  /** Relay that calls for heat: energized calls. */
  readonly call: string;
  /** Relay that takes the zone from its wall thermostat while energized. */
  readonly failsafe: string;
  /** Channel in °C × 1000. */
  readonly temp: string;
  /** Channel of what its thermostat is set to, in °C × 1000; absent: it tells none. */
  readonly set?: string;
  /** Whether its cold allows heat on-peak. */
  readonly isCritical: boolean;
}

/** Which relay and channel plays which part in the house, as the layout says. */
export interface HouseRoles {
  /** Relay that calls the heat pump: energized calls. */
  readonly hp: string;
  /** Relay that takes the heat pump from its aquastat while energized. */
  readonly hpFailsafe: string;
  /** Channel of the heat pump's electric power in W. */
  readonly hpPower: string;
  readonly zones: readonly ZoneRoles[];
  /** Channels of the tank that is charged, from its top to its bottom, in °C × 1000. */
  readonly tank: readonly string[];
  /** Channels of all tanks, in °C × 1000. */
  readonly allTanks: readonly string[];
}

/** The roles, or everything that the layout lacks. */
export type FoundRoles =
  | { readonly kind: "roles"; readonly roles: HouseRoles }
  | { readonly kind: "problems"; readonly problems: readonly string[] };

/** Nodes that the agent's actors are, or that they put into the command tree. Source: spec/scada.md §3.1. */
const NODES_NEEDED: readonly string[] = ["s", "admin", "auto", "lc", "n", "scada-blind"];
const HP_NODE = "hp-odu";
const HP_CONTROL = "heat.pump.control";
const HEATCALL_SOURCE = "heatcall.source";
/** Purposes of a relay that calls, in its channel's name. Source: layout names, spec/scada.md §3.2. */
const CALL_PURPOSES = ["call", "scada-ops", "ops"];
const ZONE_TELEMETRY = "AirTempCTimes1000";
/** End of the name of a zone's set point channel. Source: spec/scada.md §3.2. */
const SET_SUFFIX = "-set";
const TANK_TELEMETRY = "WaterTempCTimes1000";
const TANK_NODE = /^(buffer|tank\d)-depth(\d+)$/;
/** A tank needs a top and a bottom. */
const DEPTHS_MIN = 2;

type Report = (needed: string, found: string) => void;

/**
 * Finds the parts of the house in its layout: relays by what they switch and by the name of their state channel
 * (`<thing>-<purpose>-<relay>`), zones by ZoneList and the nodes `zone<i>-<name>`, tanks by the nodes `<tank>-depth<i>`.
 * Source: layout names, spec/scada.md §3.2.
 */
export function houseRoles(facts: ScadaFacts): FoundRoles {
  const problems: string[] = [];
  const names = facts.nodes.map(({ Name }) => Name);
  function report(needed: string, found: string): void {
    problems.push(`Cannot run the house of the layout as it must have ${needed}: ${found}`);
  }
  for (const node of NODES_NEEDED) if (!names.includes(node)) report(`a node "${node}"`, "found none");
  const hp = callRelay(facts.relays, "hp", report);
  const hpFailsafe = failsafeRelay(facts.relays, { thing: "hp", stateType: HP_CONTROL }, report);
  const hpPower = facts.channels.find(({ about, telemetry }) => about === HP_NODE && telemetry === "PowerW")?.name;
  if (hpPower === undefined) report(`a PowerW channel about the heat pump "${HP_NODE}"`, "found none");
  if (facts.zones.length === 0) report("a zone in ZoneList", "found none");
  for (const name of facts.criticalZones) {
    if (!facts.zones.includes(name)) report("only zones of ZoneList in CriticalZoneList", `found "${name}"`);
  }
  const zones = facts.zones.map((name, index) => zoneRoles(facts, { name, thing: `zone${index + 1}-${name}` }, report));
  const { tank, allTanks } = tankChannels(facts.channels);
  if (tank.length < DEPTHS_MIN) {
    report(`${DEPTHS_MIN} or more ${TANK_TELEMETRY} channels about depths of a tank`, `found ${tank.length}`);
  }
  if (hp === undefined || hpFailsafe === undefined || hpPower === undefined || problems.length > 0) {
    return { kind: "problems", problems };
  }
  const found = zones.filter((zone) => zone !== undefined);
  return { kind: "roles", roles: { hp, hpFailsafe, hpPower, zones: found, tank, allTanks } };
}

/**
 * The roles of a layout that must have all of them.
 *
 * @throws {OutsideDataError} With every problem, one a line.
 */
export function requireHouseRoles(facts: ScadaFacts): HouseRoles {
  const found = houseRoles(facts);
  if (found.kind === "roles") return found.roles;
  throw new OutsideDataError(found.problems.join("\n"));
}

function callRelay(relays: readonly RelayFacts[], thing: string, report: Report): string | undefined {
  const relay = relays.find(({ channel, name }) =>
    CALL_PURPOSES.some((purpose) => channel === `${thing}-${purpose}-${name}`)
  );
  if (relay === undefined) {
    report(`a relay with state channel "${thing}-call-<relay>"`, "found none");
    return undefined;
  }
  if (relay.energizedState === "RelayClosed") return relay.name;
  report(`a relay "${relay.name}" that calls when it is energized`, `energized it is "${relay.energizedState}"`);
  return undefined;
}

function failsafeRelay(
  relays: readonly RelayFacts[],
  wanted: { readonly thing: string; readonly stateType: string },
  report: Report,
): string | undefined {
  const channelOf = (name: string) => `${wanted.thing}-failsafe-${name}`;
  const relay = relays.find(({ channel, name }) => channel === channelOf(name));
  if (relay === undefined) {
    report(`a relay with state channel "${channelOf("<relay>")}"`, "found none");
    return undefined;
  }
  if (relay.stateType === wanted.stateType && relay.energizedState === "Scada") return relay.name;
  report(
    `a relay "${relay.name}" with state type "${wanted.stateType}" that is "Scada" when it is energized`,
    `found "${relay.stateType}", "${relay.energizedState}"`,
  );
  return undefined;
}

function zoneRoles(
  { channels, relays, criticalZones }: ScadaFacts,
  { name, thing }: { readonly name: string; readonly thing: string },
  report: Report,
): ZoneRoles | undefined {
  const call = callRelay(relays, thing, report);
  const failsafe = failsafeRelay(relays, { thing, stateType: HEATCALL_SOURCE }, report);
  const celsius = channels.filter(({ about, telemetry }) => about === thing && telemetry === ZONE_TELEMETRY);
  const set = celsius.find((channel) => channel.name === `${thing}${SET_SUFFIX}`)?.name;
  const temp = celsius.find((channel) => channel.name !== set)?.name;
  if (temp === undefined) {
    const other = channels.find(({ about }) => about === thing);
    report(
      `an ${ZONE_TELEMETRY} channel about zone "${thing}"`,
      other === undefined ? "found none" : `found "${other.name}" in ${other.telemetry}`,
    );
  }
  if (call === undefined || failsafe === undefined || temp === undefined) return undefined;
  // A layout that names no critical zone leaves none to freeze on-peak.
  const isCritical = criticalZones.length === 0 || criticalZones.includes(name);
  return { name, call, failsafe, temp, ...(set === undefined ? {} : { set }), isCritical };
}

function tankChannels(channels: readonly ChannelFacts[]): Pick<HouseRoles, "tank" | "allTanks"> {
  const depths = channels.filter(({ telemetry }) => telemetry === TANK_TELEMETRY).flatMap(({ about, name }) => {
    const [, tank, depth] = TANK_NODE.exec(about) ?? [];
    return tank === undefined ? [] : [{ tank, depth: Number(depth), name }];
  }).sort((a, b) => a.depth - b.depth);
  const charged = depths.some(({ tank }) => tank === "buffer") ? "buffer" : "tank1";
  return {
    tank: depths.filter(({ tank }) => tank === charged).map(({ name }) => name),
    allTanks: depths.map(({ name }) => name),
  };
}
