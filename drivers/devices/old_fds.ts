import type { BusSpec, OpenFd } from "../../src/core/bus_parts.ts";
import { chipInfo, funcsArgument, getLine, I2C_ABI, type Kernel, type KernelResult, setLine } from "../linux/mod.ts";

/** What files, sockets and closed fds say to a request that is not for them. */
const FOREIGN_CODES: ReadonlySet<string> = new Set(["ENOTTY", "EBADF", "EINVAL", "ENOSYS", "EOPNOTSUPP"]);

/**
 * Takes over what a dead predecessor left open: first every output is set to its safe value through its old fd, then all
 * are closed. An fd that no longer is of this bus (its number was given away in the moment of the death) is left alone.
 *
 * @param onClosed Told of each fd that is out of the account, closed or not ours.
 */
export function releaseOldFds(
  spec: BusSpec,
  kernel: Kernel,
  handOver: { readonly old: readonly OpenFd[]; onClosed(fd: OpenFd): void },
): void {
  const asked = handOver.old.map((old) => ({ old, isOurs: isOurs(makeSafeThrough(old, spec, kernel)) }));
  for (const { old, isOurs } of asked) {
    if (isOurs) kernel.close(old.fd);
    handOver.onClosed(old);
  }
}

function makeSafeThrough(old: OpenFd, spec: BusSpec, kernel: Kernel): KernelResult {
  if (spec.kind === "i2c") return kernel.ioctl(old.fd, I2C_ABI.I2C_FUNCS, funcsArgument());
  const output = spec.outputs.find(({ name }) => name === old.label);
  if (output !== undefined) return setLine(kernel, old.fd, output.safeValue);
  const line = getLine(kernel, old.fd);
  if (isOurs(line)) return line;
  const chip = chipInfo(kernel, old.fd);
  return chip.kind === "ok" ? { kind: "ok", value: 0 } : chip;
}

function isOurs(result: KernelResult): boolean {
  return result.kind === "ok" || !FOREIGN_CODES.has(result.code);
}
