import { EnvironmentError } from "../../src/core/errors.ts";
import { errnoName } from "./errno.ts";
import type { Bytes, Kernel, KernelFailure, KernelResult, NestedPointer } from "./kernel.ts";

/** Functions of libc, each with its C declaration. Addresses are plain numbers: a path-scoped grant knows no pointers. */
const SYMBOLS = {
  // A result that is read together with errno is no 64-bit integer: that would allocate, and a collection may set errno.
  open: { parameters: ["buffer", "i32", "u32"], result: "i32" }, // int open(const char *path, int flags, mode_t mode)
  close: { parameters: ["i32"], result: "i32" }, // int close(int fd)
  read: { parameters: ["i32", "buffer", "usize"], result: "i32" }, // ssize_t read(int fd, void *into, size_t count)
  write: { parameters: ["i32", "buffer", "usize"], result: "i32" }, // ssize_t write(int fd, const void *from, size_t count)
  poll: { parameters: ["buffer", "u64", "i32"], result: "i32" }, // int poll(struct pollfd *fds, nfds_t count, int timeout_ms)
  ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" }, // int ioctl(int fd, unsigned long request, ...)
  ioctl_number: { name: "ioctl", parameters: ["i32", "u64", "u64"], result: "i32" },
  errno_location: { name: "__errno_location", parameters: [], result: "u64" }, // int *__errno_location(void)
  copy_from: { name: "memcpy", parameters: ["buffer", "u64", "usize"], result: "void" }, // void *memcpy(void *to, const void *from, size_t count)
  address_of: { name: "memcpy", parameters: ["buffer", "buffer", "usize"], result: "u64" }, // memcpy of nothing: returns `to`
} as const satisfies Deno.ForeignLibraryInterface;

const OPEN_FLAGS = { read: 0, write: 1, read_write: 2 } as const;
const O_CLOEXEC = 0o2000000;
const POLL_FLAGS = { readable: 0x001, writable: 0x004 } as const;
const EINTR_RETRIES_MAX = 8;
/** Most bytes of one read or write: its count fits an i32. */
const TRANSFER_BYTES_MAX = 1_048_576;
const PATH_BYTES_MAX = 4_096;
const UTF8 = new TextEncoder();

/**
 * Opens libc, or what stands in for it in a test.
 *
 * @param path Full path of the library: exactly the one of the isolate's `ffi` grant.
 * @throws {EnvironmentError} "EDLOPEN" if the library cannot be opened or lacks a function.
 */
export function openLibc(path: string): Kernel {
  try {
    return libcKernel(Deno.dlopen(path, SYMBOLS));
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    throw new EnvironmentError(`Cannot open "${path}" as the C library: ${String(error)}`, "EDLOPEN", { cause: error });
  }
}

function libcKernel(library: Deno.DynamicLibrary<typeof SYMBOLS>): Kernel {
  const c = library.symbols;
  const errno = new Int32Array(new ArrayBuffer(4));
  const errnoBytes = new Uint8Array(errno.buffer);
  // Taken once: the address is the thread's, and asking at each failure would allocate between the call and the reading.
  const errnoAt = c.errno_location();
  let isOpen = true;

  function checkOpen(): void {
    if (!isOpen) throw new TypeError("Cannot call the C library as it must be open: it is closed");
  }
  function unwrap(value: number): KernelResult {
    if (value >= 0) return { kind: "ok", value };
    c.copy_from(errnoBytes, errnoAt, 4n);
    return { kind: "failed", code: errnoName(errno[0]!) };
  }
  function uninterrupted(call: () => number): KernelResult {
    checkOpen();
    for (let retries = 0;; retries++) {
      const result = unwrap(call());
      if (result.kind === "ok" || result.code !== "EINTR" || retries >= EINTR_RETRIES_MAX) return result;
    }
  }
  function putAddress({ holder, offset, target }: NestedPointer): void {
    // Asking for `buffer` also moves a small array out of the collector's heap, where its address would not last.
    if (target.buffer.byteLength === 0) {
      throw new RangeError("Cannot point to a buffer as it must not be empty: 0 bytes");
    }
    new DataView(holder.buffer, holder.byteOffset).setBigUint64(offset, c.address_of(target, target, 0n), true);
  }
  return {
    open(path, mode) {
      const bytes = UTF8.encode(path + "\0");
      if (bytes.indexOf(0) !== bytes.length - 1) return failed("EINVAL");
      if (bytes.length > PATH_BYTES_MAX) return failed("ENAMETOOLONG");
      return uninterrupted(() => c.open(bytes, OPEN_FLAGS[mode] | O_CLOEXEC, 0));
    },
    close(fd) {
      checkOpen();
      return unwrap(c.close(fd)); // never again after EINTR: Linux has closed the fd, and its number may be another's
    },
    ioctl(fd, request, argument) {
      checkOpen();
      return unwrap(c.ioctl(fd, BigInt(request), argument));
    },
    ioctlNumber(fd, request, argument) {
      checkOpen();
      return unwrap(c.ioctl_number(fd, BigInt(request), BigInt(argument)));
    },
    ioctlNested(fd, request, { root, pointers }) {
      checkOpen();
      pointers.forEach(putAddress);
      const result = unwrap(c.ioctl(fd, BigInt(request), root));
      keep(pointers);
      return result;
    },
    read: (fd, into) =>
      into.length === 0
        ? failed("EINVAL")
        : uninterrupted(() => c.read(fd, into, BigInt(Math.min(into.length, TRANSFER_BYTES_MAX)))),
    write: (fd, from) =>
      from.length === 0
        ? failed("EINVAL")
        : uninterrupted(() => c.write(fd, from, BigInt(Math.min(from.length, TRANSFER_BYTES_MAX)))),
    poll(fd, event, timeoutMs) {
      const entry = pollEntry(fd, POLL_FLAGS[event]);
      return uninterrupted(() => c.poll(entry, 1n, timeoutMs));
    },
    [Symbol.dispose]() {
      if (isOpen) library.close();
      isOpen = false;
    },
  };
}

function failed(code: string): KernelFailure {
  return { kind: "failed", code };
}

/** struct pollfd: int fd, short events, short revents. */
function pollEntry(fd: number, events: number): Bytes {
  const entry = new Uint8Array(new ArrayBuffer(8));
  const view = new DataView(entry.buffer);
  view.setInt32(0, fd, true);
  view.setInt16(4, events, true);
  return entry;
}

/** Holds the targets until the call is over: the kernel has only their addresses. */
function keep(pointers: readonly NestedPointer[]): void {
  for (const { target } of pointers) {
    if (target.length < 0) throw new TypeError("Cannot keep a buffer as it must be in memory");
  }
}
