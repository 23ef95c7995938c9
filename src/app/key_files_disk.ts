import type { FileStat, KeyFiles } from "../cli/mod.ts";
import { EnvironmentError, errorText } from "../core/errors.ts";

/** Ending of a file that is being written. */
const PART = ".hearth-part";

/** Files on the disk. */
export function diskKeyFiles(): KeyFiles {
  return {
    stat: (path) => withPath("look at", path, () => stat(path)),
    read: (path) => withPath("read", path, () => Deno.readFileSync(path)),
    list: (folder) => withPath("list", folder, () => list(folder)),
    makeFolder: (path, mode) => withPath("make folder", path, () => makeFolder(path, mode)),
    write: (path, bytes, options) => withPath("write", path, () => write(path, bytes, options)),
    remove: (path) => withPath("remove", path, () => Deno.removeSync(path)),
  };
}

function withPath<Value>(verb: string, path: string, work: () => Value): Value {
  try {
    return work();
  } catch (thrown) {
    const code = (thrown as { readonly code?: string }).code ?? "UNKNOWN";
    const must = "the system must allow it";
    throw new EnvironmentError(`Cannot ${verb} "${path}" as ${must}: ${errorText(thrown)}`, code, { cause: thrown });
  }
}

function stat(path: string): FileStat | undefined {
  try {
    const { isFile, isDirectory, mode, size } = Deno.statSync(path);
    return { kind: isFile ? "file" : isDirectory ? "folder" : "special file", mode: (mode ?? 0) & 0o7777, bytes: size };
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound || thrown instanceof Deno.errors.NotADirectory) return undefined;
    throw thrown;
  }
}

function list(folder: string): readonly string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return [];
    throw thrown;
  }
}

// The mode of mkdir is narrowed by the umask only, and parents that are made on the way get the same.
function makeFolder(path: string, mode: number): void {
  Deno.mkdirSync(path, { recursive: true, mode });
}

/** A new file beside the old one, on the disk before it gets the name, so that a power cut leaves one or the other. */
function write(path: string, bytes: Uint8Array, { mode, replace }: { mode: number; replace: boolean }): void {
  const part = `${path}${PART}`;
  try {
    Deno.removeSync(part);
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
  }
  try {
    writePart(part, bytes, mode);
    if (replace) Deno.renameSync(part, path);
    else nameNew(part, path);
  } catch (thrown) {
    removeQuietly(part);
    throw thrown;
  }
  syncFolder(path.slice(0, Math.max(1, path.lastIndexOf("/"))));
}

function writePart(part: string, bytes: Uint8Array, mode: number): void {
  using file = Deno.openSync(part, { write: true, createNew: true, mode });
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
  file.syncSync();
}

/** Unlike a rename, a link never replaces what came in between. */
function nameNew(part: string, path: string): void {
  Deno.linkSync(part, path);
  Deno.removeSync(part);
}

function removeQuietly(part: string): void {
  try {
    Deno.removeSync(part);
  } catch (thrown) {
    // The first failure is the one to tell; a part that was never made cannot be removed.
    if (!(thrown instanceof Error)) throw thrown;
  }
}

function syncFolder(folder: string): void {
  using handle = Deno.openSync(folder, { read: true });
  handle.syncSync();
}
