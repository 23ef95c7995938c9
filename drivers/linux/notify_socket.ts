import { LIBC_PATHS } from "./libc_paths.ts";

const SYMBOLS = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" }, // int socket(int domain, int type, int protocol)
  // ssize_t sendto(int fd, const void *data, size_t length, int flags, const struct sockaddr *to, socklen_t to_length)
  sendto: { parameters: ["i32", "buffer", "usize", "i32", "buffer", "u32"], result: "isize" },
  close: { parameters: ["i32"], result: "i32" }, // int close(int fd)
} as const satisfies Deno.ForeignLibraryInterface;

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
/** Most bytes of the path of a Unix socket. Source: unix(7). */
const PATH_BYTES_MAX = 108;
const UTF8 = new TextEncoder();

/** Datagrams to one Unix socket. */
export interface NotifySocket extends Disposable {
  /** Sends one datagram, if it can be sent at once. @returns Whether the kernel took it. */
  send(text: string): boolean;
}

/** struct sockaddr_un and its length; undefined for a path that is no socket's. A leading "@" names an abstract socket. */
export function unixAddress(path: string): Uint8Array<ArrayBuffer> | undefined {
  const bytes = UTF8.encode(path);
  const isAbstract = path.startsWith("@");
  if ((!isAbstract && !path.startsWith("/")) || bytes.length < 2 || bytes.length >= PATH_BYTES_MAX) return undefined;
  // An abstract name has no end mark: its length is that of the address.
  const address = new Uint8Array(new ArrayBuffer(2 + bytes.length + (isAbstract ? 0 : 1)));
  new DataView(address.buffer).setUint16(0, AF_UNIX, true);
  address.set(bytes, 2);
  if (isAbstract) address[2] = 0;
  return address;
}

/**
 * Opens a datagram socket towards `path`, as sd_notify(3) does.
 *
 * @returns undefined when the path is no socket's, or this isolate may not load the C library, or there is none.
 */
export function openNotifySocket(path: string, arch: string): NotifySocket | undefined {
  const address = unixAddress(path);
  const libc = address === undefined ? undefined : firstLibrary(LIBC_PATHS[arch] ?? []);
  if (address === undefined || libc === undefined) return undefined;
  const { socket, sendto, close } = libc.symbols;
  const fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return void libc.close();
  let isOpen = true;
  return {
    send(text) {
      if (!isOpen) return false;
      const data = UTF8.encode(text);
      return sendto(fd, data, BigInt(data.length), MSG_DONTWAIT | MSG_NOSIGNAL, address, address.length) >= 0;
    },
    [Symbol.dispose]() {
      if (!isOpen) return;
      isOpen = false;
      close(fd);
      libc.close();
    },
  };
}

function firstLibrary(paths: readonly string[]): Deno.DynamicLibrary<typeof SYMBOLS> | undefined {
  for (const path of paths) {
    try {
      return Deno.dlopen(path, SYMBOLS);
    } catch {
      // Refused, or not there: the next path, and at last none. Nothing depends on being heard.
    }
  }
  return undefined;
}
