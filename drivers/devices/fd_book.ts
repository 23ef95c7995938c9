import type { OpenFd } from "../../src/core/bus_parts.ts";
import type { Kernel } from "../linux/mod.ts";

/** Keeps account of the fds of one bus and tells each change. */
export interface FdBook {
  /** The kernel with `open` and `close` in the account, under the label "". Disposing it does nothing. */
  readonly kernel: Kernel;
  /** Takes an fd that an ioctl made into the account. @param label Name of the output, or "". */
  opened(fd: number, label: string): void;
  /** Closes what is left. */
  closeAll(): void;
}

/** Makes an empty account. */
export function fdBook(kernel: Kernel, onFd: (change: "opened" | "closed", fd: OpenFd) => void): FdBook {
  const labels = new Map<number, string>();
  function opened(fd: number, label: string): void {
    labels.set(fd, label);
    onFd("opened", { fd, label });
  }
  const tracked: Kernel = {
    open(path, mode) {
      const result = kernel.open(path, mode);
      if (result.kind === "ok") opened(result.value, "");
      return result;
    },
    close(fd) {
      const result = kernel.close(fd);
      const label = labels.get(fd);
      labels.delete(fd);
      if (label !== undefined) onFd("closed", { fd, label });
      return result;
    },
    ioctl: (fd, request, argument) => kernel.ioctl(fd, request, argument),
    ioctlNumber: (fd, request, argument) => kernel.ioctlNumber(fd, request, argument),
    ioctlNested: (fd, request, argument) => kernel.ioctlNested(fd, request, argument),
    read: (fd, into) => kernel.read(fd, into),
    write: (fd, from) => kernel.write(fd, from),
    poll: (fd, event, timeoutMs) => kernel.poll(fd, event, timeoutMs),
    [Symbol.dispose]() {},
  };
  return {
    kernel: tracked,
    opened,
    closeAll() {
      for (const fd of [...labels.keys()]) tracked.close(fd);
    },
  };
}
