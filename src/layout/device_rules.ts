import { MAKE_MODEL_CAC_IDS } from "../protocol/mod.ts";
import { type Findings, type JsonPath, shown } from "./problem.ts";
import type { Placed, Sections } from "./sections.ts";

type Component = Placed<Sections["components"]["items"][number]["value"]>;
type Cac = Sections["cacs"]["items"][number];

/** Inputs of one ADS1115. */
const TERMINALS_A_CHIP = 4;
/** Volts that an open input may show. Source: spec/layout.md §8. */
const OPEN_VOLTAGE = { min: 4.5, max: 5.5 } as const;
/** Relays of one board of the multiplexer. */
const RELAYS_A_BOARD = 16;
/** Outputs of the two 0-10 V boards, and their volts × 100 as the layout counts them. */
const OUTPUT_IDX_MAX = 4;
const INITIAL_VOLTS_MAX = 100;
const DAC_ADDRESSES = [94, 95];
const PORT_MAX = 65_535;

/** Ranges of what a device of each type can do. Source: V12, S3, S4, S9 and the ranges of spec/layout.md §15. */
const RULES: Readonly<Record<string, (component: Component, cac: Cac | undefined, found: Findings) => void>> = {
  "ads111x.based.component.gt": checkAds,
  "electric.meter.component.gt": checkMeter,
  "i2c.multichannel.dt.relay.component.gt": checkRelayBoards,
  "dfr.component.gt": checkDac,
  "pico.flow.module.component.gt": checkFlow,
  "pico.tank.module.component.gt": checkTank,
  "sim.pico.tank.module.component.gt": checkTank,
};

/** Each device is used as its kind allows. */
export function checkDevices({ components, cacs }: Sections, found: Findings): void {
  const byId = new Map(cacs.items.map((cac) => [cac.value.ComponentAttributeClassId, cac]));
  for (const component of components.items) {
    const { TypeName, ComponentAttributeClassId } = component.value;
    if (Object.hasOwn(RULES, TypeName)) RULES[TypeName]?.(component, byId.get(ComponentAttributeClassId), found);
  }
  checkPicos(components, found);
}

/** A pico's hardware id is its name in the network. Source: the start of the reference's PicoCycler. */
function checkPicos({ items }: Sections["components"], found: Findings): void {
  const seen = new Set<unknown>();
  for (const { path, value } of items) {
    for (const key of ["HwUid", "PicoHwUid", "PicoAHwUid", "PicoBHwUid"]) {
      const id = value[key];
      if (typeof id !== "string" || !id.startsWith("pico_")) continue;
      if (seen.has(id)) found.error([...path, key], "a pico that is there once", `"${id}" again`);
      seen.add(id);
    }
  }
}

interface Range {
  readonly min: number;
  readonly max: number;
}

function within(
  path: JsonPath,
  value: unknown,
  { range: { min, max }, found }: { range: Range; found: Findings },
): void {
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return;
  found.error(path, `an integer from ${min} to ${max}`, shown(value));
}

function checkAds({ path, value }: Component, cac: Cac | undefined, found: Findings): void {
  const terminals = cac?.value["TotalTerminalBlocks"];
  const addresses = cac?.value["AdsI2cAddressList"];
  if (cac === undefined || typeof terminals !== "number" || !Array.isArray(addresses)) return;
  const chips = addresses.length;
  if (new Set(addresses).size < chips) {
    found.error([...cac.path, "AdsI2cAddressList"], "each address once", shown(addresses));
  }
  if (terminals <= TERMINALS_A_CHIP * (chips - 1) || terminals > TERMINALS_A_CHIP * chips) {
    const wanted = `${TERMINALS_A_CHIP * (chips - 1) + 1} to ${TERMINALS_A_CHIP * chips}, as there are ${chips} chips`;
    found.error([...cac.path, "TotalTerminalBlocks"], wanted, shown(terminals));
  }
  for (const [index, config] of value.ConfigList.entries()) {
    const at = [...path, "ConfigList", index, "TerminalBlockIdx"];
    within(at, config["TerminalBlockIdx"], { range: { min: 1, max: terminals }, found });
  }
  checkOpenVoltages({ path: [...path, "OpenVoltageByAds"], volts: value["OpenVoltageByAds"], chips }, found);
}

function checkOpenVoltages(
  { path, volts, chips }: { readonly path: JsonPath; readonly volts: unknown; readonly chips: number },
  found: Findings,
): void {
  const { min, max } = OPEN_VOLTAGE;
  if (!Array.isArray(volts) || volts.length !== chips) {
    return found.error(path, `${chips} numbers, one a chip`, shown(volts));
  }
  for (const [index, volt] of volts.entries()) {
    if (!(typeof volt === "number" && volt >= min && volt <= max)) {
      found.error([...path, index], `${min} to ${max} V`, shown(volt));
    }
  }
}

