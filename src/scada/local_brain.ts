import type { MachineTable } from "../core/table_machine.ts";

/** Top states of local control, `gw1.lc.top.state` (spec/scada.md §6.4, without backup and monitor). */
export type LocalTopState = "Normal" | "ScadaBlind" | "Dormant";
/** Its events. */
export type LocalTopEvent = "MissingData" | "DataAvailable" | "TopGoDormant" | "TopWakeUp";
/** Table of local control's top machine. */
export const LOCAL_TOP_TABLE: MachineTable<LocalTopState, LocalTopEvent> = {
  Normal: { MissingData: "ScadaBlind", TopGoDormant: "Dormant" },
  ScadaBlind: { DataAvailable: "Normal", TopGoDormant: "Dormant" },
  Dormant: { TopWakeUp: "Normal" },
};

/** States of the heat pump's machine, `gw1.local.control.buffer.only.state` (spec/scada.md §6.6). */
export type HpState = "Initializing" | "HpOn" | "HpOff" | "Dormant";
/** Its events. */
export type HpEvent = "OnPeakStart" | "BufferNeedsCharge" | "BufferFull" | "GoDormant" | "WakeUp";
/** Table of the heat pump's machine: one tank, no store beside it. */
export const HP_TABLE: MachineTable<HpState, HpEvent> = {
  Initializing: { OnPeakStart: "HpOff", BufferNeedsCharge: "HpOn", BufferFull: "HpOff", GoDormant: "Dormant" },
  HpOn: { OnPeakStart: "HpOff", BufferFull: "HpOff", GoDormant: "Dormant" },
  HpOff: { BufferNeedsCharge: "HpOn", GoDormant: "Dormant" },
  Dormant: { WakeUp: "Initializing" },
};

/** States of the zone's heat call. */
export type ZoneState = "Idle" | "Calling";
/** Its events. */
export type ZoneEvent = "ZoneCold" | "ZoneWarm" | "ZoneReset";
/** Table of the zone's heat call. */
export const ZONE_TABLE: MachineTable<ZoneState, ZoneEvent> = {
  Idle: { ZoneCold: "Calling" },
  Calling: { ZoneWarm: "Idle", ZoneReset: "Idle" },
};

/** Set points of local control; temperatures in °C. */
export interface LocalLimits {
  /** Charge when the top is below. */
  readonly tankMinC: number;
  /** Full when the bottom is at or above. */
  readonly tankFullC: number;
  /** Before on-peak: charge when the bottom is below. */
  readonly tankReadyC: number;
  /** How long before on-peak the tank is made ready. */
  readonly preheatMinutes: number;
  /** For a zone whose thermostat tells no set point of its own. */
  readonly zoneSetC: number;
  /** Half width of the zone's hysteresis in K. */
  readonly zoneBandK: number;
  /** Below this the heat pump may run on-peak, until `zoneColdBandK` above it; as far below any other set point. */
  readonly zoneColdC: number;
  readonly zoneColdBandK: number;
}

/** Set points for the simple house. */
export const SIMPLE_LOCAL_LIMITS: LocalLimits = {
  tankMinC: 40,
  tankFullC: 50,
  tankReadyC: 45,
  preheatMinutes: 150,
  zoneSetC: 20,
  zoneBandK: 0.25,
  zoneColdC: 18,
  zoneColdBandK: 0.5,
};

/** What the brain sees. Temperatures in °C. */
export interface LocalView {
  readonly tankTopC: number;
  readonly tankBottomC: number;
  readonly zoneC: number;
  readonly onPeak: boolean;
  /** Undefined when no on-peak starts within a day. */
  readonly minutesToOnPeak: number | undefined;
  /** Whether the zone counted as cold at the last pass. */
  readonly wasCold: boolean;
}

/** Why the heat pump is as it is, for people. */
export type HpWhy =
  | "hp_off_on_peak"
  | "hp_on_zone_cold_on_peak"
  | "hp_on_tank_below_minimum"
  | "hp_on_before_on_peak"
  | "hp_on_until_tank_full"
  | "hp_off_tank_full"
  | "hp_off_tank_between_limits";

/** Decision of one pass: an event for the table, or none to stay. */
export interface HpDecision {
  readonly event?: HpEvent;
  readonly why: HpWhy;
}

/** Whether the zone is cold enough for on-peak heat. */
export function isZoneCold(view: LocalView, limits: LocalLimits): boolean {
  return view.zoneC < limits.zoneColdC + (view.wasCold ? limits.zoneColdBandK : 0);
}

/** Decides about the heat pump. Pure; at most one event a pass. */
export function decideHp(state: HpState, view: LocalView, limits: LocalLimits): HpDecision {
  const cold = isZoneCold(view, limits);
  if (view.onPeak && !cold) {
    return state === "HpOff" ? { why: "hp_off_on_peak" } : { event: "OnPeakStart", why: "hp_off_on_peak" };
  }
  if (view.tankBottomC >= limits.tankFullC) {
    return state === "HpOff" ? { why: "hp_off_tank_full" } : { event: "BufferFull", why: "hp_off_tank_full" };
  }
  const needs = needsCharge(view, limits);
  if (state === "HpOn") return { why: needs ?? "hp_on_until_tank_full" };
  if (needs !== undefined) return { event: "BufferNeedsCharge", why: needs };
  const stays = state === "HpOff" ? {} : { event: "BufferFull" as const };
  return { ...stays, why: "hp_off_tank_between_limits" };
}

function needsCharge(view: LocalView, limits: LocalLimits): HpWhy | undefined {
  if (view.tankTopC < limits.tankMinC) return view.onPeak ? "hp_on_zone_cold_on_peak" : "hp_on_tank_below_minimum";
  const soon = !view.onPeak && view.minutesToOnPeak !== undefined && view.minutesToOnPeak <= limits.preheatMinutes;
  return soon && view.tankBottomC < limits.tankReadyC ? "hp_on_before_on_peak" : undefined;
}

/** Decides about the zone's heat call. Pure. */
export function decideZone(zoneC: number, limits: LocalLimits): ZoneEvent | undefined {
  if (zoneC <= limits.zoneSetC - limits.zoneBandK) return "ZoneCold";
  return zoneC >= limits.zoneSetC + limits.zoneBandK ? "ZoneWarm" : undefined;
}
