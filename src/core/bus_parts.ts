/**
 * What one bus of a Linux board is made of: plain data that the plan takes from the layout and hands to the bus worker,
 * and to `hearth guard`. One chip or one adapter is one bus, with one owner.
 */

/** A line of a GPIO chip: by its offset on the chip, or by the name that the kernel gives it, for example "GPIO17". */
export type GpioLine = { readonly offset: number } | { readonly name: string };

/** Electrical pull of a line. */
export type GpioBias = "as_is" | "disabled" | "pull_up" | "pull_down";

/** One output line: value 1 is energized. */
export interface GpioOutputSpec {
  /** Node name of the actuator in the layout. */
  readonly name: string;
  readonly line: GpioLine;
  /** Whether a low level energizes. */
  readonly isActiveLow: boolean;
  readonly bias: GpioBias;
  /** 0 or 1: what is written when nobody holds the lease. */
  readonly safeValue: number;
  /** Shortest time between two switches, in ms; 0 for none. */
  readonly holdMsMin: number;
}

/** One input line, read at a period as 0 or 1. */
export interface GpioInputSpec {
  /** Channel name in the layout. */
  readonly channel: string;
  readonly line: GpioLine;
  readonly isActiveLow: boolean;
  readonly bias: GpioBias;
  readonly periodMs: number;
}

/** A GPIO character device. */
export interface GpioBusSpec {
  readonly kind: "gpio";
  /** Path ("/dev/gpiochip0"), or label of the chip ("pinctrl-bcm2835"): numbers of chips differ by machine and kernel. */
  readonly chip: string;
  readonly outputs: readonly GpioOutputSpec[];
  readonly inputs: readonly GpioInputSpec[];
}

/** One temperature sensor of the TMP105 family, read in °C × 1000. */
export interface Tmp105Spec {
  readonly kind: "tmp105";
  /** Channel name in the layout. */
  readonly channel: string;
  /** 7-bit address, 0x08 to 0x77. */
  readonly address: number;
  readonly periodMs: number;
}

/** An adapter of i2c-dev. */
export interface I2cBusSpec {
  readonly kind: "i2c";
  /** For example "/dev/i2c-1". */
  readonly path: string;
  readonly sensors: readonly Tmp105Spec[];
}

/** Any bus of a Linux board. */
export type BusSpec = GpioBusSpec | I2cBusSpec;

/** What the plan hands to a bus worker. */
export interface BusInit {
  /** Full path of the C library: the one file of its `ffi` grant. */
  readonly libcPath: string;
  readonly spec: BusSpec;
}

/** A file descriptor that a bus worker holds, told to the launcher: fds are process-wide and outlive their worker. */
export interface OpenFd {
  readonly fd: number;
  /** Name of the output, or "" for what needs no safe state (chips, inputs, adapters). */
  readonly label: string;
}
