import { SIMPLE_LOCAL_LIMITS, SIMPLE_LOCAL_ROLES } from "../scada/mod.ts";
import type { FoundLayout } from "./plan_basis.ts";
import type { ZoneView } from "./view_init.ts";

/** The zones of a layout that local control heats, with their set point. */
export function zonesOf(_layout: FoundLayout): readonly ZoneView[] {
  const channel = SIMPLE_LOCAL_ROLES.zoneTemp;
  const { zoneSetC: setpointC } = SIMPLE_LOCAL_LIMITS;
  return [{ name: channel.split("-", 1)[0]!, channel, setpointC }];
}
