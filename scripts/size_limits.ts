/** Sizes as data: limits, what they do not hold for, and exceptions with their reasons. */

/** Lines at which a file is named as long, and at which it fails. */
export const FILE_LINES_LOOK = 300;
export const FILE_LINES_STOP = 400;
/** For tests, tables and wire types. */
export const LARGE_FILE_LINES_STOP = 700;
/** Lines of a function from its head to its closing brace: named, and failing above. */
export const FUNCTION_LINES_LOOK = 60;
export const FUNCTION_LINES_STOP = 70;
/** The median of `src` and `drivers` that the project aims at; printed, not enforced. */
export const FILE_LINES_MEDIAN_AIM = 100;

/** Files that hold long lists by nature. */
export const LARGE_FILES = /_test\.ts$|^tests\/|^src\/protocol\/types\/|_table\.ts$|^scripts\/layers\.ts$/;

/** An exception: a file, or a function as "file#name", the lines it may have, and why. */
export interface SizeException {
  readonly name: string;
  readonly lines: number;
  readonly reason: string;
}

/** All exceptions. One that is no longer needed fails the check. */
export const SIZE_EXCEPTIONS: readonly SizeException[] = [
  {
    name: "drivers/devices/gpio_bus.ts#gpioBus",
    lines: 78,
    reason: "one bus over one kernel: its functions share the held lines, as the methods of a class would",
  },
  {
    name: "drivers/linux/libc.ts#libcKernel",
    lines: 74,
    reason: "one row for each call of the C library, which share the errno that must be read before anything else runs",
  },
];
