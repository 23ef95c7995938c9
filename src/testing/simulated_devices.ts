import type { BusDevices } from "../core/bus_devices.ts";
import { BUS_TICK_MS } from "../core/device.ts";
import { SLOW_RETRY_MS } from "../core/output_lease.ts";
import { type HouseDevices, houseDevices, type HouseState } from "../house/mod.ts";
import type { VirtualClock } from "./virtual_clock.ts";

/** How often a simulated bus looks at its leases, in ms, when no other time is given; coarser than the real one for speed. */
export const SIMULATED_BUS_TICK_MS = 5 * BUS_TICK_MS;
/** Writes to safe are tried this often while a device is gone (ms), and its bus looks in between. Source: core/output_lease.ts. */
const RECOVERY_MS = SLOW_RETRY_MS + 2 * SIMULATED_BUS_TICK_MS;

/** The devices of the simulated house, which may stop to answer. */
export interface SimulatedDevices {
  /** What a bus serves. */
  readonly served: BusDevices & { readonly bus: string };
  /** Changes of an output's position. */
  readonly switches: number;
  /** The physics go on. */
  advance(byMs: number): void;
  /** They answer nothing for so many ms. */
  fail(forMs: number): void;
  /** This output takes no write for so many ms: it reads back what it is. */
  stick(output: string, forMs: number): void;
  /** All channels read what they read now for so many ms. */
  flatten(forMs: number): void;
  /** Names of outputs that are not at their safe value, though their device has answered for a while. */
  unsafe(): readonly string[];
  state(): HouseState;
}

/** What simulated devices are made from. */
export interface SimulatedDevicesOptions {
  /** Told of each change of an output. */
  readonly switched: (output: string, value: number) => void;
  /** Each channel is read no more often than this, in ms. */
  readonly readMsMin: number;
}

/** Makes the devices of a house. */
export function simulatedDevices(clock: VirtualClock, options: SimulatedDevicesOptions): SimulatedDevices {
  return new VirtualDevices(clock, options);
}

class VirtualDevices implements SimulatedDevices {
  readonly #clock: VirtualClock;
  readonly #switched: (output: string, value: number) => void;
  readonly #devices: HouseDevices = houseDevices();
  readonly #values: Map<string, number>;
  #failsUntilMs = -RECOVERY_MS;
  readonly #stuckUntilMs = new Map<string, number>();
  #flatUntilMs = -1;
  readonly #flat = new Map<string, ReturnType<BusDevices["read"]>>();
  switches = 0;
  readonly served: BusDevices & { readonly bus: string };

  constructor(clock: VirtualClock, { switched, readMsMin }: SimulatedDevicesOptions) {
    const { channels } = this.#devices;
    this.#clock = clock;
    this.#switched = switched;
    this.#values = new Map(this.#devices.outputs.map((output) => [output.name, output.safeValue]));
    this.served = {
      ...this.#devices,
      channels: channels.map((channel) => ({ ...channel, periodMs: Math.max(channel.periodMs, readMsMin) })),
      bus: "house",
      read: (channel) => this.#read(channel),
      write: (output, value) => this.#write(output, value),
    };
  }

  advance(byMs: number): void {
    this.#devices.advance(byMs);
  }

  fail(forMs: number): void {
    this.#failsUntilMs = this.#clock.nowMs + forMs;
  }

  stick(output: string, forMs: number): void {
    this.#stuckUntilMs.set(output, this.#clock.nowMs + forMs);
  }

  flatten(forMs: number): void {
    this.#flatUntilMs = this.#clock.nowMs + forMs;
    this.#flat.clear();
  }

  unsafe(): readonly string[] {
    if (this.#clock.nowMs < this.#failsUntilMs + RECOVERY_MS) return [];
    const { outputs } = this.#devices;
    return outputs.filter(({ name, safeValue }) =>
      this.#values.get(name) !== safeValue && this.#clock.nowMs >= this.#stuckMs(name) + RECOVERY_MS
    ).map(({ name }) => name);
  }

  state(): HouseState {
    return this.#devices.state();
  }

  get #fails(): boolean {
    return this.#clock.nowMs < this.#failsUntilMs;
  }

  #stuckMs(output: string): number {
    return this.#stuckUntilMs.get(output) ?? -RECOVERY_MS;
  }

  #read(channel: string): ReturnType<BusDevices["read"]> {
    if (!this.#fails) {
      return this.#clock.nowMs < this.#flatUntilMs ? this.#flatRead(channel) : this.#devices.read(channel);
    }
    return { kind: "fault", device: channel, code: "ETIMEDOUT", message: "the device does not answer" };
  }

  #flatRead(channel: string): ReturnType<BusDevices["read"]> {
    if (!this.#flat.has(channel)) this.#flat.set(channel, this.#devices.read(channel));
    return this.#flat.get(channel);
  }

  #write(output: string, value: number): ReturnType<BusDevices["write"]> {
    if (this.#fails) return { kind: "failed", code: "EIO" };
    if (this.#clock.nowMs < this.#stuckMs(output)) return { kind: "written", readBack: this.#values.get(output) ?? 0 };
    const outcome = this.#devices.write(output, value);
    if (outcome.kind === "written" && this.#values.get(output) !== value) {
      this.#values.set(output, value);
      this.switches++;
      this.#switched(output, value);
    }
    return outcome;
  }
}
