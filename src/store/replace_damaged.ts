import { closeSync, existsSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname } from "node:path";
import { EnvironmentError } from "../core/errors.ts";

/**
 * A damaged store and its replacement, so that a cut at any moment leaves one of the two whole under a known name:
 * the draft is written beside the damaged file; complete and synced it is renamed to "ready"; then the damaged file is
 * set aside, and the ready one takes its place. A ready file at a start is a replacement that was cut short.
 */
const DRAFT = ".salvaging";
const READY = ".salvaged";
/** Files that SQLite keeps beside a database. */
const BESIDE = ["", "-wal", "-shm", "-journal"] as const;

function syncFolder(path: string): void {
  const folder = openSync(dirname(path), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** A name for the damaged file that does not exist yet. */
function freeName(path: string, wallMs: number): string {
  let name = `${path}.damaged-${wallMs}`;
  for (let n = 2; existsSync(name); n++) name = `${path}.damaged-${wallMs}-${n}`;
  return name;
}

/** The damaged file that was set aside last. */
function lastSetAside(path: string): string {
  const start = `${basename(path)}.damaged-`;
  const names = readdirSync(dirname(path)).filter((name) =>
    name.startsWith(start) && /^[\d-]+$/.test(name.slice(start.length))
  );
  const timeOf = (name: string) => statSync(`${dirname(path)}/${name}`).mtimeMs;
  const newest = names.sort((a, b) => timeOf(a) - timeOf(b)).at(-1);
  return newest === undefined ? `${path}.damaged` : `${dirname(path)}/${newest}`;
}

/**
 * Puts a replacement into its place that was complete when a start was cut short.
 *
 * @returns Where the damaged file is now; undefined when there is no such replacement.
 * @throws {Error} The system's.
 */
export function finishReplacement(path: string, wallMs: number): string | undefined {
  if (!existsSync(path + READY)) return undefined;
  const movedTo = existsSync(path) ? freeName(path, wallMs) : lastSetAside(path);
  for (const end of BESIDE) {
    if (existsSync(path + end)) renameSync(path + end, movedTo + end);
  }
  // A log that stayed behind would be taken for that of the new file: it has to be gone before.
  syncFolder(path);
  renameSync(path + READY, path);
  syncFolder(path);
  return movedTo;
}

/**
 * Replaces a damaged file, which nobody may have open.
 *
 * @param make Writes the new store to the path it is given, reads what it can of the damaged one, and closes both.
 * @returns Where the damaged file is now, and what `make` said.
 * @throws {Error} What `make` throws, or the system's: then the damaged file is still in its place.
 */
export function replaceDamaged<Made>(
  path: string,
  wallMs: number,
  make: (draft: string) => Made,
): { readonly movedTo: string; readonly made: Made } {
  const draft = path + DRAFT;
  for (const end of BESIDE) rmSync(draft + end, { force: true });
  const made = make(draft);
  const log = `${draft}-wal`;
  if (existsSync(log) && statSync(log).size > 0) {
    throw new EnvironmentError(
      `Cannot replace damaged store "${path}" as the new one's log must be written back: found "${log}"`,
      "EIO",
    );
  }
  renameSync(draft, path + READY);
  syncFolder(path);
  return { movedTo: finishReplacement(path, wallMs)!, made };
}
