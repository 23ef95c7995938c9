import { type WindowedPort, windowPort } from "../../../../src/host/credit_window.ts";
import { serveWorker, type WorkerHost } from "../../../../src/host/worker_side.ts";

/** One end of a flood: the sender pushes as fast as it can, the receiver is slow. */
export interface FloodLikeInit {
  readonly role: "sender" | "receiver";
  readonly peer: string;
  readonly messages: number;
}

const BODY = "x".repeat(1_024);
const WINDOW = {
  rowsMax: 64,
  bytesMax: 64 * 1_024,
  waitingRowsMax: 64,
  waitingBytesMax: 64 * 1_024,
  overflow: "drop_oldest",
} as const;
let host: WorkerHost;

function flood(port: WindowedPort<never, string>, messages: number): void {
  let offered = 0;
  const before = Deno.memoryUsage().rss;
  const timer = setInterval(() => {
    for (let n = 0; n < 5_000 && offered < messages; n++, offered++) port.send(`${offered}:${BODY}`, BODY.length);
    if (offered < messages) return;
    clearInterval(timer);
    const grownBytes = Deno.memoryUsage().rss - before;
    const { waitingRows, lost } = port.sender;
    host.print("stdout", `flooded ${JSON.stringify({ offered, waitingRows, lost, grownBytes })}\n`);
    port.send("end", 3);
  }, 1);
}

function receive(port: WindowedPort<string, never>): void {
  let got = 0;
  port.onmessage = (text) => {
    got++;
    const busyUntilMs = performance.now() + (got % 64 === 0 ? 20 : 0);
    while (performance.now() < busyUntilMs);
    if (text !== "end") return;
    host.print("stdout", `received ${got}\n`);
    host.exit(0);
  };
}

serveWorker({
  start(given, ports, workerHost) {
    host = workerHost;
    const init = given as FloodLikeInit;
    const port = ports[init.peer] as MessagePort;
    if (init.role === "sender") flood(windowPort<never, string>(port, WINDOW), init.messages);
    else receive(windowPort<string, never>(port, WINDOW));
  },
  stop() {},
  doing: () => "flooding",
});
