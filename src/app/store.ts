import { existsSync } from "node:fs";
import { EnvironmentError, errorText } from "../core/errors.ts";
import { EXIT } from "../core/exit_codes.ts";
import { realStoreClock } from "../host/store_clock.ts";
import { diskAdvice } from "../host/store_disk_reason.ts";
import { glanceAtStore, leaveReadable } from "../host/store_glance.ts";
import { type LateEngine, lateEngine } from "../host/store_late.ts";
import { serveStore, type StoreServer } from "../host/store_server.ts";
import { storeServerPort } from "../host/store_port.ts";
import { serveWorker, type WorkerHost } from "../host/worker_side.ts";
import { diskSpace } from "../store/disk_space.ts";
import { RETRY_FIRST_MS, RETRY_MAX_MS } from "../store/group_commit.ts";
import type { DiskSpace } from "../store/store_room.ts";
import { openSqliteEngine, type SqliteEngine } from "../store/sqlite_engine.ts";
import type { StoreInit } from "./store_init.ts";

let server: StoreServer | undefined;
let storePath: string;
let host: WorkerHost;
/** Ports of peers that may have been greeted by an earlier life, until there is something to greet them with. */
const held = new Map<string, MessagePort>();
let retry: ReturnType<typeof setTimeout> | undefined;

function attach(peerLife: number, port: MessagePort): void {
  server?.attach(storeServerPort(port), host.boot, peerLife);
}

function refused(what: string, cause: unknown): EnvironmentError {
  // A right that this worker lacks is a matter of its plan, and not of the disk.
  const code = cause instanceof Deno.errors.NotCapable
    ? "ENOGRANT"
    : (cause as { readonly code?: string }).code ?? "EIO";
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

function pathOf({ folder, owner }: StoreInit): string {
  return `${folder}/${owner}.sqlite`;
}

function openEngine(init: StoreInit): SqliteEngine {
  openFolder(init);
  return openSqliteEngine({
    path: pathOf(init),
    owner: init.owner,
    bytesMax: init.bytesMax,
    fileBytesMax: init.fileBytesMax,
    ageMsMax: init.ageMsMax,
    disk: diskOf(init.folder),
    nowMs: () => performance.now(),
    newId: () => crypto.randomUUID(),
    wallMs: () => Date.now(),
  });
}

/** A disk that is gone for a moment leaves an empty folder in its place: no second store is begun there. */
function requireFile(path: string): void {
  if (existsSync(path)) return;
  throw new EnvironmentError(
    `Cannot open store "${path}" again as it must be where it was: there is no such file`,
    "EIO",
  );
}

function tell(level: "error" | "warn", event: string, fields: Readonly<Record<string, unknown>>): void {
  const record = { time: new Date().toISOString(), level, worker: host.name, event };
  host.print("stderr", `${JSON.stringify({ ...record, ...fields })}\n`);
}

function tellDamage({ recovered, salvaged }: SqliteEngine): void {
  if (recovered === undefined) return;
  const { rows = {}, eventsLost = 0, problems = [] } = salvaged ?? {};
  tell("error", "store.damaged", { movedTo: recovered, rows, eventsLost, problems });
}

function tellRefused({ code, message }: EnvironmentError, isRead: boolean, folder: string): void {
  const kept = isRead ? "what was kept before could be read" : "nothing that was kept before is known";
  tell("error", "store.refused", {
    code,
    message,
    meanwhile: `control goes on, ${kept}; events wait in memory and are lost if the program ends`,
    advice: `${diskAdvice(code)}: "${folder}"; no restart is needed`,
  });
}

/** Ends the process: a restart by itself would meet the same. */
function end(thrown: unknown): void {
  host.print("stderr", `${errorText(thrown)}\n`);
  host.exit(EXIT.environment);
}

function makeLate(init: StoreInit): LateEngine {
  let wasOpen = false;
  return lateEngine({
    open() {
      if (wasOpen) requireFile(pathOf(init));
      const engine = openEngine(init);
      wasOpen = true;
      tellDamage(engine);
      return engine;
    },
    glance: () => glanceAtStore({ path: pathOf(init), owner: init.owner, wallMs: Date.now() }),
    boot: host.boot,
    life: host.life,
    refused: (error, isRead) => tellRefused(error, isRead || wasOpen, init.folder),
    cameLate(isDamaged) {
      tell("warn", "store.opened_late", { runMs: Math.round(performance.now()) });
      if (isDamaged) setTimeout(() => server?.greetAgain(), 0);
    },
    hopeless: end,
  });
}

/** Attaches what is held when the store can be opened, and looks again later when it cannot. */
function attachHeld(late: LateEngine, waitMs: number): void {
  if (held.size === 0) return;
  let refusal: EnvironmentError | undefined;
  try {
    refusal = late.tryOpen();
  } catch (thrown) {
    return end(thrown);
  }
  if (refusal !== undefined) {
    retry = setTimeout(() => attachHeld(late, Math.min(RETRY_MAX_MS, 2 * waitMs)), waitMs);
    return;
  }
  for (const port of held.values()) attach(1, port);
  held.clear();
}

serveWorker({
  start(given, ports, workerHost) {
    const init = given as StoreInit;
    host = workerHost;
    storePath = pathOf(init);
    const late = makeLate(init);
    let refusal: EnvironmentError | undefined;
    try {
      refusal = late.tryOpen();
    } catch (thrown) {
      // Later lives try again, as what is wrong may pass.
      if (!(thrown instanceof EnvironmentError) || host.life > 1) throw thrown;
      return end(thrown);
    }
    server = serveStore({ engine: late, clock: realStoreClock(), settings: init.commit });
    // A peer that an earlier life has greeted knows more of the store than this one.
    const mayKnow = refusal !== undefined && host.life > 1;
    for (const [peer, port] of Object.entries(ports)) {
      if (mayKnow) held.set(peer, port);
      else attach(1, port);
    }
    if (mayKnow) attachHeld(late, RETRY_FIRST_MS);
  },
  port(peer, peerLife, port) {
    held.delete(peer);
    attach(peerLife, port);
  },
  stop() {
    clearTimeout(retry);
    if (server === undefined) return;
    const { waiting, code } = server.close();
    if (waiting > 0) throw new Error(`Cannot commit ${waiting} transactions at the stop: ${code ?? "unknown code"}`);
    leaveReadable(storePath);
  },
  doing: () => "store",
});
