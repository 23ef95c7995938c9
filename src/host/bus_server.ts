import { BUS_TICK_MS, type FromBus, LEASE_MS, type ToBus } from "../core/device.ts";
import type { BusDevices } from "../core/bus_devices.ts";
import { type LeaseStep, type LeaseTime, outputLease, type SwitchRecord } from "../core/output_lease.ts";
import { isToBus } from "./to_bus.ts";
import { BUS_WINDOW, type WindowedPort, windowPort } from "./credit_window.ts";

/** Size that a message of the bus protocol counts with in its window, in bytes. */
const BUS_MESSAGE_BYTES = 128;

/** Longest rest of a bus whose leases and channels are not due, in ms: no lease that comes meanwhile ends before. */
export const BUS_REST_MS_MAX = 1_000;

/** Time of a bus: leases run on the real clock, readings and hold times on the house's. */
export interface BusClock {
  /** Monotonic real ms. */
  nowMs(): number;
  /** Monotonic house ms. */
  houseMs(): number;
  /** House ms for each real ms; @default 1 */
  readonly speed?: number;
  /** `callback` answers for how many ms nothing will be due: so long the clock may rest, also beyond the period. */
  every(periodMs: number, name: string, callback: () => number): Disposable;
}

/** The real clock. @param speed House ms for each real ms, 1 to 300. */
export function realBusClock(speed = 1): BusClock {
  return {
    nowMs: () => performance.now(),
    houseMs: () => performance.now() * speed,
    speed,
    every(periodMs, _name, callback) {
      let isEnded = false;
      let timer = setTimeout(run, periodMs);
      function run(): void {
        let restMs = 0;
        try {
          restMs = callback();
        } finally {
          if (!isEnded) timer = setTimeout(run, Math.max(periodMs, restMs));
        }
      }
      return {
        [Symbol.dispose]() {
          isEnded = true;
          clearTimeout(timer);
        },
      };
    },
  };
}

/** What carries the bus protocol at the bus's end. */
export type BusPort = Pick<WindowedPort<ToBus, FromBus>, "send" | "onmessage"> & Disposable;

/** A bus that is being served. */
export interface BusServer extends Disposable {
  /** The agent has a new life: the old port is closed, the new one is greeted with `opened`, then all channels are read. */
  attach(port: BusPort): void;
  /** Every output safe, ticking ends. Idempotent. */
  stop(): void;
  /** The bus's own account of its switches, oldest first. */
  log(): readonly SwitchRecord[];
}

/** Wraps the port of a bus worker: readings that wait are replaced by the newest of their channel. */
export function busPort(port: MessagePort): BusPort {
  return windowPort<ToBus, FromBus>(port, {
    ...BUS_WINDOW,
    key: (message) => message.kind === "reading" ? message.channel : undefined,
  });
}

/**
 * Runs the devices of one bus behind the bus protocol: all outputs safe first, then leases and readings when they are due,
 * at most each `BUS_TICK_MS`. `port` may be undefined until the agent lives.
 */
