import type { GpioLine } from "../../src/core/bus_parts.ts";
import {
  type ChipInfo,
  chipInfoArgument,
  decodeChipInfo,
  decodeLineInfo,
  GPIO_ABI,
  type LineInfo,
  lineInfoArgument,
} from "./gpio_abi.ts";
import type { Kernel, KernelFailure, KernelResult } from "./kernel.ts";

/** Highest number of a chip that is looked at, and most lines of a chip. */
const CHIPS_MAX = 64;
const LINES_MAX = 1_024;

/** A chip's own words, or the errno's name. */
export type ChipResult = { readonly kind: "ok"; readonly info: ChipInfo } | KernelFailure;

/** A line's own words, or the errno's name. */
export type LineInfoResult = { readonly kind: "ok"; readonly info: LineInfo } | KernelFailure;

/** Asks an open chip what it is; "ENOTTY" for what is no chip. */
export function chipInfo(kernel: Kernel, fd: number): ChipResult {
  const struct = chipInfoArgument();
  const result = kernel.ioctl(fd, GPIO_ABI.GPIO_GET_CHIPINFO_IOCTL, struct);
  return result.kind === "failed" ? result : { kind: "ok", info: decodeChipInfo(struct) };
}

/** Asks an open chip about one of its lines; "EINVAL" for a line that it has not. */
export function lineInfo(kernel: Kernel, fd: number, offset: number): LineInfoResult {
  const struct = lineInfoArgument(offset);
  const result = kernel.ioctl(fd, GPIO_ABI.GPIO_V2_GET_LINEINFO_IOCTL, struct);
  return result.kind === "failed" ? result : { kind: "ok", info: decodeLineInfo(struct) };
}

/**
 * Opens a chip by path ("/dev/gpiochip0") or by label ("pinctrl-bcm2835"): the value is its fd. A label that no chip has
 * fails with "ENOENT", or "EACCES" if a chip could not be looked at; one that several chips have with "ENOTUNIQ".
 */
export function openChip(kernel: Kernel, chip: string): KernelResult {
  if (chip.startsWith("/")) return openChipAt(kernel, chip);
  let found: { readonly fd: number; readonly name: string } | undefined;
  let missing: KernelFailure = { kind: "failed", code: "ENOENT" };
  for (let number = 0; number < CHIPS_MAX; number++) {
    const opened = kernel.open(`/dev/gpiochip${number}`, "read_write");
    if (opened.kind === "failed") {
      if (opened.code !== "ENOENT") missing = opened;
      continue;
    }
    const asked = chipInfo(kernel, opened.value);
    const isWanted = asked.kind === "ok" && asked.info.label === chip;
    // A link to the chip that was found, as boards have it for old numbers, is no second chip.
    const isSecond = isWanted && found !== undefined && found.name !== asked.info.name;
    if (isWanted && found === undefined) found = { fd: opened.value, name: asked.info.name };
    else kernel.close(opened.value);
    if (isSecond) return closeAnd(kernel, found!.fd, "ENOTUNIQ");
  }
  return found === undefined ? missing : { kind: "ok", value: found.fd };
}

function openChipAt(kernel: Kernel, path: string): KernelResult {
  const opened = kernel.open(path, "read_write");
  if (opened.kind === "failed") return opened;
  const asked = chipInfo(kernel, opened.value);
  return asked.kind === "ok" ? opened : closeAnd(kernel, opened.value, asked.code);
}

function closeAnd(kernel: Kernel, fd: number, code: string): KernelFailure {
  kernel.close(fd);
  return { kind: "failed", code };
}

/**
 * Finds the offset of a line. A name that no line of the chip has fails with "ENOENT", one that several have with
 * "ENOTUNIQ", an offset that the chip has not with "EINVAL".
 */
export function findLine(kernel: Kernel, fd: number, line: GpioLine): KernelResult {
  const chip = chipInfo(kernel, fd);
  if (chip.kind === "failed") return chip;
  const { lineCount } = chip.info;
  if ("offset" in line) {
    return line.offset < lineCount ? { kind: "ok", value: line.offset } : { kind: "failed", code: "EINVAL" };
  }
  let found: number | undefined;
  for (let offset = 0; offset < Math.min(lineCount, LINES_MAX); offset++) {
    const asked = lineInfo(kernel, fd, offset);
    if (asked.kind === "failed") return asked;
    if (asked.info.name !== line.name) continue;
    if (found !== undefined) return { kind: "failed", code: "ENOTUNIQ" };
    found = offset;
  }
  return found === undefined ? { kind: "failed", code: "ENOENT" } : { kind: "ok", value: found };
}
