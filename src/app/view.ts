import { serveWorker, type WorkerHost } from "../host/worker_side.ts";
import { viewReceiver } from "../host/view_port.ts";
import type { ViewInit } from "./view_init.ts";
import { picture, type ToView, type ViewState } from "./view_model.ts";
import { type ViewWriter, viewWriter } from "./view_writer.ts";

/** How long the view waits at the stop for the last word of agent and LTN, in ms. */
const LAST_WORD_MS = 1_500;

const state: ViewState = {};
/** Agent and LTN, until they have said their last word. */
const talking = new Set<string>();
const silent = Promise.withResolvers<void>();
let init: ViewInit;
let host: WorkerHost;
let writer: ViewWriter;
let startedMs = 0;
let timer: ReturnType<typeof setInterval> | undefined;

function connect(peer: string, port: MessagePort): void {
  if (peer !== "house") talking.add(peer);
  viewReceiver<ToView>(port, (message) => {
    if (message.kind === "house") {
      state.house = message;
      return;
    }
    if (peer === "ltn") state.ltn = message;
    else state.agent = message;
    if (message.isLast === true && talking.delete(peer) && talking.size === 0) silent.resolve();
  });
}

function seen() {
  return picture(state, init, (performance.now() - startedMs) / 1_000 * init.speed);
}

function show(): void {
  const text = writer.text(seen(), performance.now());
  if (text !== "") host.print("stdout", text);
}

serveWorker({
  start(given, ports, workerHost) {
    init = given as ViewInit;
    host = workerHost;
    writer = viewWriter(init);
    startedMs = performance.now();
    for (const [peer, port] of Object.entries(ports)) connect(peer, port);
    timer = setInterval(show, writer.periodMs);
  },
  port: (peer, _life, port) => connect(peer, port),
  isolates: (memory) => state.memory = memory,
  async stop() {
    clearInterval(timer);
    // Agent and LTN stop beside the view and send their last counts when their rows are committed.
    const overdue = setTimeout(() => silent.resolve(), LAST_WORD_MS);
    await silent.promise;
    clearTimeout(overdue);
    host.print("stdout", writer.last(seen()));
  },
  doing: () => "view",
});
