/** A kernel in memory: GPIO chips, i2c-dev adapters and text files, understood by their real structs. No FFI, no time. */
import { GPIO_ABI } from "../../../drivers/linux/gpio_abi.ts";
import { I2C_ABI } from "../../../drivers/linux/i2c_abi.ts";
import type { Bytes, Kernel, KernelResult, NestedPointer } from "../../../drivers/linux/kernel.ts";

/** One pin. `level` is physical; a released line keeps it. */
export interface FakeLine {
  readonly name: string;
  level: number;
  /** "" while free. */
  consumer: string;
  isActiveLow: boolean;
  flags: number;
}

/** One simulated GPIO chip. */
export interface FakeChip {
  readonly name: string;
  readonly label: string;
  readonly lines: FakeLine[];
}

/** One simulated I2C chip: 16-bit registers are two bytes each, high first. */
export interface FakeI2cChip {
  readonly registers: Map<number, number[]>;
}

type FakeFile =
  | { readonly kind: "chip"; readonly chip: FakeChip }
  | { readonly kind: "line"; readonly chip: FakeChip; readonly offset: number; readonly isOutput: boolean }
  | { readonly kind: "adapter"; readonly chips: Map<number, FakeI2cChip> }
  | { readonly kind: "text"; readonly content: Uint8Array; at: number };

/** Names of the calls that a test can make fail. */
export type FakeCall = "open" | "close" | "read" | "lineinfo" | "request" | "get" | "set" | "transfer";

/** The kernel and what a test may touch of its world. */
export interface FakeKernel extends Kernel {
  readonly chips: Map<string, FakeChip>;
  readonly adapters: Map<string, Map<number, FakeI2cChip>>;
  readonly texts: Map<string, string>;
  /** Open fds. */
  readonly files: Map<number, FakeFile>;
  /** Physical changes of outputs, "label/offset=level", and requests, "label/offset!level". */
  readonly transitions: string[];
  /** Every open and close, for example "open 3". */
  readonly fdLog: string[];
  /** Codes that wait, by call. */
  readonly failures: Map<FakeCall, string[]>;
  /** The next calls of this kind fail, one code each. */
  fail(call: FakeCall, ...codes: string[]): void;
}

/** A chip with free lines at level 0. */
export function fakeChip(name: string, label: string, lineNames: readonly string[]): FakeChip {
  const lines = lineNames.map((line) => ({ name: line, level: 0, consumer: "", isActiveLow: false, flags: 0 }));
  return { name, label, lines };
}

/** A TMP105 as it is after power on: 9 bits, then holding `milliC`. */
export function fakeTmp105(milliC: number): FakeI2cChip {
  const counts = Math.round(milliC / 62.5) & 0xfff;
  return { registers: new Map([[0, [counts >> 4, (counts & 0xf) << 4]], [1, [0]]]) };
}

const OK: KernelResult = { kind: "ok", value: 0 };
const UTF8 = new TextEncoder();

function failed(code: string): KernelResult {
  return { kind: "failed", code };
}

/** Makes an empty machine; tests add chips and adapters by path. */
export function fakeKernel(): FakeKernel {
  const chips = new Map<string, FakeChip>();
  const adapters = new Map<string, Map<number, FakeI2cChip>>();
  const texts = new Map<string, string>();
  const files = new Map<number, FakeFile>();
  const transitions: string[] = [];
  const fdLog: string[] = [];
  const failures = new Map<FakeCall, string[]>();
  let nextFd = 3;

  function injected(call: FakeCall): KernelResult | undefined {
    const code = failures.get(call)?.shift();
    return code === undefined ? undefined : failed(code);
  }
  function add(file: FakeFile): number {
    const fd = nextFd++;
    files.set(fd, file);
    fdLog.push(`open ${fd}`);
    return fd;
  }
  function setLevel(chip: FakeChip, offset: number, level: number): void {
    const line = chip.lines[offset]!;
    if (line.level !== level) transitions.push(`${chip.label}/${offset}=${level}`);
    line.level = level;
  }
  const world = { injected, add, setLevel, transitions };
  return {
    chips,
    adapters,
    texts,
    files,
    transitions,
    fdLog,
    failures,
    fail(call, ...codes) {
      failures.set(call, [...failures.get(call) ?? [], ...codes]);
    },
    open(path) {
      const failure = injected("open");
      if (failure !== undefined) return failure;
      const chip = chips.get(path);
      if (chip !== undefined) return { kind: "ok", value: add({ kind: "chip", chip }) };
      const adapter = adapters.get(path);
      if (adapter !== undefined) return { kind: "ok", value: add({ kind: "adapter", chips: adapter }) };
      const text = texts.get(path);
      if (text !== undefined) return { kind: "ok", value: add({ kind: "text", content: UTF8.encode(text), at: 0 }) };
      return failed("ENOENT");
    },
    close(fd) {
      const file = files.get(fd);
      if (file === undefined) return failed("EBADF");
      if (file.kind === "line") file.chip.lines[file.offset]!.consumer = "";
      files.delete(fd);
      fdLog.push(`close ${fd}`);
      return injected("close") ?? OK;
    },
    ioctl(fd, request, argument) {
      const file = files.get(fd);
      if (file === undefined) return failed("EBADF");
      if (file.kind === "chip") return chipCall(file.chip, world, { request, argument });
      if (file.kind === "line") return lineCall(file, world, { request, argument });
      return file.kind === "adapter" && request === I2C_ABI.I2C_FUNCS ? OK : failed("ENOTTY");
    },
    ioctlNumber: (fd) => failed(files.has(fd) ? "ENOTTY" : "EBADF"),
    ioctlNested(fd, request, { root, pointers }) {
      const file = files.get(fd);
      if (file === undefined) return failed("EBADF");
      if (file.kind !== "adapter" || request !== I2C_ABI.I2C_RDWR) return failed("ENOTTY");
      return injected("transfer") ?? transfer(file.chips, root, pointers);
    },
    read(fd, into) {
      const file = files.get(fd);
      if (file?.kind !== "text") return failed("EBADF");
      const failure = injected("read");
      if (failure !== undefined) return failure;
      const part = file.content.subarray(file.at, file.at + Math.min(into.length, 100));
      into.set(part);
      file.at += part.length;
      return { kind: "ok", value: part.length };
    },
    write: (fd) => failed(files.has(fd) ? "EINVAL" : "EBADF"),
    poll: (fd) => files.has(fd) ? { kind: "ok", value: 1 } : failed("EBADF"),
    [Symbol.dispose]() {},
  };
}

