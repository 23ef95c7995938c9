import { OutsideDataError } from "../core/errors.ts";
import { HOUSE_CHANNELS, HOUSE_OUTPUTS } from "../house/mod.ts";
import { type HouseRoles, requireHouseRoles, scadaFacts } from "../scada/mod.ts";
import type { FoundLayout } from "./plan_basis.ts";

/**
 * Makes sure that the simulated house has what the layout's house is ruled by: its physics know one house only.
 *
 * @throws {OutsideDataError} With everything that it lacks, one a line.
 */
export function requireSimulated({ json }: Pick<FoundLayout, "json">): void {
  const roles = requireHouseRoles(scadaFacts(json));
  const known = new Set([...HOUSE_OUTPUTS.map(({ name }) => name), ...HOUSE_CHANNELS.map(({ channel }) => channel)]);
  const lacking = namesOf(roles).filter((name) => !known.has(name));
  if (lacking.length === 0) return;
  const lines = lacking.map((name) =>
    `Cannot simulate the house of the layout as the simulated house must have "${name}": it has ${
      [...known].join(", ")
    }`
  );
  throw new OutsideDataError(lines.join("\n"));
}

function namesOf({ hp, hpFailsafe, hpPower, zones, tank }: HouseRoles): readonly string[] {
  return [hp, hpFailsafe, ...zones.flatMap(({ call, failsafe, temp }) => [call, failsafe, temp]), hpPower, ...tank];
}
