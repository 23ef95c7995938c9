import { serveWorker, type WorkerHost } from "../../../../src/host/worker_side.ts";

/** Keeps rows in memory and writes them at the stop, as lanes that wait do. */
export interface StoreLikeInit {
  readonly file?: string;
}

const rows: string[] = [];
let file: string | undefined;
let host: WorkerHost;

function open(port: MessagePort): void {
  port.onmessage = (event) => {
    rows.push(event.data.row);
    port.postMessage(`got ${rows.length}`);
  };
}

serveWorker({
  start(given, ports, workerHost) {
    host = workerHost;
    const init = given as StoreLikeInit;
    file = init.file;
    const port = ports["agent"];
    if (port !== undefined) open(port);
  },
  port(peer, peerLife, port) {
    host.print("stdout", `store gets port of ${peer} life ${peerLife}\n`);
    open(port);
  },
  stop() {
    if (file !== undefined) Deno.writeTextFileSync(file, JSON.stringify(rows));
    host.print("stdout", "store flushed\n");
  },
  doing: () => "storing",
});
