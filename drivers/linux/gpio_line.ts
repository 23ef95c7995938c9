import type { GpioBias, GpioLine } from "../../src/core/bus_parts.ts";
import { decodeLineFd, decodeLineValue, GPIO_ABI, lineRequestArgument, lineValueArgument } from "./gpio_abi.ts";
import { findLine, lineInfo } from "./gpio_chip.ts";
import type { Kernel, KernelFailure, KernelResult } from "./kernel.ts";

/** What a line is wanted for. `initial` (0 or 1, the logical level) makes it an output, undefined an input. */
export interface LineWish {
  readonly line: GpioLine;
  readonly isActiveLow: boolean;
  readonly bias: GpioBias;
  readonly initial: number | undefined;
}

/** The fd of a line, or why it cannot be had; `consumer` holds a line that is busy ("" if the kernel names nobody). */
export type LineResult =
  | { readonly kind: "ok"; readonly fd: number }
  | (KernelFailure & { readonly consumer?: string });

/** Name under which the kernel shows our lines. */
export const GPIO_CONSUMER = "hearth";

/**
 * Requests one line of an open chip, an output with its first level in the same call, so that it never glitches. The
 * line's fd outlives the chip's.
 */
export function requestLine(kernel: Kernel, chipFd: number, wish: LineWish): LineResult {
  const found = findLine(kernel, chipFd, wish.line);
  if (found.kind === "failed") return found;
  const offset = found.value;
  const { isActiveLow, bias, initial } = wish;
  const struct = lineRequestArgument({ offset, consumer: GPIO_CONSUMER, isActiveLow, bias, initial });
  const result = kernel.ioctl(chipFd, GPIO_ABI.GPIO_V2_GET_LINE_IOCTL, struct);
  if (result.kind === "ok") return { kind: "ok", fd: decodeLineFd(struct) };
  if (result.code !== "EBUSY") return result;
  const asked = lineInfo(kernel, chipFd, offset);
  return { ...result, consumer: asked.kind === "ok" ? asked.info.consumer : "" };
}

/** Sets the logical level of an output. @param value 0 or 1. */
export function setLine(kernel: Kernel, fd: number, value: number): KernelResult {
  return kernel.ioctl(fd, GPIO_ABI.GPIO_V2_LINE_SET_VALUES_IOCTL, lineValueArgument(value));
}

/** Reads the logical level of a line, output or input: 0 or 1. */
export function getLine(kernel: Kernel, fd: number): KernelResult {
  const struct = lineValueArgument(0);
  const result = kernel.ioctl(fd, GPIO_ABI.GPIO_V2_LINE_GET_VALUES_IOCTL, struct);
  return result.kind === "failed" ? result : { kind: "ok", value: decodeLineValue(struct) };
}
