import type { GpioBias } from "../../src/core/bus_parts.ts";
import { bytes, cText, putCText, viewOf } from "./bytes.ts";
import type { Bytes } from "./kernel.ts";

/**
 * Numbers of the GPIO character device v2 by the C expression that gives them; a test compiles each expression.
 *
 * Source: include/uapi/linux/gpio.h, the same on x86-64 and aarch64.
 */
export const GPIO_ABI = {
  GPIO_GET_CHIPINFO_IOCTL: 0x8044b401,
  GPIO_V2_GET_LINEINFO_IOCTL: 0xc100b405,
  GPIO_V2_GET_LINE_IOCTL: 0xc250b407,
  GPIO_V2_LINE_GET_VALUES_IOCTL: 0xc010b40e,
  GPIO_V2_LINE_SET_VALUES_IOCTL: 0xc010b40f,
  GPIO_MAX_NAME_SIZE: 32,
  GPIO_V2_LINES_MAX: 64,
  GPIO_V2_LINE_FLAG_USED: 0x1,
  GPIO_V2_LINE_FLAG_ACTIVE_LOW: 0x2,
  GPIO_V2_LINE_FLAG_INPUT: 0x4,
  GPIO_V2_LINE_FLAG_OUTPUT: 0x8,
  GPIO_V2_LINE_FLAG_BIAS_PULL_UP: 0x100,
  GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN: 0x200,
  GPIO_V2_LINE_FLAG_BIAS_DISABLED: 0x400,
  GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES: 2,
  "sizeof(struct gpiochip_info)": 68,
  "offsetof(struct gpiochip_info, name)": 0,
  "offsetof(struct gpiochip_info, label)": 32,
  "offsetof(struct gpiochip_info, lines)": 64,
  "sizeof(struct gpio_v2_line_info)": 256,
  "offsetof(struct gpio_v2_line_info, name)": 0,
  "offsetof(struct gpio_v2_line_info, consumer)": 32,
  "offsetof(struct gpio_v2_line_info, offset)": 64,
  "offsetof(struct gpio_v2_line_info, flags)": 72,
  "sizeof(struct gpio_v2_line_request)": 592,
  "offsetof(struct gpio_v2_line_request, offsets)": 0,
  "offsetof(struct gpio_v2_line_request, consumer)": 256,
  "offsetof(struct gpio_v2_line_request, config.flags)": 288,
  "offsetof(struct gpio_v2_line_request, config.num_attrs)": 296,
  "offsetof(struct gpio_v2_line_request, config.attrs[0].attr.id)": 320,
  "offsetof(struct gpio_v2_line_request, config.attrs[0].attr.values)": 328,
  "offsetof(struct gpio_v2_line_request, config.attrs[0].mask)": 336,
  "offsetof(struct gpio_v2_line_request, num_lines)": 560,
  "offsetof(struct gpio_v2_line_request, fd)": 588,
  "sizeof(struct gpio_v2_line_values)": 16,
  "offsetof(struct gpio_v2_line_values, bits)": 0,
  "offsetof(struct gpio_v2_line_values, mask)": 8,
} as const;

/** What a chip says of itself. */
export interface ChipInfo {
  readonly name: string;
  readonly label: string;
  readonly lineCount: number;
}

/** What a chip says of one line. `consumer` is "" while nobody holds the line. */
export interface LineInfo {
  readonly name: string;
  readonly consumer: string;
  readonly isUsed: boolean;
}

/** How one line is asked for. `initial` (0 or 1, the logical level) makes it an output, undefined an input. */
export interface LineRequest {
  readonly offset: number;
  readonly consumer: string;
  readonly isActiveLow: boolean;
  readonly bias: GpioBias;
  readonly initial: number | undefined;
}

const BIAS_FLAGS: Readonly<Record<GpioBias, number>> = {
  as_is: 0,
  disabled: GPIO_ABI.GPIO_V2_LINE_FLAG_BIAS_DISABLED,
  pull_up: GPIO_ABI.GPIO_V2_LINE_FLAG_BIAS_PULL_UP,
  pull_down: GPIO_ABI.GPIO_V2_LINE_FLAG_BIAS_PULL_DOWN,
};

/** Empty argument of GPIO_GET_CHIPINFO. */
export function chipInfoArgument(): Bytes {
  return bytes(GPIO_ABI["sizeof(struct gpiochip_info)"]);
}

/** Decodes struct gpiochip_info. */
export function decodeChipInfo(struct: Bytes): ChipInfo {
  return {
    name: nameAt(struct, GPIO_ABI["offsetof(struct gpiochip_info, name)"]),
    label: nameAt(struct, GPIO_ABI["offsetof(struct gpiochip_info, label)"]),
    lineCount: viewOf(struct).getUint32(GPIO_ABI["offsetof(struct gpiochip_info, lines)"], true),
  };
}

