import type { BadFile, ImportCounts } from "../store/import_events.ts";

/** What an import came to. */
export interface ImportResult extends ImportCounts {
  readonly store: string;
  readonly dryRun: boolean;
  /** False when the operator stopped it: started again, it goes on. */
  readonly finished: boolean;
}

function badLines(badFiles: readonly BadFile[], bad: number): readonly string[] {
  const lines = badFiles.map(({ path, why }) => `bad ${path}: ${why}`);
  return bad > badFiles.length ? [...lines, `bad: ${bad - badFiles.length} more`] : lines;
}

/** For people: what an import came to. */
export function importLines(result: ImportResult): readonly string[] {
  const { store, dryRun, finished, files, imported, known, evicted, bad, badFiles } = result;
  const did = dryRun ? "would import" : "imported";
  return [
    store,
    ...badLines(badFiles, bad),
    `${did} ${imported} of ${files} files; ${known} known, ${bad} bad` +
    (evicted > 0 ? `; ${evicted} events made room as the store is at its cap` : ""),
    ...(finished ? [] : ["stopped: start it again to go on"]),
  ];
}
