import { type SafetyLimits, SIMPLE_HOUSE_LIMITS } from "../safety/mod.ts";
import type { HouseRoles } from "./house_roles.ts";

/** The safety limits of a house: the simple house's temperatures and times on the parts of this one. */
export function houseLimits(roles: HouseRoles): SafetyLimits {
  const { compressor, tank, frost, sensors } = SIMPLE_HOUSE_LIMITS;
  const zoneTemps = roles.zones.map(({ temp }) => temp);
  return {
    compressor: { ...compressor, output: roles.hp, failsafe: roles.hpFailsafe, powerChannel: roles.hpPower },
    tank: { ...tank, channels: roles.allTanks },
    frost: { ...frost, channels: zoneTemps },
    sensors: { ...sensors, channels: [...roles.tank.slice(0, 1), ...zoneTemps] },
    failsafes: [roles.hpFailsafe, ...roles.zones.map(({ failsafe }) => failsafe)],
  };
}