function checkMeter({ path, value }: Component, cac: Cac | undefined, found: Findings): void {
  const host = value["ModbusHost"] ?? undefined;
  const port = value["ModbusPort"] ?? undefined;
  if (port !== undefined) within([...path, "ModbusPort"], port, { range: { min: 1, max: PORT_MAX }, found });
  if ((host === undefined) !== (port === undefined)) {
    const missing = host === undefined ? "ModbusHost" : "ModbusPort";
    found.error(
      [...path, missing],
      `a value, as ${host === undefined ? "ModbusPort" : "ModbusHost"} has one`,
      "nothing",
    );
  }
  const isEgauge = cac?.value.ComponentAttributeClassId === MAKE_MODEL_CAC_IDS["EGAUGE__4030"];
  const registers = value.ConfigList.map((config) => config["EgaugeRegisterConfig"] ?? undefined);
  const needed = isEgauge || registers.some((register) => register !== undefined);
  if (needed && host === undefined && port === undefined) {
    found.error([...path, "ModbusHost"], "a host, as the meter is read by Modbus", "nothing");
  }
  for (const [index, register] of registers.entries()) {
    const at = [...path, "ConfigList", index, "EgaugeRegisterConfig"];
    if (needed && register === undefined) found.error(at, "a register, as the meter has some", "nothing");
  }
  checkRegisters(path, registers, found);
}

/** What the meter's driver can read, each register once. Source: the start of the reference's PowerMeter. */
function checkRegisters(path: JsonPath, registers: readonly unknown[], found: Findings): void {
  const used = new Set<unknown>();
  for (const [index, register] of registers.entries()) {
    if (typeof register !== "object" || register === null) continue;
    const at = [...path, "ConfigList", index, "EgaugeRegisterConfig"];
    const fields = register as Readonly<Record<string, unknown>>;
    for (const [key, wanted] of [["Type", "f32"], ["Denominator", 1], ["Unit", "W"]] as const) {
      if (fields[key] !== wanted) found.error([...at, key], JSON.stringify(wanted), shown(fields[key]));
    }
    const address = fields["Address"];
    if (used.has(address)) found.error([...at, "Address"], "an address that is used once", `${shown(address)} again`);
    used.add(address);
  }
}

function checkRelayBoards({ path, value }: Component, _cac: Cac | undefined, found: Findings): void {
  const boards = value["I2cAddressList"];
  const max = RELAYS_A_BOARD * (Array.isArray(boards) ? boards.length : 1);
  for (const [index, config] of value.ConfigList.entries()) {
    within([...path, "ConfigList", index, "RelayIdx"], config["RelayIdx"], { range: { min: 1, max }, found });
  }
}

function checkDac({ path, value }: Component, _cac: Cac | undefined, found: Findings): void {
  const addresses = value["I2cAddressList"];
  if (JSON.stringify(addresses) !== JSON.stringify(DAC_ADDRESSES)) {
    found.error([...path, "I2cAddressList"], `[${DAC_ADDRESSES.join(", ")}]`, shown(addresses));
  }
  for (const [index, config] of value.ConfigList.entries()) {
    const at = [...path, "ConfigList", index];
    within([...at, "OutputIdx"], config["OutputIdx"], { range: { min: 1, max: OUTPUT_IDX_MAX }, found });
    const range = { min: 0, max: INITIAL_VOLTS_MAX };
    within([...at, "InitialVoltsTimes100"], config["InitialVoltsTimes100"], { range, found });
  }
}

function checkFlow({ path, value }: Component, _cac: Cac | undefined, found: Findings): void {
  const gallons = value["ConstantGallonsPerTick"];
  if (!(typeof gallons === "number" && gallons > 0)) {
    found.error([...path, "ConstantGallonsPerTick"], "more than 0", shown(gallons));
  }
  const alpha = value["ExpAlpha"] ?? undefined;
  if (alpha !== undefined && !(typeof alpha === "number" && alpha > 0 && alpha <= 1)) {
    found.error([...path, "ExpAlpha"], "more than 0, at most 1", shown(alpha));
  }
  const method = value["HzCalcMethod"];
  for (const [calc, key] of [["BasicExpWeightedAvg", "ExpAlpha"], ["BasicButterWorth", "CutoffFrequency"]] as const) {
    if (method === calc && typeof value[key] !== "number") {
      found.error([...path, key], `a number, as HzCalcMethod is ${calc}`, shown(value[key]));
    }
  }
}

/** Source: S9. */
function checkTank({ path, value }: Component, _cac: Cac | undefined, found: Findings): void {
  const order = value["SensorOrder"] ?? undefined;
  if (
    order === undefined ||
    (Array.isArray(order) && order.length === 3 && [1, 2, 3].every((sensor) => order.includes(sensor)))
  ) {
    return;
  }
  found.error([...path, "SensorOrder"], "1, 2 and 3 in some order", shown(order));
}
