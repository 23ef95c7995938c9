import type { FromBus, ToBus } from "../core/device.ts";
import { BUS_WINDOW, windowPort } from "../host/credit_window.ts";
import type { ProactorShell } from "../host/proactor_shell.ts";
import { proactorStorePort } from "../host/store_port.ts";
import { type ViewSender, viewSender } from "../host/view_port.ts";
import type { ToStore } from "../store/port.ts";
import type { ProactorInit } from "./proactor_init.ts";

/** Size that a message to a bus counts with in its window, in bytes. */
const BUS_MESSAGE_BYTES = 128;

interface Carrier<Out> extends Disposable {
  send(message: Out): void;
}

/** The ports of a proactor's worker to store, buses and view. */
export interface ProactorPorts {
  /** A peer has a new life: its old port is closed. Ports of others are left alone. */
  connect(peer: string, port: MessagePort): void;
  toStore(message: ToStore): void;
  toBus(bus: string, message: ToBus): void;
  toView: ViewSender["send"];
}

/** Makes the ports, none of them connected; what comes in is posted to the shell. */
export function proactorPorts(
  init: Pick<ProactorInit, "store" | "buses" | "view">,
  post: ProactorShell["post"],
): ProactorPorts {
  let store: Carrier<ToStore> | undefined;
  let view: ViewSender | undefined;
  const buses = new Map<string, Carrier<ToBus>>();
  return {
    connect(peer, port) {
      if (peer === init.store) {
        store?.[Symbol.dispose]();
        store = proactorStorePort(port, (message) => post({ kind: "store", message }));
      } else if (init.buses.includes(peer)) {
        buses.get(peer)?.[Symbol.dispose]();
        buses.set(peer, busCarrier(port, (message) => post({ kind: "bus", bus: peer, message })));
      } else if (peer === init.view) {
        view?.[Symbol.dispose]();
        view = viewSender(port);
      }
    },
    toStore: (message) => store?.send(message),
    toBus: (bus, message) => buses.get(bus)?.send(message),
    toView: (message) => view?.send(message),
  };
}

function busCarrier(port: MessagePort, receive: (message: FromBus) => void): Carrier<ToBus> {
  const windowed = windowPort<FromBus, ToBus>(port, BUS_WINDOW);
  windowed.onmessage = receive;
  return {
    send: (message) => void windowed.send(message, BUS_MESSAGE_BYTES),
    [Symbol.dispose]: () => windowed[Symbol.dispose](),
  };
}
