import { readdirSync, readFileSync, statSync } from "node:fs";
import { importLines, type ImportResult } from "./import_lines.ts";
import { EnvironmentError, errorText } from "../core/errors.ts";
import { EXIT } from "../core/exit_codes.ts";
import { serveWorker, type WorkerHost } from "../host/worker_side.ts";
import { type EventImport, importEvents, type ReferenceFolder } from "../store/import_events.ts";
import { type ImportStore, lookIntoImports, noImportsYet, openImportStore } from "../store/import_store.ts";
import { REFERENCE_BYTES_MAX } from "../store/reference_event.ts";
import type { ImportInit } from "./import_init.ts";

/** Pause between two words about the progress, in ms. */
const PROGRESS_MS = 2_000;

let stopAsked = false;
let running: Promise<void> | undefined;

function openStore({ storePath, owner, bytesMax, dryRun }: ImportInit): ImportStore {
  if (dryRun) return isThere(storePath) ? lookIntoImports(storePath, owner) : noImportsYet();
  Deno.mkdirSync(storePath.slice(0, storePath.lastIndexOf("/")), { recursive: true, mode: 0o700 });
  return openImportStore({
    path: storePath,
    owner,
    bytesMax,
    fileBytesMax: bytesMax,
    newId: () => crypto.randomUUID(),
    wallMs: () => Date.now(),
  });
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function referenceFolder(path: string): ReferenceFolder {
  return {
    days: () => readdirSync(path, { withFileTypes: true }).filter((one) => one.isDirectory()).map(({ name }) => name),
    files: (day) => readdirSync(`${path}/${day}`),
    read(day, file) {
      const full = `${path}/${day}/${file}`;
      const { size } = statSync(full);
      if (size > REFERENCE_BYTES_MAX) throw new RangeError(`it has ${size} bytes of at most ${REFERENCE_BYTES_MAX}`);
      return readFileSync(full);
    },
  };
}

/** Between two steps the worker hears whether it is to stop. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

async function takeAll(made: EventImport, host: WorkerHost): Promise<boolean> {
  let toldMs = performance.now();
  while (made.step()) {
    await breathe();
    if (stopAsked) return false;
    if (performance.now() - toldMs < PROGRESS_MS) continue;
    toldMs = performance.now();
    const { files, imported, known, bad } = made.counts;
    host.print("stderr", `${files} files read: ${imported} imported, ${known} known, ${bad} bad\n`);
  }
  return true;
}

async function run(init: ImportInit, host: WorkerHost): Promise<void> {
  const { folder, storePath, dryRun, json } = init;
  if (!isThere(folder)) {
    host.print("stderr", `Cannot import events as the folder must exist: "${folder}"\n`);
    return host.exit(EXIT.configuration);
  }
  using store = openStore(init);
  const made = importEvents(referenceFolder(folder), store);
  const finished = await takeAll(made, host);
  const result: ImportResult = { store: storePath, dryRun, finished, ...made.counts };
  host.print("stdout", `${json ? JSON.stringify(result) : importLines(result).join("\n")}\n`);
  if (!finished) host.exit(EXIT.failure);
  else host.exit(result.bad > 0 ? EXIT.configuration : EXIT.ok);
}

function failed(thrown: unknown, host: WorkerHost): void {
  const isOurs = !(thrown instanceof EnvironmentError) && typeof (thrown as { code?: unknown })?.code !== "string";
  if (isOurs) return host.fail(thrown);
  host.print("stderr", `${errorText(thrown)}\n`);
  host.exit(EXIT.environment);
}

serveWorker({
  start(init, _ports, host) {
    running = run(init as ImportInit, host).catch((thrown) => failed(thrown, host));
  },
  async stop() {
    stopAsked = true;
    await running;
  },
  doing: () => "import",
});
