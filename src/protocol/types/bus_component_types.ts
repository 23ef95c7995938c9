import * as z from "zod";
import { ChannelConfig, ComponentGt, RelayActorConfig } from "./layout_types.ts";

/*
 * Devices that Hearth drives on a Linux board. Type names of relays and digital inputs on native GPIO are those of the
 * reference's branch for the GW108 board; their fields, and the type of the TMP105, are Hearth's own.
 */

/** Longest name of a GPIO chip's label or line, in characters. Source: linux/gpio.h, GPIO_MAX_NAME_SIZE without its end. */
const GPIO_NAME_CHARS_MAX = 31;
/** Longest hold time that a layout may ask for, in ms. */
const HOLD_MS_MAX = 3_600_000;

const gpioChip = z.string().max(GPIO_NAME_CHARS_MAX).regex(
  /^(?:\/dev\/gpiochip[0-9]+|[A-Za-z0-9][A-Za-z0-9._:-]*)$/,
  'wanted a path like "/dev/gpiochip0", or the label of a chip like "pinctrl-bcm2711"',
);
const lineFields = {
  GpioLine: z.int().min(0).max(1_023).nullish(),
  GpioLineName: z.string().min(1).max(GPIO_NAME_CHARS_MAX).nullish(),
  ActiveLow: z.boolean(),
  Bias: z.enum(["AsIs", "Disabled", "PullUp", "PullDown"]).default("AsIs"),
};

interface LineFields {
  readonly GpioLine?: number | null | undefined;
  readonly GpioLineName?: string | null | undefined;
}

function isOneLine({ GpioLine, GpioLineName }: LineFields): boolean {
  return (typeof GpioLine === "number") !== (typeof GpioLineName === "string");
}

const ONE_LINE = "wanted either GpioLine (an offset) or GpioLineName";

/**
 * One relay on a line of a GPIO chip. The line is `GpioLine`, its offset on the chip from 0, or `GpioLineName`, the
 * kernel's name; `ActiveLow` says that a low level energizes; `SafeValue`, 0 or 1 (energized), is written when nobody
 * holds the lease; `HoldTimeMs` is the shortest time between two switches, in ms.
 */
export const GpioRelayConfig = z.looseObject({
  ...RelayActorConfig.shape,
  ...lineFields,
  SafeValue: z.number().refine((value) => value === 0 || value === 1, "wanted 0 or 1"),
  HoldTimeMs: z.int().min(0).max(HOLD_MS_MAX).default(0),
}).refine(isOneLine, ONE_LINE);

/** Relays on native GPIO. `GpioChip` is the path of the chip, or its label: numbers of chips differ by machine. */
export const GpioRelayComponentGt = z.looseObject({
  ...ComponentGt.shape,
  GpioChip: gpioChip,
  ConfigList: z.array(GpioRelayConfig).min(1),
});

/** One digital input on a line of a GPIO chip, read each `PollPeriodMs` ms as 0 or 1. @see GpioRelayConfig */
export const GpioSensorConfig = z.looseObject({
  ...ChannelConfig.shape,
  ...lineFields,
  PollPeriodMs: z.int().min(100).max(HOLD_MS_MAX),
}).refine(isOneLine, ONE_LINE);

/** Digital inputs on native GPIO. */
export const GpioSensorComponentGt = z.looseObject({
  ...ComponentGt.shape,
  GpioChip: gpioChip,
  ConfigList: z.array(GpioSensorConfig).min(1),
});

/** One temperature sensor of the TMP105 family: 7-bit address, read each `PollPeriodMs` ms in °C × 1000. */
export const Tmp105ChannelConfig = z.looseObject({
  ...ChannelConfig.shape,
  I2cAddress: z.int().min(0x08).max(0x77),
  PollPeriodMs: z.int().min(100).max(HOLD_MS_MAX),
  Exponent: z.literal(3),
  Unit: z.literal("Celcius"),
});

/** Temperature sensors of the TMP105 family on one adapter. */
export const Tmp105ReaderComponentGt = z.looseObject({
  ...ComponentGt.shape,
  I2cBus: z.string().regex(/^\/dev\/i2c-[0-9]+$/, 'wanted a path like "/dev/i2c-1"'),
  ConfigList: z.array(Tmp105ChannelConfig).min(1),
});

/** Type names of the components above. */
export const BUS_COMPONENT_TYPES = {
  gpioRelay: "gw108.vdc.relay.component.gt",
  gpioSensor: "gw108.gpio.sensor.component.gt",
  tmp105: "i2c.tmp105.reader.component.gt",
} as const;

/** @see GpioRelayComponentGt */
export type GpioRelayComponentGt = z.infer<typeof GpioRelayComponentGt>;
/** @see GpioSensorComponentGt */
export type GpioSensorComponentGt = z.infer<typeof GpioSensorComponentGt>;
/** @see Tmp105ReaderComponentGt */
export type Tmp105ReaderComponentGt = z.infer<typeof Tmp105ReaderComponentGt>;
