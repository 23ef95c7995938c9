import { nearestName } from "../core/nearest_name.ts";

/** A wrong name as text, with the nearest right one. */
export function wrongName(name: string, known: Iterable<string>): string {
  const near = nearestName(name, known);
  return near === undefined ? `"${name}"` : `"${name}" (did you mean "${near}")`;
}
