import type {
  BusSpec,
  GpioBias,
  GpioBusSpec,
  GpioInputSpec,
  GpioLine,
  GpioOutputSpec,
  I2cBusSpec,
} from "../core/bus_parts.ts";
import * as gt from "../protocol/mod.ts";
import { locate } from "./positions.ts";
import { type Findings, findings, type JsonPath, type LayoutProblem, nameText } from "./problem.ts";
import { type JsonObject, parseAt } from "./sections.ts";

/** A component that nothing drives. */
export interface UndrivenComponent {
  /** Its display name, else its type. */
  readonly name: string;
  readonly typeName: string;
}

/** What a layout asks of the board it runs on. */
export interface LayoutBuses {
  /** One a chip or adapter, in the order of the file. */
  readonly buses: readonly BusSpec[];
  readonly undriven: readonly UndrivenComponent[];
  /** Buses are complete only when there is none. */
  readonly problems: readonly LayoutProblem[];
}

interface Found {
  readonly chips: Map<string, { outputs: GpioOutputSpec[]; inputs: GpioInputSpec[] }>;
  readonly adapters: Map<string, I2cBusSpec["sensors"][number][]>;
  /** What may be there once only: lines, names of outputs, channels, addresses. */
  readonly taken: Set<string>;
  readonly found: Findings;
}

const BIAS: Readonly<Record<"AsIs" | "Disabled" | "PullUp" | "PullDown", GpioBias>> = {
  AsIs: "as_is",
  Disabled: "disabled",
  PullUp: "pull_up",
  PullDown: "pull_down",
};

/** Reads the buses of a layout that loads. @param text JSON of the layout. @param file Its name in problems. */
export function layoutBuses(text: string, file: string): LayoutBuses {
  const state: Found = { chips: new Map(), adapters: new Map(), taken: new Set(), found: findings() };
  const undriven: UndrivenComponent[] = [];
  for (const { path, raw } of components(JSON.parse(text) as JsonObject)) {
    if (!readComponent(raw, path, state)) undriven.push(namesOf(raw));
  }
  const gpio = [...state.chips].map(([chip, lines]): GpioBusSpec => ({ kind: "gpio", chip, ...lines }));
  const i2c = [...state.adapters].map(([path, sensors]): I2cBusSpec => ({ kind: "i2c", path, sensors }));
  const { list } = state.found;
  return { buses: [...gpio, ...i2c], undriven, problems: list.length === 0 ? [] : locate(list, text, file) };
}

function components(top: JsonObject): { readonly path: JsonPath; readonly raw: JsonObject }[] {
  return Object.entries(top).filter(([key]) => key.endsWith("Components")).flatMap(([key, list]) =>
    (Array.isArray(list) ? list : []).map((raw: JsonObject, index) => ({ path: [key, index], raw }))
  );
}

function namesOf(raw: JsonObject): UndrivenComponent {
  const typeName = nameText(raw["TypeName"]);
  const name = raw["DisplayName"];
  return { name: typeof name === "string" ? name : typeName, typeName };
}

/** Whether a driver exists for this type; what is wrong with it becomes findings. */
function readComponent(raw: JsonObject, path: JsonPath, state: Found): boolean {
  const at = { path, found: state.found };
  switch (raw["TypeName"]) {
    case gt.BUS_COMPONENT_TYPES.gpioRelay: {
      const value = parseAt(gt.GpioRelayComponentGt, raw, at);
      if (value !== undefined) addRelays(value, path, state);
      return true;
    }
    case gt.BUS_COMPONENT_TYPES.gpioSensor: {
      const value = parseAt(gt.GpioSensorComponentGt, raw, at);
      if (value !== undefined) addInputs(value, path, state);
      return true;
    }
    case gt.BUS_COMPONENT_TYPES.tmp105: {
      const value = parseAt(gt.Tmp105ReaderComponentGt, raw, at);
      if (value !== undefined) addSensors(value, path, state);
      return true;
    }
    default:
      return false;
  }
}

function addRelays({ GpioChip: chip, ConfigList }: gt.GpioRelayComponentGt, path: JsonPath, state: Found): void {
  for (const [index, config] of ConfigList.entries()) {
    const at = [...path, "ConfigList", index];
    takeOnce(`output ${config.ActorName}`, [...at, "ActorName"], state);
    takeLine(chip, config, { path: at, state });
    chipOf(chip, state).outputs.push({
      name: config.ActorName,
      ...lineSpec(config),
      safeValue: config.SafeValue,
      holdMsMin: config.HoldTimeMs,
    });
  }
}

function addInputs({ GpioChip: chip, ConfigList }: gt.GpioSensorComponentGt, path: JsonPath, state: Found): void {
  for (const [index, config] of ConfigList.entries()) {
    const at = [...path, "ConfigList", index];
    takeOnce(`channel ${config.ChannelName}`, [...at, "ChannelName"], state);
    takeLine(chip, config, { path: at, state });
    chipOf(chip, state).inputs.push({
      channel: config.ChannelName,
      ...lineSpec(config),
      periodMs: config.PollPeriodMs,
    });
  }
}

function addSensors({ I2cBus: bus, ConfigList }: gt.Tmp105ReaderComponentGt, path: JsonPath, state: Found): void {
  for (const [index, config] of ConfigList.entries()) {
    const at = [...path, "ConfigList", index];
    takeOnce(`channel ${config.ChannelName}`, [...at, "ChannelName"], state);
    takeOnce(`address ${config.I2cAddress} of ${bus}`, [...at, "I2cAddress"], state);
    const sensors = state.adapters.get(bus) ?? [];
    state.adapters.set(bus, sensors);
    sensors.push({
      kind: "tmp105",
      channel: config.ChannelName,
      address: config.I2cAddress,
      periodMs: config.PollPeriodMs,
    });
  }
}

type LineConfig = gt.GpioRelayComponentGt["ConfigList"][number] | gt.GpioSensorComponentGt["ConfigList"][number];

function lineSpec(config: LineConfig): { line: GpioLine; isActiveLow: boolean; bias: GpioBias } {
  const line = typeof config.GpioLine === "number" ? { offset: config.GpioLine } : { name: config.GpioLineName ?? "" };
  return { line, isActiveLow: config.ActiveLow, bias: BIAS[config.Bias] };
}

function chipOf(chip: string, { chips }: Found): { outputs: GpioOutputSpec[]; inputs: GpioInputSpec[] } {
  const lines = chips.get(chip) ?? { outputs: [], inputs: [] };
  chips.set(chip, lines);
  return lines;
}

/** A line that is named here and counted there is seen by the kernel alone, which refuses the second request (EBUSY). */
function takeLine(chip: string, config: LineConfig, at: { readonly path: JsonPath; readonly state: Found }): void {
  const key = typeof config.GpioLine === "number" ? "GpioLine" : "GpioLineName";
  takeOnce(`line ${config[key]} of ${chip}`, [...at.path, key], at.state);
}

function takeOnce(what: string, path: JsonPath, { taken, found }: Found): void {
  if (taken.has(what)) found.error(path, "a value that is there once", `${what} again`);
  taken.add(what);
}
