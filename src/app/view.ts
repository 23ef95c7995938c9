import { serveWorker, type WorkerHost } from "../host/worker_side.ts";
import { viewReceiver } from "../host/view_port.ts";
import type { ViewInit } from "./view_init.ts";
import { memoryLine, pictureLine, pictureScreen } from "./view_lines.ts";
import { picture, summary, type ToView, type ViewPicture, type ViewState } from "./view_model.ts";
import { newsKey } from "./view_words.ts";

/** How often something is shown, in ms: a screen is redrawn faster than lines are written. */
const LINE_PERIOD_MS = 1_000;
const SCREEN_PERIOD_MS = 250;
/** In a log of `run` and `ltn` a line is written when there is news, and this often when there is none, in ms. */
const QUIET_MS = 60_000;
/** How long the view waits at the stop for the last word of agent and LTN, in ms. */
const LAST_WORD_MS = 1_500;

const CLEAR = "\x1b[H\x1b[2J";

const state: ViewState = {};
/** Agent and LTN, until they have said their last word. */
const talking = new Set<string>();
const silent = Promise.withResolvers<void>();
let init: ViewInit;
let host: WorkerHost;
let startedMs = 0;
let saidMs = -Infinity;
let saidKey = "";
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
  const now = seen();
  if (init.json) host.print("stdout", `${JSON.stringify(now)}\n`);
  else if (init.isTerminal) {
    host.print("stdout", `${CLEAR}${pictureScreen(now, `hearth ${init.program}`).join("\n")}\n`);
  } else if (isWorthALine(now)) host.print("stdout", `${pictureLine(now)}\n`);
}

/** The demo is there to be looked at; a journal of years is not. */
function isWorthALine(now: ViewPicture): boolean {
  const key = newsKey(now);
  const nowMs = performance.now();
  if (init.program !== "dev" && key === saidKey && nowMs - saidMs < QUIET_MS) return false;
  saidMs = nowMs;
  saidKey = key;
  return true;
}

serveWorker({
  start(given, ports, workerHost) {
    init = given as ViewInit;
    host = workerHost;
    startedMs = performance.now();
    for (const [peer, port] of Object.entries(ports)) connect(peer, port);
    timer = setInterval(show, init.isTerminal && !init.json ? SCREEN_PERIOD_MS : LINE_PERIOD_MS);
  },
  port: (peer, _life, port) => connect(peer, port),
  isolates: (memory) => state.memory = memory,
  async stop() {
    clearInterval(timer);
    // Agent and LTN stop beside the view and send their last counts when their rows are committed.
    const overdue = setTimeout(() => silent.resolve(), LAST_WORD_MS);
    await silent.promise;
    clearTimeout(overdue);
    const last = summary(seen());
    const lines = init.json ? [JSON.stringify(last)] : [pictureLine(seen()), memoryLine(seen())];
    host.print("stdout", lines.filter((line) => line !== undefined).map((line) => `${line}\n`).join(""));
  },
  doing: () => "view",
});
