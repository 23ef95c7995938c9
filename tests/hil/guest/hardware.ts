/** The simulated hardware of the guest, as the outside world sees and moves it: files of the kernel modules. */

/** A GPIO line of the layout and how it is wired. */
export interface Pin {
  /** Node name in the layout. */
  readonly relay: string;
  readonly offset: number;
  readonly isActiveLow: boolean;
}

/** The relays of `layout.json`. */
export const PINS = {
  relay1: { relay: "relay1", offset: 1, isActiveLow: false },
  relay2: { relay: "relay2", offset: 2, isActiveLow: false },
  relay3: { relay: "relay3", offset: 3, isActiveLow: false },
  relay4: { relay: "relay4", offset: 4, isActiveLow: false },
  relay5: { relay: "relay5", offset: 5, isActiveLow: true },
} as const satisfies Readonly<Record<string, Pin>>;

/** Line of the flow switch, an input. */
export const FLOW_SWITCH_OFFSET = 8;

/** Sensors of `layout.json`, by their address in hexadecimal digits. */
export const SENSORS = { tankTop: "48", tankBottom: "49", zone: "4a" } as const;

/** Where something can be made to hang. */
export const HANGS = {
  i2cTransfer: "/sys/module/hil_i2c/parameters/hang_transfer_ms",
  gpioGet: "/sys/module/hil_gpio_sim/parameters/hang_get_ms",
  gpioSet: "/sys/module/hil_gpio_sim/parameters/hang_set_ms",
} as const;

/** What the TMP105 shows for 1 °C: 16 counts, left aligned in 16 bits. */
const COUNTS_PER_C = 256;

function variable(name: string): string {
  const value = Deno.env.get(name);
  if (value === undefined) throw new Error(`Cannot find the simulated hardware as ${name} must be set: it is not`);
  return value;
}

/** Path of the simulated chip's device. */
export function chipPath(): string {
  return variable("HIL_CHIP");
}

/** Path of the simulated adapter's device. */
export function adapterPath(): string {
  return variable("HIL_I2C");
}

/** Level of a pin, 0 or 1, read from the simulated chip and not from whoever drives it. */
export function levelOf(offset: number): number {
  return Number(Deno.readTextFileSync(`${variable("HIL_PINS")}/sim_gpio${offset}/value`));
}

/** Whether the relay behind a pin is energized. */
export function isEnergized({ offset, isActiveLow }: Pin): boolean {
  return (levelOf(offset) === 1) !== isActiveLow;
}

/** The resistor on a line: what its level is while nobody drives it. */
export function pull(offset: number, level: 0 | 1): void {
  Deno.writeTextFileSync(`${variable("HIL_PINS")}/sim_gpio${offset}/pull`, level === 1 ? "pull-up" : "pull-down");
}

/** Resistors as a board has them: nothing is energized while nobody drives the lines. */
export function pullAllSafe(): void {
  for (const { offset, isActiveLow } of Object.values(PINS)) pull(offset, isActiveLow ? 1 : 0);
  pull(FLOW_SWITCH_OFFSET, 0);
}

/** Sets what a sensor measures. @param celsius A multiple of 1/16 °C from -128 to 127. */
export function setTemperature(address: string, celsius: number): void {
  const word = (Math.round(celsius * COUNTS_PER_C) & 0xfff0).toString(16);
  Deno.writeTextFileSync(`${variable("HIL_SENSOR")}/temperature_${address}`, `0x${word}`);
}

/** A warm house with a hot tank: nothing calls for heat. */
export function setWarmHouse(): void {
  setTemperature(SENSORS.tankTop, 55);
  setTemperature(SENSORS.tankBottom, 50);
  setTemperature(SENSORS.zone, 22);
}

/** Lets the next call that comes to `place` hang for `ms`. */
export function hangNext(place: string, ms: number): void {
  Deno.writeTextFileSync(place, `${ms}`);
}

/** Whether a call hangs that was asked for by `hangNext`, or has hung. */
export function hasHung(place: string): boolean {
  return Deno.readTextFileSync(place).trim() === "0";
}
