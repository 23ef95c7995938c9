import type { BusDevices } from "../../../../src/core/bus_devices.ts";
import { busPort, type BusServer, realBusClock, serveBus } from "../../../../src/host/bus_server.ts";
import { BUS_BEAT_MS, serveWorker, type WorkerHost } from "../../../../src/host/worker_side.ts";
import { probe, type ProbeTargets } from "./probe.ts";

/** What this bus does besides serving two relays and a channel. */
export interface BusLikeInit {
  readonly logFile?: string;
  readonly loopInLife1?: boolean;
  readonly probe?: ProbeTargets;
}

let server: BusServer;
let host: WorkerHost;
const values = new Map<string, number>();
const devices: BusDevices & { readonly bus: string } = {
  bus: "bus",
  outputs: ["relay1", "relay2"].map((name) => ({ name, safeValue: 0, holdMsMin: 0 })),
  channels: [{ channel: "temp", periodMs: 500 }],
  write(output, value) {
    values.set(output, value);
    return { kind: "written", readBack: value };
  },
  read: () => 21_000,
};

function keepLog(file: string): void {
  let written = 0;
  setInterval(() => {
    if (server.log().length === written) return;
    written = server.log().length;
    Deno.writeTextFileSync(file, JSON.stringify(server.log()));
  }, 20);
}

serveWorker({
  async start(given, ports, workerHost) {
    host = workerHost;
    const init = given as BusLikeInit;
    host.print("stdout", `bus life ${host.life} old fds ${JSON.stringify(host.oldFds)}\n`);
    for (const fd of host.oldFds) host.fd("closed", fd);
    host.fd("opened", { fd: 1_000 + host.life, label: "relay1" });
    if (init.probe !== undefined) host.print("stdout", `probe bus ${JSON.stringify(await probe(init.probe))}\n`);
    const port = ports["agent"];
    server = serveBus(devices, port === undefined ? undefined : busPort(port), realBusClock());
    if (init.logFile !== undefined) keepLog(init.logFile);
    if (init.loopInLife1 === true && host.life === 1) {
      setTimeout(function spin() {
        while (true);
      }, 400);
    }
  },
  port(peer, peerLife, port) {
    host.print("stdout", `bus gets port of ${peer} life ${peerLife}\n`);
    server.attach(busPort(port));
  },
  stop: () => server.stop(),
  doing: () => "ticking",
  beatMs: BUS_BEAT_MS,
});
