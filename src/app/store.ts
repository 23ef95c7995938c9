import { EnvironmentError, errorText } from "../core/errors.ts";
import { EXIT } from "../core/exit_codes.ts";
import { realStoreClock, serveStore, type StoreServer } from "../host/store_server.ts";
import { storeServerPort } from "../host/store_port.ts";
import { serveWorker, type WorkerHost } from "../host/worker_side.ts";
import { diskSpace } from "../store/disk_space.ts";
import type { DiskSpace } from "../store/store_room.ts";
import { openSqliteEngine, type SqliteEngine } from "../store/sqlite_engine.ts";
import type { StoreInit } from "./store_init.ts";

let server: StoreServer | undefined;
let host: WorkerHost;

function attach(peerLife: number, port: MessagePort): void {
  server?.attach(storeServerPort(port), host.boot, peerLife);
}

function refused(what: string, cause: unknown): EnvironmentError {
  const code = (cause as { readonly code?: string }).code ?? "EIO";
  return new EnvironmentError(`${what}: ${errorText(cause)}`, code, { cause });
}

function openFolder({ folder: path, owner }: StoreInit): void {
  try {
    Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw refused(`Cannot make the store's folder "${path}"`, cause);
  }
  // SQLite says only "unable to open database file"; the system says why.
  // Named after the owner: the stores of a demo share the folder and start side by side.
  const probe = `${path}/.hearth-write-probe-${owner}`;
  try {
    Deno.openSync(probe, { write: true, create: true }).close();
    Deno.removeSync(probe);
  } catch (cause) {
    throw refused(`Cannot use the store's folder "${path}" as files in it must be writable`, cause);
  }
}

/** Only a worker that may ask the system knows how full its disk is. */
function diskOf(folder: string): () => DiskSpace | undefined {
  const mayAsk = diskSpace(folder) !== undefined;
  return () => mayAsk ? diskSpace(folder) : undefined;
}

/**
 * Opens the store.
 *
 * @returns Undefined when the system refuses at the program's start: it ends with the code for that. Later lives try
 *   again, as a disk may come back.
 */
function openEngine(init: StoreInit): SqliteEngine | undefined {
  try {
    openFolder(init);
    return openSqliteEngine({
      path: `${init.folder}/${init.owner}.sqlite`,
      owner: init.owner,
      bytesMax: init.bytesMax,
      fileBytesMax: init.fileBytesMax,
      ageMsMax: init.ageMsMax,
      disk: diskOf(init.folder),
      nowMs: () => performance.now(),
      newId: () => crypto.randomUUID(),
      wallMs: () => Date.now(),
    });
  } catch (thrown) {
    if (!(thrown instanceof EnvironmentError) || host.life > 1) throw thrown;
    host.print("stderr", `${errorText(thrown)}\n`);
    host.exit(EXIT.environment);
    return undefined;
  }
}

function tellDamage(movedTo: string, { salvaged }: SqliteEngine): void {
  const { rows = {}, eventsLost = 0, problems = [] } = salvaged ?? {};
  const record = { time: new Date().toISOString(), level: "error", worker: host.name, event: "store.damaged" };
  host.print("stderr", `${JSON.stringify({ ...record, movedTo, rows, eventsLost, problems })}\n`);
}

serveWorker({
  start(given, ports, workerHost) {
    const init = given as StoreInit;
    host = workerHost;
    const engine = openEngine(init);
    if (engine === undefined) return;
    if (engine.recovered !== undefined) tellDamage(engine.recovered, engine);
    server = serveStore({ engine, clock: realStoreClock(), settings: init.commit });
    for (const port of Object.values(ports)) attach(1, port);
  },
  port: (_peer, peerLife, port) => attach(peerLife, port),
  stop() {
    if (server === undefined) return;
    const { waiting, code } = server.close();
    if (waiting > 0) throw new Error(`Cannot commit ${waiting} transactions at the stop: ${code ?? "unknown code"}`);
  },
  doing: () => "store",
});
