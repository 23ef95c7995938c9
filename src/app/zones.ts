import { requireHouseRoles, scadaFacts, SIMPLE_LOCAL_LIMITS } from "../scada/mod.ts";
import type { FoundLayout } from "./plan_basis.ts";
import type { ZoneView } from "./view_init.ts";

/**
 * The zones that local control heats, in the order of the layout's ZoneList, with their set point.
 *
 * @throws {OutsideDataError} When the layout lacks a part of the house.
 */
export function zonesOf({ json }: Pick<FoundLayout, "json">): readonly ZoneView[] {
  const { zoneSetC: setpointC } = SIMPLE_LOCAL_LIMITS;
  return requireHouseRoles(scadaFacts(json)).zones.map(({ name, temp: channel }) => ({
    name,
    channel,
    setpointC,
  }));
}
