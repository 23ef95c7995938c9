import { realStoreClock, serveStore, type StoreServer } from "../host/store_server.ts";
import { serveWorker, type WorkerHost } from "../host/worker_side.ts";
import { openSqliteEngine } from "../store/sqlite_engine.ts";
import type { StoreInit } from "./store_init.ts";

let server: StoreServer | undefined;
let host: WorkerHost;

function attach(peerLife: number, port: MessagePort): void {
  server!.attach(port, host.boot, peerLife);
}

serveWorker({
  start(given, ports, workerHost) {
    const init = given as StoreInit;
    host = workerHost;
    Deno.mkdirSync(init.folder, { recursive: true, mode: 0o700 });
    const engine = openSqliteEngine({
      path: `${init.folder}/${init.owner}.sqlite`,
      owner: init.owner,
      bytesMax: init.bytesMax,
      newId: () => crypto.randomUUID(),
      wallMs: () => Date.now(),
    });
    if (engine.recovered) host.print("stderr", `${engine.recovered}\n`);
    server = serveStore({ engine, clock: realStoreClock(), settings: init.commit });
    for (const port of Object.values(ports)) attach(1, port);
  },
  port: (_peer, peerLife, port) => attach(peerLife, port),
  stop() {
    const { waiting, code } = server!.close();
    if (waiting > 0) throw new Error(`Cannot commit ${waiting} transactions at the stop: ${code ?? "unknown code"}`);
  },
  doing: () => "store",
});
