import { errorText } from "../core/errors.ts";
import type { KeepRow } from "../store/port.ts";
import { CLOCK_KEY } from "./clock_book.ts";
import type { ProactorParts } from "./proactor_parts.ts";

/** Gives each actor, and the clocks, what they kept in earlier lives. @returns What the guard kept. */
export function restoreKept(rows: readonly KeepRow[], parts: ProactorParts): ReadonlyMap<string, string> {
  const { stage, clock, clocks, recorder, world } = parts;
  const ours = new Set(rows.filter(({ key, value }) => value !== null && clock.restore(key, value)));
  // A clock that starts in 1970 must not bring back what had ended before.
  const wallMs = Math.max(world.houseWallMs(), clock.lastKnownMs);
  const guardKept = new Map<string, string>();

  /** One value that cannot be read must not keep the house from starting. */
  function tried(key: string, restore: () => void): void {
    try {
      restore();
    } catch (error) {
      recorder.problem(`kept/${key}`, `Cannot restore kept value "${key}" as it must be JSON`, errorText(error));
    }
  }

  for (const row of rows) {
    const { key: fullKey, value, expiresWallMs } = row;
    if (ours.has(row) || value === null || (expiresWallMs !== 0 && expiresWallMs < wallMs)) continue;
    const at = fullKey.indexOf("/");
    const [owner, key] = [fullKey.slice(0, at), fullKey.slice(at + 1)];
    if (fullKey === CLOCK_KEY) tried(fullKey, () => clocks.restore(value));
    else if (owner === "guard") guardKept.set(key, value);
    else if (stage.has(owner)) tried(fullKey, () => void stage.kept(owner).set(key, JSON.parse(value)));
  }
  return guardKept;
}
