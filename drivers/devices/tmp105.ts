import { type I2cChip, type Kernel, type KernelFailure, readRegister, writeRegister } from "../linux/mod.ts";

const TEMPERATURE_REGISTER = 0;
const CONFIG_REGISTER = 1;
/** R1 and R0: 12-bit conversions, 0.0625 °C a bit. Everything else off: no shutdown, no alert. */
const CONFIG_12_BIT = 0x60;
/** Resolution bits and shutdown: what must be as we set it. */
const CONFIG_MASK = 0x61;
const TEMPERATURE_COUNTS_PER_C = 16;

/** One reading in °C × 1000; "converting" while the sensor has no 12-bit value yet; or why there is none. */
export type Tmp105Result =
  | { readonly kind: "ok"; readonly milliC: number }
  | { readonly kind: "converting" }
  | KernelFailure;

/**
 * Converts the two bytes of the temperature register to °C × 1000, rounded to an integer.
 *
 * @returns Undefined if the low four bits are not zero, as they are on a bus that floats.
 *
 * Source: TI TMP105 datasheet SBOS648, temperature register.
 */
export function tmp105MilliC(high: number, low: number): number | undefined {
  if ((low & 0x0f) !== 0) return undefined;
  const counts = ((high << 24) | (low << 16)) >> 20;
  return Math.round((counts * 1_000) / TEMPERATURE_COUNTS_PER_C);
}

/**
 * Reads a sensor. Looks at its configuration each time: after a power dip it is back at 9 bits, and shows 0 °C until its
 * first conversion (at most 320 ms) is over.
 */
export function readTmp105(kernel: Kernel, chip: I2cChip): Tmp105Result {
  const config = readRegister(kernel, chip, { number: CONFIG_REGISTER, byteCount: 1 });
  if (config.kind === "failed") return config;
  if ((config.data[0]! & CONFIG_MASK) !== CONFIG_12_BIT) {
    const refused = writeRegister(kernel, chip, { number: CONFIG_REGISTER, content: [CONFIG_12_BIT] });
    return refused ?? { kind: "converting" };
  }
  const temperature = readRegister(kernel, chip, { number: TEMPERATURE_REGISTER, byteCount: 2 });
  if (temperature.kind === "failed") return temperature;
  const milliC = tmp105MilliC(temperature.data[0]!, temperature.data[1]!);
  return milliC === undefined ? { kind: "failed", code: "EPROTO" } : { kind: "ok", milliC };
}
