/** What one call of the kernel gave: its return value, or the name of its errno ("EBUSY", "ENXIO", "E133" if unnamed). */
export type KernelResult =
  | { readonly kind: "ok"; readonly value: number }
  | { readonly kind: "failed"; readonly code: string };

/** Memory that crosses to C: never a view of shared memory, never empty (an empty array crosses as NULL). */
export type Bytes = Uint8Array<ArrayBuffer>;

/** One pointer inside the argument of an ioctl. */
export interface NestedPointer {
  /** Buffer that holds the pointer. */
  readonly holder: Bytes;
  /** Where in the holder the eight bytes of the address go. */
  readonly offset: number;
  /** Buffer that it points to. */
  readonly target: Bytes;
}

/** What `poll` waits for. */
export type PollEvent = "readable" | "writable";

/**
 * The part of Linux that drivers need, as synchronous calls. None throws for what the kernel refuses. A call blocks its
 * thread: only workers of a bus hold one.
 */
export interface Kernel extends Disposable {
  /** Opens with O_CLOEXEC; the value is the fd. */
  open(path: string, mode: "read" | "write" | "read_write"): KernelResult;
  close(fd: number): KernelResult;
  /** ioctl with a struct; what the kernel answers is written into `argument`. */
  ioctl(fd: number, request: number, argument: Bytes): KernelResult;
  /** ioctl with an integer. */
  ioctlNumber(fd: number, request: number, argument: number): KernelResult;
  /** ioctl with a struct that points to further buffers; each pointer's address is put in its holder before the call. */
  ioctlNested(fd: number, request: number, argument: {
    readonly root: Bytes;
    readonly pointers: readonly NestedPointer[];
  }): KernelResult;
  /** The value is the count of bytes read, 0 at the end. */
  read(fd: number, into: Bytes): KernelResult;
  /** The value is the count of bytes written, which may be fewer than given. */
  write(fd: number, from: Bytes): KernelResult;
  /** Waits for one fd. `timeoutMs` 0 or more; the value is 1 when ready (or in error), 0 after the timeout. */
  poll(fd: number, event: PollEvent, timeoutMs: number): KernelResult;
}

/** A result without its "ok" side. */
export type KernelFailure = Extract<KernelResult, { readonly kind: "failed" }>;
