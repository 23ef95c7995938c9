import { type FromBus, LEASE_RENEW_MS, type ToBus } from "../../../../src/core/device.ts";
import { BUS_WINDOW, type WindowedPort, windowPort } from "../../../../src/host/credit_window.ts";
import { serveWorker, type WorkerHost } from "../../../../src/host/worker_side.ts";

/** What this agent does with the outputs of its buses. */
export interface BoardAgentInit {
  /** Its leases are not renewed any more this long after the first write, in ms; absent: for ever. */
  readonly letGoAfterMs?: number;
}

let host: WorkerHost;
let init: BoardAgentInit;
let hasLetGo = false;

/** One line of JSON with the wall clock, which the test compares with the fake kernel's. */
function say(what: Readonly<Record<string, unknown>>): void {
  host.print("stdout", `${JSON.stringify({ atMs: Date.now(), ...what })}\n`);
}

/** Takes every output and energizes it, as often as a bus opens. */
function openBus(peer: string, port: MessagePort): void {
  const bus: WindowedPort<FromBus, ToBus> = windowPort<FromBus, ToBus>(port, BUS_WINDOW);
  let outputs: readonly string[] = [];
  function renew(): void {
    if (outputs.length === 0 || hasLetGo) return;
    bus.send({ kind: "lease", life: host.life, outputs }, 64);
    say({ kind: "renewed", bus: peer });
  }
  bus.onmessage = (message) => {
    say({ peer, ...message });
    if (message.kind === "opened") {
      outputs = message.outputs.map(({ name }) => name);
      renew();
      for (const output of outputs) {
        bus.send({ kind: "write", life: host.life, id: `on-${output}`, output, value: 1 }, 64);
      }
    } else if (message.kind === "result" && init.letGoAfterMs !== undefined) {
      setTimeout(() => hasLetGo = true, init.letGoAfterMs);
    }
  };
  setInterval(renew, LEASE_RENEW_MS);
}

serveWorker({
  start(given, ports, workerHost) {
    host = workerHost;
    init = given as BoardAgentInit;
    for (const [peer, port] of Object.entries(ports)) openBus(peer, port);
  },
  port: (peer, _life, port) => openBus(peer, port),
  stop() {},
  doing: () => "board-agent",
});
