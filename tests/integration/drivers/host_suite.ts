/** The FFI of the drivers against the machine's own libc, run with no grant but `ffi` of that one path, `Deno.args[0]`. */
import { strict as assert } from "node:assert";
import { bytes, GPIO_ABI, type Kernel, openChip, openLibc, readText } from "../../../drivers/linux/mod.ts";
import { libcAddresses } from "./libc_addresses.ts";

const PATH = Deno.args[0]!;
const CALLS = 100_000;
const FD_TRIES = 2_000;

Deno.test("openLibc() opens the one library of the grant, and nothing else is granted", () => {
  using _kernel = openLibc(PATH);
  assert.throws(() => Deno.UnsafePointer.of(bytes(8)), Deno.errors.NotCapable);
  assert.throws(() => Deno.dlopen("/lib/none.so", {}), Deno.errors.NotCapable);
  assert.throws(() => Deno.readTextFileSync("/proc/self/stat"), Deno.errors.NotCapable);
});

Deno.test("open() gives an fd for /dev/null and the errno's name when it cannot", () => {
  using kernel = openLibc(PATH);
  const file = kernel.open("/dev/null", "read_write");
  assert.equal(file.kind, "ok");
  if (file.kind === "ok") assert.deepEqual(kernel.close(file.value), { kind: "ok", value: 0 });
  assert.deepEqual(kernel.open("/dev/gpiochip-none", "read"), { kind: "failed", code: "ENOENT" });
  assert.deepEqual(kernel.open("/proc/self/stat/x", "read"), { kind: "failed", code: "ENOTDIR" });
  assert.deepEqual(kernel.open("/proc", "write"), { kind: "failed", code: "EISDIR" });
  assert.deepEqual(kernel.open("/dev/null\0x", "read"), { kind: "failed", code: "EINVAL" });
  assert.deepEqual(kernel.open("/" + "x".repeat(4_200), "read"), { kind: "failed", code: "ENAMETOOLONG" });
  assert.deepEqual(kernel.close(9_999), { kind: "failed", code: "EBADF" });
});

Deno.test("ioctl() gives ENOTTY when the file is no chip, and errno is right in 100,000 calls", () => {
  using kernel = openLibc(PATH);
  const file = kernel.open("/dev/null", "read_write");
  assert.ok(file.kind === "ok");
  const argument = bytes(68);
  const codes = new Map<string, number>();
  let garbage: unknown[] = [];
  for (let i = 0; i < CALLS; i++) {
    const [a, b, c] = [
      kernel.ioctl(file.value, GPIO_ABI.GPIO_GET_CHIPINFO_IOCTL, argument),
      kernel.ioctlNumber(-1, 0x703, 0x48),
      kernel.open("/none", "read"),
    ].map((result) => result.kind === "failed" ? result.code : "ok");
    const key = `${a} ${b} ${c}`;
    codes.set(key, (codes.get(key) ?? 0) + 1);
    garbage.push({ i, text: `garbage ${i}` });
    if (garbage.length > 5_000) garbage = [];
  }
  kernel.close(file.value);
  assert.deepEqual([...codes], [["ENOTTY EBADF ENOENT", CALLS]]);
});

Deno.test("openChip() fails by the code when the path is no chip, and closes what it opened", () => {
  using kernel = openLibc(PATH);
  const tableSize = fdTableSize(kernel);
  for (let i = 0; i < FD_TRIES; i++) {
    assert.deepEqual(openChip(kernel, "/dev/null"), { kind: "failed", code: "ENOTTY" });
  }
  assert.equal(fdTableSize(kernel), tableSize);
  assert.deepEqual(openChip(kernel, "/dev/gpiochip-none"), { kind: "failed", code: "ENOENT" });
  assert.equal(openChip(kernel, "a label that no chip has").kind, "failed");
});

/** Places for open fds that the kernel has made for this process; it doubles when they are full. */
function fdTableSize(kernel: Kernel): number {
  const status = readText(kernel, "/proc/self/status");
  assert.ok(status.kind === "ok");
  return Number(/^FDSize:\s+(\d+)$/m.exec(status.text)![1]);
}

Deno.test("readText() reads files of /proc that the runtime refuses", () => {
  using kernel = openLibc(PATH);
  const stat = readText(kernel, "/proc/self/stat");
  assert.equal(stat.kind, "ok");
  if (stat.kind === "ok") assert.match(stat.text, /^\d+ \(.+\) [RSD] \d+ .*\n$/);
  assert.deepEqual(readText(kernel, "/proc/none"), { kind: "failed", code: "ENOENT" });
  assert.deepEqual(readText(kernel, "/proc"), { kind: "failed", code: "EISDIR" });
});

Deno.test("read() and write() move bytes and poll() tells a file that is ready", () => {
  using kernel = openLibc(PATH);
  const file = kernel.open("/dev/zero", "read_write");
  assert.ok(file.kind === "ok");
  const content = bytes(16).fill(7);
  assert.deepEqual(kernel.write(file.value, content), { kind: "ok", value: 16 });
  assert.deepEqual(kernel.read(file.value, content.subarray(4, 12)), { kind: "ok", value: 8 });
  assert.deepEqual([...content], [7, 7, 7, 7, 0, 0, 0, 0, 0, 0, 0, 0, 7, 7, 7, 7]);
  assert.deepEqual(kernel.poll(file.value, "readable", 0), { kind: "ok", value: 1 });
  assert.deepEqual(kernel.read(file.value, bytes(1).subarray(1)), { kind: "failed", code: "EINVAL" });
  kernel.close(file.value);
  assert.deepEqual(kernel.read(-1, content), { kind: "failed", code: "EBADF" });
});

Deno.test("ioctlNested() puts addresses that lead to the buffers, also of parts and of small arrays", () => {
  using kernel = openLibc(PATH);
  const holder = bytes(32);
  const target = bytes(64).fill(1);
  const part = target.subarray(8);
  const small = new Uint8Array([9, 8, 7]);
  kernel.ioctlNested(-1, 0, {
    root: holder,
    pointers: [
      { holder, offset: 0, target },
      { holder, offset: 8, target: part },
      { holder: holder.subarray(16), offset: 0, target: small },
    ],
  });
  const addresses = new DataView(holder.buffer);
  const [whole, inside, tiny] = [0, 8, 16].map((at) => addresses.getBigUint64(at, true));
  assert.equal(inside! - whole!, 8n);
  using memory = libcAddresses(PATH);
  target[8] = 42;
  assert.deepEqual(memory.copy(inside!, 2), [42, 1]);
  assert.deepEqual(memory.copy(tiny!, 3), [9, 8, 7]);
});

Deno.test("openLibc() refuses calls when the library is closed", () => {
  const kernel = openLibc(PATH);
  kernel[Symbol.dispose]();
  kernel[Symbol.dispose]();
  const message = "Cannot call the C library as it must be open: it is closed";
  assert.throws(() => kernel.close(3), { name: "TypeError", message });
  assert.throws(() => kernel.open("/dev/null", "read"), { name: "TypeError", message });
});
