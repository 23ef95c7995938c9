import { busPort, type BusServer, realBusClock, serveBus } from "../host/bus_server.ts";
import { type ViewSender, viewSender } from "../host/view_port.ts";
import { serveWorker } from "../host/worker_side.ts";
import { type HouseDevices, houseDevices } from "../house/mod.ts";
import type { HouseInit } from "./house_init.ts";

/** How often the live view is told, in ms. */
const VIEW_PERIOD_MS = 500;
const DAY_MS = 86_400_000;

let devices: HouseDevices;
let bus: BusServer;
let view: ViewSender | undefined;
let advance = (): void => {};
let viewTimer: ReturnType<typeof setInterval> | undefined;
let switches = 0;

/** The devices, with a count of every change of an output, at the time of whoever reads or writes them. */
function timed(speed: number): HouseDevices {
  let lastMs = performance.now();
  advance = () => {
    const nowMs = performance.now();
    if (nowMs > lastMs) devices.advance((nowMs - lastMs) * speed);
    lastMs = nowMs;
  };
  const values = new Map(devices.outputs.map((output) => [output.name, output.safeValue]));
  return {
    ...devices,
    read(channel) {
      advance();
      return devices.read(channel);
    },
    write(output, value) {
      advance();
      const outcome = devices.write(output, value);
      if (outcome.kind === "written" && values.get(output) !== value) {
        values.set(output, value);
        switches++;
      }
      return outcome;
    },
  };
}

function connect(peer: string, port: MessagePort): void {
  if (peer === "view") {
    view?.[Symbol.dispose]();
    view = viewSender(port);
    viewTimer ??= setInterval(tellView, VIEW_PERIOD_MS);
  } else bus.attach(busPort(port));
}

function tellView(): void {
  advance();
  view?.send({ kind: "house", state: devices.state(), switches });
}

serveWorker({
  start(given, ports, host) {
    const { speed, startOfDayMs } = given as HouseInit;
    devices = houseDevices({ startMs: startOfDayMs % DAY_MS });
    bus = serveBus({ ...timed(speed), bus: host.name }, undefined, realBusClock(speed));
    for (const [peer, port] of Object.entries(ports)) connect(peer, port);
  },
  port: (peer, _life, port) => connect(peer, port),
  stop() {
    clearInterval(viewTimer);
    bus.stop();
    tellView();
  },
  doing: () => "house",
});
