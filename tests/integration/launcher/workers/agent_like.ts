import { type FromBus, LEASE_RENEW_MS, type ToBus } from "../../../../src/core/device.ts";
import { BUS_WINDOW, windowPort } from "../../../../src/host/credit_window.ts";
import { serveWorker, type WorkerHost } from "../../../../src/host/worker_side.ts";
import { probe, type ProbeTargets } from "./probe.ts";

/** What this agent does once its relays are on, in its first life; later lives only keep the lease. */
export interface AgentLikeInit {
  readonly then: "keep" | "loop" | "throw" | "reject" | "throw_always" | "grow" | "exit";
  readonly probe?: ProbeTargets;
}

let host: WorkerHost;
let init: AgentLikeInit;
let store: MessagePort | undefined;
let isOn = false;
const grown: number[][] = [];

function say(text: string): void {
  host.print("stdout", `${text}\n`);
}

function openBus(port: MessagePort): void {
  const bus = windowPort<FromBus, ToBus>(port, BUS_WINDOW);
  const outputs = ["relay1", "relay2"];
  function renew(): void {
    bus.send({ kind: "lease", life: host.life, outputs }, 64);
  }
  bus.onmessage = (message) => {
    if (message.kind === "opened") {
      say(`bus opened for life ${host.life}`);
      renew();
      const id = `on-${host.life}`;
      bus.send({ kind: "write", life: host.life, id, output: "relay1", value: 1 }, 64);
    } else if (message.kind === "result") {
      say(`life ${host.life} ${message.output} ${message.result.kind}`);
      if (!isOn && host.life === 1) setTimeout(act, 300);
      isOn = true;
    } else if (message.kind === "lapsed") say(`lapsed ${message.outputs.join(",")}`);
  };
  setInterval(renew, LEASE_RENEW_MS);
}

function openStore(port: MessagePort): void {
  store = port;
  port.onmessage = (event) => say(`store says ${event.data}`);
  port.postMessage({ row: `hello of life ${host.life}` });
}

function act(): void {
  store?.postMessage({ row: "before the end" });
  if (init.then === "throw") throw new Error("thrown on purpose");
  if (init.then === "reject") void Promise.reject(new Error("rejected on purpose"));
  if (init.then === "grow") { for (let n = 0; n < 20; n++) grown.push(new Array(500_000).fill(n + 0.5)); }
  if (init.then === "loop") {
    setTimeout(function spin() {
      while (true);
    }, 50);
  }
  if (init.then === "exit") host.exit(7);
}

serveWorker({
  async start(given, ports, workerHost) {
    host = workerHost;
    init = given as AgentLikeInit;
    say(`agent life ${host.life} ports ${Object.keys(ports).sort().join(",")}`);
    if (init.then === "throw_always") throw new Error("thrown at each start");
    if (init.probe !== undefined) say(`probe agent ${JSON.stringify(await probe(init.probe))}`);
    if (ports["store"] !== undefined) openStore(ports["store"]);
    if (ports["bus"] !== undefined) openBus(ports["bus"]);
    else if (host.life === 1) setTimeout(act, 100);
  },
  port(peer, peerLife, port) {
    say(`agent gets port of ${peer} life ${peerLife}`);
    if (peer === "bus") openBus(port);
    else openStore(port);
  },
  stop: () => say(`agent stops`),
  doing: () => "agent-like",
});
