import type { BusSpec } from "../../src/core/bus_parts.ts";
import type { Kernel } from "../linux/mod.ts";
import type { BusFds, LinuxBus } from "./bus_port.ts";
import { fdBook } from "./fd_book.ts";
import { gpioBus } from "./gpio_bus.ts";
import { i2cBus } from "./i2c_bus.ts";
import { releaseOldFds } from "./old_fds.ts";

/**
 * Opens a bus: first writes the safe state through the old fds that have a label and closes them all, then requests each
 * line anew, one request a line, with its safe value as the first level. Never throws for what the kernel refuses: a
 * line that cannot be had is in `faults()`, the others work.
 */
export function linuxBus(spec: BusSpec, kernel: Kernel, fds: BusFds): LinuxBus {
  releaseOldFds(spec, kernel, { old: fds.old, onClosed: (fd) => fds.onFd("closed", fd) });
  const book = fdBook(kernel, (change, fd) => fds.onFd(change, fd));
  return spec.kind === "gpio" ? gpioBus(spec, book) : i2cBus(spec, book);
}
