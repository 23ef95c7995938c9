import { bytes } from "./bytes.ts";
import { I2C_ABI, transferArgument } from "./i2c_abi.ts";
import type { Bytes, Kernel, KernelFailure } from "./kernel.ts";

/** One chip on an adapter that is open. */
export interface I2cChip {
  /** Open fd of the adapter. */
  readonly fd: number;
  /** 7-bit address, 0x08 to 0x77. */
  readonly address: number;
}

/** Unit of I2C_TIMEOUT, in ms. Source: linux/i2c-dev.h. */
const I2C_TIMEOUT_UNIT_MS = 10;

/**
 * Bounds each transfer of an adapter: a clogged bus must not hold its worker for the second that is usual. The bound
 * holds for the adapter, whoever uses it. One that cannot be bounded keeps its own.
 *
 * @param timeoutMs Multiple of 10, more than 0.
 */
export function boundTransfers(kernel: Kernel, fd: number, timeoutMs: number): void {
  kernel.ioctlNumber(fd, I2C_ABI.I2C_TIMEOUT, timeoutMs / I2C_TIMEOUT_UNIT_MS);
}

/** Content of a register, or the errno's name: no answer is "ENXIO" or "EREMOTEIO", by adapter. */
export type RegisterResult = { readonly kind: "ok"; readonly data: Bytes } | KernelFailure;

/** Reads a register by a repeated start, which no other process can come between. @param register Number and bytes. */
export function readRegister(
  kernel: Kernel,
  chip: I2cChip,
  register: { readonly number: number; readonly byteCount: number },
): RegisterResult {
  const select = bytes(1);
  select[0] = register.number;
  const data = bytes(register.byteCount);
  const result = kernel.ioctlNested(
    chip.fd,
    I2C_ABI.I2C_RDWR,
    transferArgument([
      { address: chip.address, isRead: false, data: select },
      { address: chip.address, isRead: true, data },
    ]),
  );
  if (result.kind === "failed") return result;
  return result.value === 2 ? { kind: "ok", data } : { kind: "failed", code: "EIO" };
}

/** Writes a register. @returns Undefined when the chip took it. */
export function writeRegister(
  kernel: Kernel,
  chip: I2cChip,
  register: { readonly number: number; readonly content: readonly number[] },
): KernelFailure | undefined {
  const data = bytes(1 + register.content.length);
  data.set([register.number, ...register.content]);
  const message = { address: chip.address, isRead: false, data };
  const result = kernel.ioctlNested(chip.fd, I2C_ABI.I2C_RDWR, transferArgument([message]));
  if (result.kind === "failed") return result;
  return result.value === 1 ? undefined : { kind: "failed", code: "EIO" };
}
