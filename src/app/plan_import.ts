import type { EventsImportOptions } from "../cli/events_import.ts";
import { settingsInput } from "../cli/read_settings.ts";
import type { CommandInit, RunPlan } from "../core/isolate.ts";
import { joinPath, ltnSettings, scadaSettings } from "../settings/mod.ts";
import type { ImportInit } from "./import_init.ts";
import { gather, type PlanBasis } from "./plan_basis.ts";

const SQLITE = ".sqlite";

/** The plan of `hearth events import`: one worker that reads the folder and writes the store's, and nothing else. */
export function importPlan(options: EventsImportOptions, init: CommandInit, basis: PlanBasis): RunPlan | undefined {
  const { app, envFile, dryRun, json } = options;
  const input = settingsInput({ init, readText: (path) => basis.host.readText(path) }, nameOf(app), envFile);
  const settings = app === "ltn" ? gather(ltnSettings(input), basis) : gather(scadaSettings(input), basis);
  if (settings === undefined) return undefined;
  const storePath = options.store === undefined
    ? joinPath(settings.paths.eventDir, `${nameOf(app)}${SQLITE}`)
    : joinPath(init.cwd, options.store);
  const folder = joinPath(init.cwd, options.folder);
  const storeFolder = storePath.slice(0, storePath.lastIndexOf("/")) || "/";
  const owner = nameOf(app);
  const given: ImportInit = { folder, storePath, owner, bytesMax: settings.store.capBytes, dryRun, json };
  // SQLite makes files beside a store that is written, or whose log is read.
  const grants = { read: [folder, storeFolder], write: [storeFolder] };
  const worker = {
    name: "import",
    entry: "import",
    grants,
    supervision: "foreground",
    silentMs: 0,
    init: given,
  } as const;
  const plan: RunPlan = { workers: [worker], ports: [] };
  return dryRun ? plan : { ...plan, locks: [`${storeFolder}/${baseName(storePath)}.lock`] };
}

function nameOf(app: EventsImportOptions["app"]): string {
  return app === "ltn" ? "ltn" : "scada";
}

function baseName(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  return name.endsWith(SQLITE) ? name.slice(0, -SQLITE.length) : name;
}