export function serveBus(
  devices: BusDevices & { readonly bus: string },
  port: BusPort | undefined,
  clock: BusClock,
): BusServer {
  const lease = outputLease(devices.outputs, LEASE_MS);
  const faults = faultMemory();
  const poller = channelPoller(devices, faults, () => clock.nowMs());
  let current: BusPort | undefined;
  let isStopped = false;
  function time(): LeaseTime {
    return { nowMs: clock.nowMs(), houseMs: clock.houseMs() };
  }
  function send(message: FromBus): void {
    current?.send(message, BUS_MESSAGE_BYTES);
  }
  function carryOut(step: LeaseStep): void {
    for (const write of step.writes) {
      const outcome = devices.write(write.output, write.value);
      if (outcome.kind === "written") faults.clear(write.output);
      carryOut(lease.done(write, outcome, time()));
    }
    // A write to safe that fails is repeated each tick; its fault is told once.
    for (const message of step.messages) if (message.kind !== "fault" || faults.isNew(message)) send(message);
  }
  function misunderstood(): void {
    const message = `Cannot take a message for bus "${devices.bus}" as it must be a lease or a write: it is neither`;
    const fault = { kind: "fault", device: `bus ${devices.bus}`, code: "EPROTO", message } as const;
    if (faults.isNew(fault)) send(fault);
  }
  function receive(message: ToBus): void {
    if (isStopped) return;
    if (!isToBus(message)) return misunderstood();
    if (message.kind === "lease") carryOut(lease.lease(message.life, message.outputs, time()));
    else carryOut(lease.write(message, time()));
  }
  function tick(): number {
    carryOut(lease.tick(time()));
    poller.poll(clock.houseMs()).forEach(send);
    const channelMs = (poller.dueHouseMs() - clock.houseMs()) / (clock.speed ?? 1);
    return Math.ceil(Math.min(lease.dueMs() - clock.nowMs(), channelMs, BUS_REST_MS_MAX));
  }
  function attach(next: BusPort): void {
    current?.[Symbol.dispose]();
    current = next;
    faults.forget();
    poller.allDue();
    const channels = devices.channels.map((input) => input.channel);
    send({ kind: "opened", bus: devices.bus, outputs: devices.outputs, channels });
    next.onmessage = receive;
  }
  function stop(): void {
    if (isStopped) return;
    isStopped = true;
    ticking[Symbol.dispose]();
    carryOut(lease.stop());
  }
  carryOut(lease.start());
  const ticking = clock.every(BUS_TICK_MS, "bus tick", tick);
  if (port !== undefined) attach(port);
  return { attach, stop, log: lease.log, [Symbol.dispose]: stop };
}

type Fault = Extract<FromBus, { readonly kind: "fault" }>;

/** Which fault of which device the agent knows: it is told once until the device works again or the fault changes. */
interface FaultMemory {
  isNew(fault: Fault): boolean;
  clear(device: string): void;
  /** A new agent knows none yet: each is told again. */
  forget(): void;
}

function faultMemory(): FaultMemory {
  const codes = new Map<string, string>();
  return {
    isNew({ device, code }) {
      if (codes.get(device) === code) return false;
      codes.set(device, code);
      return true;
    },
    clear: (device) => void codes.delete(device),
    forget: () => codes.clear(),
  };
}

/** A sweep over the channels that took this long goes on at the next tick, so that beats and leases are not held up; in ms. */
export const SWEEP_MS_MAX = 200;

interface ChannelPoller {
  /** Readings and new faults of the channels that are due, at least one, then as many as `SWEEP_MS_MAX` allows. */
  poll(houseMs: number): readonly FromBus[];
  /** When the next channel is due; Infinity when there is none. */
  dueHouseMs(): number;
  /** A new agent has read none yet: each is due at once. */
  allDue(): void;
}

/** Reads each channel at its period, in turn: a slow one does not keep the others from theirs. Two channels of one device may fail each in its own way. */
function channelPoller(devices: BusDevices, faults: FaultMemory, nowMs: () => number): ChannelPoller {
  const dueMs = new Map<string, number>();
  let first = 0;
  function pollOne(channel: string): FromBus | undefined {
    const read = devices.read(channel);
    if (read === undefined) return undefined;
    if (typeof read === "number") {
      faults.clear(`channel ${channel}`);
      return { kind: "reading", channel, value: read };
    }
    return faults.isNew({ ...read, device: `channel ${channel}` }) ? read : undefined;
  }
  return {
    poll(houseMs) {
      const messages: FromBus[] = [];
      const untilMs = nowMs() + SWEEP_MS_MAX;
      const { channels } = devices;
      for (const { channel, periodMs } of [...channels.slice(first), ...channels.slice(0, first)]) {
        const due = dueMs.get(channel) ?? houseMs;
        if (houseMs < due) continue;
        // Kept on the grid, without catching up: a bus that was busy owes no second reading.
        dueMs.set(channel, Math.max(due + periodMs, houseMs - periodMs + 1));
        const message = pollOne(channel);
        if (message !== undefined) messages.push(message);
        if (nowMs() >= untilMs) {
          first = channels.findIndex((input) => input.channel === channel) + 1;
          break;
        }
      }
      return messages;
    },
    dueHouseMs: () => Math.min(...devices.channels.map(({ channel }) => dueMs.get(channel) ?? -Infinity)),
    allDue: () => dueMs.clear(),
  };
}
