import { OutsideDataError } from "../core/errors.ts";

/** Permission bits of what holds a private key, and of what does not. */
export const MODES = { privateFile: 0o600, privateFolder: 0o700, publicFile: 0o644, publicFolder: 0o755 } as const;

/** What is at a path. */
export interface FileStat {
  readonly kind: "file" | "folder" | "special file";
  /** Permission bits. */
  readonly mode: number;
  readonly bytes: number;
}

/** Files, as the key commands need them; paths are absolute. Each method throws `EnvironmentError` with the system's code. */
export interface KeyFiles {
  /** Undefined when there is nothing. */
  stat(path: string): FileStat | undefined;
  read(path: string): Uint8Array<ArrayBuffer>;
  /** Names in a folder, sorted; none when there is no folder. */
  list(folder: string): readonly string[];
  /** Makes the folder and its parents; one that exists keeps its permissions. */
  makeFolder(path: string, mode: number): void;
  /** All or nothing, durable. Without `replace` a file that exists is refused. */
  write(path: string, bytes: Uint8Array, options: { readonly mode: number; readonly replace: boolean }): void;
  remove(path: string): void;
}

/** One file to place. */
export interface Placed {
  readonly path: string;
  readonly content: string | Uint8Array;
  /** Its folder gets 0700 when it is made, the file 0600. */
  readonly isPrivate: boolean;
}

/** Folder of a path. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf("/")));
}

/** What exists already of these paths. */
export function existing(files: KeyFiles, paths: readonly string[]): readonly string[] {
  return paths.filter((path) => files.stat(path) !== undefined);
}

/**
 * Refuses when one of the paths exists.
 *
 * @param what Names what is made, for example `key "scada"`.
 * @throws {OutsideDataError} With every path that exists.
 */
export function refuseExisting(files: KeyFiles, paths: readonly string[], what: string): void {
  const found = existing(files, paths);
  if (found.length === 0) return;
  const list = found.map((path) => `"${path}"`).join(", ");
  throw new OutsideDataError(`Cannot make ${what} as nothing may be overwritten without --force: there is ${list}`);
}

/**
 * Writes files in this order, private ones 0600 in folders of 0700. After a failure what was written is taken back: new
 * files are removed, replaced ones get their old content, so that no two halves of a pair are mixed.
 */
export function placeFiles(
  files: KeyFiles,
  placed: readonly Placed[],
  { replace }: { readonly replace: boolean },
): void {
  const undo: (() => void)[] = [];
  try {
    for (const { path, content, isPrivate } of placed) {
      files.makeFolder(folderOf(path), isPrivate ? MODES.privateFolder : MODES.publicFolder);
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      const takeBack = replace ? restoring(files, path) : () => files.remove(path);
      files.write(path, bytes, { mode: isPrivate ? MODES.privateFile : MODES.publicFile, replace });
      undo.push(takeBack);
    }
  } catch (thrown) {
    for (const takeBack of undo.reverse()) takeBack();
    throw thrown;
  }
}

/** What brings a path back to what it is now. */
function restoring(files: KeyFiles, path: string): () => void {
  const found = files.stat(path);
  if (found?.kind !== "file") return () => files.remove(path);
  const bytes = files.read(path);
  return () => files.write(path, bytes, { mode: found.mode, replace: true });
}

/** Text of a file. @param what Names it in the message. @throws {OutsideDataError} If there is none. */
export function readText(files: KeyFiles, path: string, what: string): string {
  const found = files.stat(path);
  if (found === undefined) {
    throw new OutsideDataError(`Cannot read ${what} "${path}" as it must be a readable file: there is no such file`);
  }
  if (found.kind !== "file" || found.bytes > FILE_BYTES_MAX) {
    const must = `it must be a file of at most ${FILE_BYTES_MAX} bytes`;
    throw new OutsideDataError(`Cannot read ${what} "${path}" as ${must}: it is a ${found.kind} of ${found.bytes}`);
  }
  return new TextDecoder().decode(files.read(path));
}

/** Longest file that is read, bytes. */
export const FILE_BYTES_MAX = 1_048_576;
