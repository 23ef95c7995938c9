/** Folders that hold nothing of ours. */
const SKIPPED = new Set([".git", ".hearth", "node_modules", "dist"]);

/**
 * Reads text files below the folders.
 *
 * @param folders Paths from the current folder; "." for all.
 * @param wanted Gets the path with "/" between its parts and no leading "./".
 * @returns Path → text, sorted by path.
 */
export function readTree(folders: readonly string[], wanted: (path: string) => boolean): Map<string, string> {
  const paths: string[] = [];
  function walk(folder: string): void {
    for (const entry of Deno.readDirSync(folder)) {
      const path = folder === "." ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory && !SKIPPED.has(entry.name)) walk(path);
      if (entry.isFile && wanted(path)) paths.push(path);
    }
  }
  for (const folder of folders) walk(folder);
  return new Map(paths.sort().map((path) => [path, Deno.readTextFileSync(path)]));
}