/** Argument of GPIO_V2_GET_LINEINFO. @param offset Line of the chip, from 0. */
export function lineInfoArgument(offset: number): Bytes {
  const struct = bytes(GPIO_ABI["sizeof(struct gpio_v2_line_info)"]);
  viewOf(struct).setUint32(GPIO_ABI["offsetof(struct gpio_v2_line_info, offset)"], offset, true);
  return struct;
}

/** Decodes struct gpio_v2_line_info. */
export function decodeLineInfo(struct: Bytes): LineInfo {
  const flags = viewOf(struct).getBigUint64(GPIO_ABI["offsetof(struct gpio_v2_line_info, flags)"], true);
  return {
    name: nameAt(struct, GPIO_ABI["offsetof(struct gpio_v2_line_info, name)"]),
    consumer: nameAt(struct, GPIO_ABI["offsetof(struct gpio_v2_line_info, consumer)"]),
    isUsed: (flags & BigInt(GPIO_ABI.GPIO_V2_LINE_FLAG_USED)) !== 0n,
  };
}

/** Argument of GPIO_V2_GET_LINE for one line. */
export function lineRequestArgument(request: LineRequest): Bytes {
  const struct = bytes(GPIO_ABI["sizeof(struct gpio_v2_line_request)"]);
  const view = viewOf(struct);
  view.setUint32(GPIO_ABI["offsetof(struct gpio_v2_line_request, offsets)"], request.offset, true);
  putCText(struct, request.consumer, {
    offset: GPIO_ABI["offsetof(struct gpio_v2_line_request, consumer)"],
    count: GPIO_ABI.GPIO_MAX_NAME_SIZE,
  });
  const direction = request.initial === undefined
    ? GPIO_ABI.GPIO_V2_LINE_FLAG_INPUT
    : GPIO_ABI.GPIO_V2_LINE_FLAG_OUTPUT;
  const activeLow = request.isActiveLow ? GPIO_ABI.GPIO_V2_LINE_FLAG_ACTIVE_LOW : 0;
  const flags = direction | activeLow | BIAS_FLAGS[request.bias];
  view.setBigUint64(GPIO_ABI["offsetof(struct gpio_v2_line_request, config.flags)"], BigInt(flags), true);
  view.setUint32(GPIO_ABI["offsetof(struct gpio_v2_line_request, num_lines)"], 1, true);
  if (request.initial !== undefined) putInitial(view, request.initial);
  return struct;
}

function putInitial(view: DataView, initial: number): void {
  const attribute = "offsetof(struct gpio_v2_line_request, config.attrs[0].attr.id)";
  view.setUint32(GPIO_ABI["offsetof(struct gpio_v2_line_request, config.num_attrs)"], 1, true);
  view.setUint32(GPIO_ABI[attribute], GPIO_ABI.GPIO_V2_LINE_ATTR_ID_OUTPUT_VALUES, true);
  const values = GPIO_ABI["offsetof(struct gpio_v2_line_request, config.attrs[0].attr.values)"];
  view.setBigUint64(values, BigInt(initial), true);
  view.setBigUint64(GPIO_ABI["offsetof(struct gpio_v2_line_request, config.attrs[0].mask)"], 1n, true);
}

/** The line's fd that GPIO_V2_GET_LINE put into its argument. */
export function decodeLineFd(struct: Bytes): number {
  return viewOf(struct).getInt32(GPIO_ABI["offsetof(struct gpio_v2_line_request, fd)"], true);
}

/** Argument of GPIO_V2_LINE_SET_VALUES and GET_VALUES for a request of one line. @param value 0 or 1. */
export function lineValueArgument(value: number): Bytes {
  const struct = bytes(GPIO_ABI["sizeof(struct gpio_v2_line_values)"]);
  viewOf(struct).setBigUint64(GPIO_ABI["offsetof(struct gpio_v2_line_values, bits)"], BigInt(value), true);
  viewOf(struct).setBigUint64(GPIO_ABI["offsetof(struct gpio_v2_line_values, mask)"], 1n, true);
  return struct;
}

/** The value (0 or 1) that GPIO_V2_LINE_GET_VALUES put into its argument. */
export function decodeLineValue(struct: Bytes): number {
  return Number(viewOf(struct).getBigUint64(GPIO_ABI["offsetof(struct gpio_v2_line_values, bits)"], true) & 1n);
}

function nameAt(struct: Bytes, offset: number): string {
  return cText(struct, offset, GPIO_ABI.GPIO_MAX_NAME_SIZE);
}
