import type { ZoneRoles } from "./house_roles.ts";

/** A set point outside of this is a mistake of its thermostat and not taken, in °C. */
export const ZONE_SET_C = { min: 5, max: 30 } as const;

/** Set points of the zones in °C, in their order: what their thermostats are set to, else the one that all have. */
export interface ZoneSets {
  /** Channels that tell what a thermostat is set to. */
  readonly channels: readonly string[];
  /** @param value °C × 1000. */
  update(channel: string, value: number): void;
  /** A set point stays until another one comes: thermostats tell theirs every few minutes, or when it is changed. */
  nowC(): readonly number[];
  /**
   * What a zone must be far below to count as cold: on-peak no higher than it was before, so that a thermostat turned up
   * then buys no heat on-peak. Source: spec/scada.md §6.3, is_system_cold.
   */
  coldC(onPeak: boolean): readonly number[];
}

/** Makes the set points of zones. @param commonC For a zone whose thermostat has not told its own, in °C. */
export function zoneSets(zones: readonly ZoneRoles[], commonC: number): ZoneSets {
  const told = new Map<string, number>();
  let beforePeakC: readonly number[] | undefined;
  function nowC(): readonly number[] {
    return zones.map(({ set }) => set === undefined ? commonC : told.get(set) ?? commonC);
  }
  return {
    channels: zones.flatMap(({ set }) => set === undefined ? [] : [set]),
    update(channel, value) {
      const celsius = value / 1_000;
      if (celsius >= ZONE_SET_C.min && celsius <= ZONE_SET_C.max) told.set(channel, celsius);
    },
    nowC,
    coldC(onPeak) {
      const now = nowC();
      if (!onPeak || beforePeakC === undefined) beforePeakC = now;
      const before = beforePeakC;
      return now.map((setC, index) => Math.min(setC, before[index] ?? setC));
    },
  };
}
