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
/** House ms for each real ms. */
let speed = 1;
let advancedMs = 0;
let viewTimer: ReturnType<typeof setInterval> | undefined;
let switches = 0;

/** Brings the physics up to now: whoever reads, writes or looks does it, so that nothing wakes for it alone. */
function advance(): void {
  const nowMs = performance.now();
  if (nowMs > advancedMs) devices.advance((nowMs - advancedMs) * speed);
  advancedMs = nowMs;
}

/** The devices, with a count of every change of an output. */
function counted(): HouseDevices {
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
    const init = given as HouseInit;
    speed = init.speed;
    advancedMs = performance.now();
    devices = houseDevices({ startMs: init.startOfDayMs % DAY_MS });
    bus = serveBus({ ...counted(), bus: host.name }, undefined, realBusClock(speed));
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
