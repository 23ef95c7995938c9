import { type LinuxBus, linuxBus } from "../../drivers/devices/mod.ts";
import { type Kernel, openLibc } from "../../drivers/linux/mod.ts";
import type { BusInit } from "../core/bus_parts.ts";
import { busPort, type BusServer, realBusClock, serveBus } from "../host/bus_server.ts";
import { BUS_BEAT_MS, serveWorker } from "../host/worker_side.ts";

let kernel: Kernel;
let bus: LinuxBus;
let server: BusServer;
let doing = "bus";

/** The devices of the bus; what is done to which of them is told with each beat, so that a hung call has a name. */
function watched(name: string): Parameters<typeof serveBus>[0] {
  return {
    bus: name,
    outputs: bus.outputs,
    channels: bus.channels,
    write(output, value) {
      doing = `write ${output}`;
      return bus.write(output, value);
    },
    read(channel) {
      doing = `read ${channel}`;
      return bus.read(channel);
    },
  };
}

serveWorker({
  start(given, ports, host) {
    const { libcPath, spec } = given as BusInit;
    kernel = openLibc(libcPath);
    bus = linuxBus(spec, kernel, { old: host.oldFds, onFd: (change, fd) => host.fd(change, fd) });
    server = serveBus(watched(host.name), undefined, realBusClock());
    for (const port of Object.values(ports)) server.attach(busPort(port));
  },
  port: (_peer, _life, port) => server.attach(busPort(port)),
  stop() {
    server.stop();
    bus[Symbol.dispose]();
    kernel[Symbol.dispose]();
  },
  doing: () => doing,
  beatMs: BUS_BEAT_MS,
});
