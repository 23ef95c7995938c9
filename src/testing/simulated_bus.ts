import type { FromBus, ToBus } from "../core/device.ts";
import type { SwitchRecord } from "../core/output_lease.ts";
import { type BusPort, type BusServer, serveBus } from "../host/bus_server.ts";
import type { HouseState } from "../house/mod.ts";
import { SIMULATED_BUS_TICK_MS, simulatedDevices } from "./simulated_devices.ts";
import type { VirtualClock } from "./virtual_clock.ts";

/** How often the physics advance, in ms. */
export const HOUSE_STEP_MS = 5_000;

/** A house that outlives the process that serves it, behind the real bus server on virtual time. */
export interface SimulatedBus {
  /** A bus worker starts: all outputs safe. */
  start(): void;
  /** The bus worker dies: nothing is written any more, outputs stay as they are. */
  crash(): void;
  readonly up: boolean;
  /** Gives the bus to a new life of the agent. @returns Carries a message to the bus. */
  attach(receive: (message: FromBus) => void): (message: ToBus) => void;
  /** Switches since the last call, oldest first. */
  takeSwitches(): readonly SwitchRecord[];
  /** Its devices answer nothing for so many ms. */
  failDevices(forMs: number): void;
  /** This output takes no write for so many ms: it reads back what it is. */
  stick(output: string, forMs: number): void;
  /** All channels read what they read now for so many ms. */
  flatten(forMs: number): void;
  /** Names of outputs that are not at their safe value, though their device has answered for a while. */
  unsafe(): readonly string[];
  house(): HouseState;
  /** Changes of an output's position. */
  readonly switches: number;
}

/** What a simulated bus is made from. */
export interface SimulatedBusOptions {
  /** Told of each change of an output. */
  readonly switched: (output: string, value: number) => void;
  /** How often it looks at its leases, in ms; @default SIMULATED_BUS_TICK_MS */
  readonly tickMs?: number | undefined;
}

/** Makes the bus of the simulated house. */
export function simulatedBus(clock: VirtualClock, { switched, tickMs }: SimulatedBusOptions): SimulatedBus {
  // Between two steps of the physics every reading is the same; a fine bus reads as often as a real one all the same.
  const devices = simulatedDevices(clock, { switched, readMsMin: tickMs === undefined ? HOUSE_STEP_MS : 0 });
  const timers = new Set<Disposable>();
  let server: BusServer | undefined;
  let lastTaken: SwitchRecord | undefined;
  repeat(clock, { name: "house", periodMs: HOUSE_STEP_MS }, () => devices.advance(HOUSE_STEP_MS));
  return {
    start() {
      lastTaken = undefined;
      const busClock = {
        nowMs: () => clock.nowMs,
        houseMs: () => clock.nowMs,
        every(periodMs: number, name: string, callback: () => void) {
          const timer = repeat(
            clock,
            { name, periodMs: Math.max(periodMs, tickMs ?? SIMULATED_BUS_TICK_MS) },
            callback,
          );
          timers.add(timer);
          return timer;
        },
      };
      server = serveBus(devices.served, undefined, busClock);
    },
    crash() {
      for (const timer of timers) timer[Symbol.dispose]();
      timers.clear();
      server = undefined;
    },
    get up() {
      return server !== undefined;
    },
    attach(receive) {
      const attached = server;
      const port: BusPort = { send: busSend(receive), onmessage: undefined, [Symbol.dispose]() {} };
      attached?.attach(port);
      return (message) => {
        if (server === attached) port.onmessage?.(message);
      };
    },
    takeSwitches() {
      const log = server?.log() ?? [];
      const fresh = log.slice(lastTaken === undefined ? 0 : log.lastIndexOf(lastTaken) + 1);
      lastTaken = fresh.at(-1) ?? lastTaken;
      return fresh;
    },
    failDevices: (forMs) => devices.fail(forMs),
    stick: (output, forMs) => devices.stick(output, forMs),
    flatten: (forMs) => devices.flatten(forMs),
    unsafe: () => devices.unsafe(),
    house: () => devices.state(),
    get switches() {
      return devices.switches;
    },
  };
}

function busSend(receive: (message: FromBus) => void): BusPort["send"] {
  return (message) => {
    receive(message);
    return "sent";
  };
}

/** Calls back every period, until it is disposed of. */
function repeat(
  clock: VirtualClock,
  { name, periodMs }: { readonly name: string; readonly periodMs: number },
  callback: () => void,
): Disposable {
  let stopped = false;
  let timer: Disposable;
  function next(): void {
    timer = clock.after(periodMs, name, () => {
      if (stopped) return;
      callback();
      next();
    });
  }
  next();
  return {
    [Symbol.dispose]() {
      stopped = true;
      timer[Symbol.dispose]();
    },
  };
}
