import { isOnPeak, localClock, minutesToOnPeak, type Tariff } from "../calendar/mod.ts";
import type { HouseRoles } from "./house_roles.ts";

/** A reading older than this, in ms, counts as absent. */
const FRESH_MS_MAX = 120_000;

/** The house at one time. Temperatures in °C. */
export interface HouseLook {
  readonly tankTopC: number;
  readonly tankBottomC: number;
  /** In the order of the zones. */
  readonly zonesC: readonly number[];
  readonly onPeak: boolean;
  /** Undefined when no on-peak starts within a day. */
  readonly minutesToOnPeak: number | undefined;
}

/** What a brain sees of the house. */
export interface HouseEye {
  /** Channels that it looks at. */
  readonly channels: readonly string[];
  update(channel: string, value: number, nowMs: number): void;
  /** Undefined while a channel has no fresh reading. */
  look(nowMs: number, wallMs: number): HouseLook | undefined;
}

/**
 * Makes the eye of a house; on-peak is judged in the tariff's own time zone.
 *
 * @throws {RangeError} When the tariff's time zone is unknown.
 */
export function houseEye(roles: HouseRoles, tariff: Tariff): HouseEye {
  const clock = localClock(tariff.timezone);
  const latest = new Map<string, { readonly value: number; readonly atMs: number }>();
  const tankTop = roles.tank[0] ?? "";
  const tankBottom = roles.tank.at(-1) ?? "";

  function fresh(channel: string, nowMs: number): number {
    const reading = latest.get(channel);
    return reading === undefined || nowMs - reading.atMs > FRESH_MS_MAX ? NaN : reading.value / 1_000;
  }
  return {
    channels: [tankTop, tankBottom, ...roles.zones.map(({ temp }) => temp)],
    update: (channel, value, nowMs) => void latest.set(channel, { value, atMs: nowMs }),
    look(nowMs, wallMs) {
      const tankTopC = fresh(tankTop, nowMs);
      const tankBottomC = fresh(tankBottom, nowMs);
      const zonesC = roles.zones.map(({ temp }) => fresh(temp, nowMs));
      if ([tankTopC, tankBottomC, ...zonesC].some(Number.isNaN)) return undefined;
      const time = clock(wallMs);
      return {
        tankTopC,
        tankBottomC,
        zonesC,
        onPeak: isOnPeak(tariff, time),
        minutesToOnPeak: minutesToOnPeak(tariff, time),
      };
    },
  };
}
