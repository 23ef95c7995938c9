import type { BusDevices } from "../core/bus_devices.ts";
import type { InputSpec, OutputSpec } from "../core/device.ts";
import { type HouseInputs, type HouseOutputs, type HouseState, initialHouse, stepHouse } from "./house.ts";

const DAY_MS = 86_400_000;
const READ_PERIOD_MS = 1_000;
const SLOW_READ_PERIOD_MS = 5_000;

/** Outputs of the simulated house; safe is 0: the house's own thermostats rule. */
export const HOUSE_OUTPUTS: readonly OutputSpec[] = [
  { name: "relay1", safeValue: 0, holdMsMin: 10_000 },
  { name: "relay2", safeValue: 0, holdMsMin: 2_000 },
  { name: "relay3", safeValue: 0, holdMsMin: 2_000 },
  { name: "relay4", safeValue: 0, holdMsMin: 2_000 },
];

const READERS: Readonly<Record<string, (state: HouseState) => number>> = {
  "hp-odu-pwr": (state) => state.compressorW,
  "dist-pump-pwr": (state) => state.pumpW,
  "tank1-depth1": (state) => (state.layersC[0] ?? 0) * 1_000,
  "tank1-depth2": (state) => (state.layersC[1] ?? 0) * 1_000,
  "tank1-depth3": (state) => (state.layersC[3] ?? 0) * 1_000,
  "hp-lwt": (state) => state.leavingC * 1_000,
  "zone1-main-temp": (state) => state.zoneC * 1_000,
  "oat": (state) => state.outdoorC * 1_000,
};

/** Channels of the simulated house: power in W, temperatures in °C × 1000. */
export const HOUSE_CHANNELS: readonly InputSpec[] = Object.keys(READERS).map((channel) => ({
  channel,
  periodMs: channel.endsWith("-pwr") ? READ_PERIOD_MS : SLOW_READ_PERIOD_MS,
}));

/** The simulated house behind the device port of a bus. */
export interface HouseDevices extends BusDevices {
  /** @returns The value in the channel's telemetry unit, an integer; undefined when it has none. */
  read(channel: string): number | undefined;
  /** Advances the physics. @param dtMs House time, more than 0. */
  advance(dtMs: number): void;
  state(): HouseState;
}

/** What a simulated house starts from. */
export interface HouseOptions {
  /** Time since local midnight in ms at the start; @default 0 */
  readonly startMs?: number;
  readonly zoneC?: number;
  readonly tankC?: number;
  /** A fixed outdoor temperature in °C instead of the trace. */
  readonly outdoorC?: number;
}

/** Makes a simulated house with every output at its safe value. */
export function houseDevices(options: HouseOptions = {}): HouseDevices {
  let state = initialHouse((options.startMs ?? 0) % DAY_MS, options.zoneC, options.tankC);
  let outputs: HouseOutputs = { relay1: 0, relay2: 0, relay3: 0, relay4: 0 };
  const fixed: Pick<HouseInputs, "outdoorC"> = options.outdoorC === undefined ? {} : { outdoorC: options.outdoorC };
  return {
    outputs: HOUSE_OUTPUTS,
    channels: HOUSE_CHANNELS,
    write(output, value) {
      if (!(output in outputs)) return { kind: "failed", code: "ENODEV" };
      const position = value === 0 ? 0 : 1;
      outputs = { ...outputs, [output]: position };
      return { kind: "written", readBack: position };
    },
    read(channel) {
      const reader = READERS[channel];
      return reader === undefined ? undefined : Math.round(reader(state));
    },
    advance(dtMs) {
      state = stepHouse(state, { outputs, ...fixed }, dtMs);
    },
    state: () => state,
  };
}
