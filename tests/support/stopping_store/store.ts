/**
 * The real store behind a gate. While `<owner>.mute` lies in its folder it answers nothing, though its worker beats: a
 * disk that hangs. When `<owner>.loop` lies there its thread never comes back.
 */
import type { StoreInit } from "../../../src/app/store_init.ts";
import type { PortLike } from "../../../src/host/port_like.ts";
import { storeServerPort } from "../../../src/host/store_port.ts";
import { realStoreClock } from "../../../src/host/store_clock.ts";
import { serveStore, type StoreServer } from "../../../src/host/store_server.ts";
import { serveWorker, type WorkerHost } from "../../../src/host/worker_side.ts";
import { openSqliteEngine } from "../../../src/store/sqlite_engine.ts";

const LOOK_MS = 50;

let server: StoreServer;
let host: WorkerHost;
let isMute = false;
let heldMax = 0;
const held: (() => void)[] = [];

/** Hands messages to the server, or holds them while the store is mute. */
function gate(port: PortLike): PortLike {
  let receive: PortLike["onmessage"] = null;
  port.onmessage = (event) => {
    if (isMute) heldMax = Math.max(heldMax, held.push(() => receive?.(event)));
    else receive?.(event);
  };
  return {
    postMessage: (message) => port.postMessage(message),
    get onmessage() {
      return receive;
    },
    set onmessage(given) {
      receive = given;
    },
    close: () => port.close?.(),
  };
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

function look({ folder, owner }: StoreInit): void {
  if (exists(`${folder}/${owner}.loop`)) {
    host.print("stderr", "store loops\n");
    // The text leaves first.
    setTimeout(() => {
      while (true);
    }, LOOK_MS);
  }
  const wasMute = isMute;
  isMute = exists(`${folder}/${owner}.mute`);
  if (!wasMute || isMute) return;
  host.print("stderr", `store held ${heldMax}\n`);
  for (const deliver of held.splice(0)) deliver();
}

serveWorker({
  start(given, ports, workerHost) {
    const init = given as StoreInit;
    host = workerHost;
    Deno.mkdirSync(init.folder, { recursive: true });
    const { owner, bytesMax } = init;
    const path = `${init.folder}/${owner}.sqlite`;
    const outside = { newId: () => crypto.randomUUID(), wallMs: () => Date.now() };
    const engine = openSqliteEngine({ path, owner, bytesMax, ...outside });
    server = serveStore({ engine, clock: realStoreClock(), settings: init.commit });
    for (const port of Object.values(ports)) server.attach(gate(storeServerPort(port)), host.boot, 1);
    setInterval(look, LOOK_MS, init);
  },
  port: (_peer, life, port) => server.attach(gate(storeServerPort(port)), host.boot, life),
  stop: () => void server.close(),
  doing: () => "store",
});