interface World {
  injected(call: FakeCall): KernelResult | undefined;
  add(file: FakeFile): number;
  setLevel(chip: FakeChip, offset: number, level: number): void;
  readonly transitions: string[];
}

interface Call {
  readonly request: number;
  readonly argument: Bytes;
}

function view(struct: Bytes): DataView {
  return new DataView(struct.buffer, struct.byteOffset, struct.byteLength);
}

function chipCall(chip: FakeChip, world: World, { request, argument }: Call): KernelResult {
  const numbers = view(argument);
  if (request === GPIO_ABI.GPIO_GET_CHIPINFO_IOCTL) {
    argument.set(UTF8.encode(chip.name), 0);
    argument.set(UTF8.encode(chip.label), 32);
    numbers.setUint32(64, chip.lines.length, true);
    return OK;
  }
  if (request === GPIO_ABI.GPIO_V2_GET_LINEINFO_IOCTL) {
    const line = chip.lines[numbers.getUint32(64, true)];
    if (line === undefined) return failed("EINVAL");
    argument.set(UTF8.encode(line.name), 0);
    argument.set(UTF8.encode(line.consumer), 32);
    numbers.setBigUint64(72, line.consumer === "" ? 0n : 1n, true);
    return world.injected("lineinfo") ?? OK;
  }
  return request === GPIO_ABI.GPIO_V2_GET_LINE_IOCTL ? requestLine(chip, world, argument) : failed("ENOTTY");
}

function requestLine(chip: FakeChip, world: World, argument: Bytes): KernelResult {
  const failure = world.injected("request");
  if (failure !== undefined) return failure;
  const numbers = view(argument);
  const offset = numbers.getUint32(0, true);
  const line = chip.lines[offset];
  if (line === undefined) return failed("EINVAL");
  if (line.consumer !== "") return failed("EBUSY");
  line.consumer = new TextDecoder().decode(argument.subarray(256, argument.indexOf(0, 256)));
  line.flags = Number(numbers.getBigUint64(288, true));
  line.isActiveLow = (line.flags & 2) !== 0;
  const isOutput = (line.flags & 8) !== 0;
  if (isOutput) {
    const value = numbers.getUint32(296, true) === 1 ? Number(numbers.getBigUint64(328, true)) : 0;
    const level = value ^ (line.isActiveLow ? 1 : 0);
    world.transitions.push(`${chip.label}/${offset}!${level}`);
    line.level = level;
  }
  numbers.setInt32(588, world.add({ kind: "line", chip, offset, isOutput }), true);
  return OK;
}

function lineCall(file: FakeFile & { kind: "line" }, world: World, { request, argument }: Call): KernelResult {
  const line = file.chip.lines[file.offset]!;
  const numbers = view(argument);
  const inverted = line.isActiveLow ? 1 : 0;
  if (request === GPIO_ABI.GPIO_V2_LINE_GET_VALUES_IOCTL) {
    const failure = world.injected("get");
    if (failure !== undefined) return failure;
    numbers.setBigUint64(0, BigInt(line.level ^ inverted), true);
    return OK;
  }
  if (request !== GPIO_ABI.GPIO_V2_LINE_SET_VALUES_IOCTL) return failed("ENOTTY");
  const failure = world.injected("set");
  if (failure !== undefined) return failure;
  if (!file.isOutput) return failed("EPERM");
  world.setLevel(file.chip, file.offset, Number(numbers.getBigUint64(0, true) & 1n) ^ inverted);
  return OK;
}

function transfer(
  chips: Map<number, FakeI2cChip>,
  root: Bytes,
  pointers: readonly NestedPointer[],
): KernelResult {
  const list = pointers.find(({ holder }) => holder === root)!.target;
  const count = view(root).getUint32(8, true);
  let register = 0;
  for (let index = 0; index < count; index++) {
    const at = index * 16;
    const chip = chips.get(view(list).getUint16(at, true));
    if (chip === undefined) return failed("ENXIO");
    const data = pointers.find(({ holder, offset }) => holder === list && offset === at + 8)!.target;
    const isRead = (view(list).getUint16(at + 2, true) & 1) !== 0;
    if (isRead) data.set((chip.registers.get(register) ?? []).slice(0, data.length));
    else {
      register = data[0]!;
      if (data.length > 1) chip.registers.set(register, [...data.subarray(1)]);
    }
  }
  return { kind: "ok", value: count };
}
