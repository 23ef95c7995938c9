/** Prints what one call costs from the runtime, beside the same call in a C loop of the same guest; asserts nothing. */
import { adapterPath, chipPath } from "./hardware.ts";

const ROUNDS = 1_000;
/** The best of so many series counts: the first ones pay for compilation. */
const SERIES = 5;
/** A line that no relay is on. */
const LINE = 15;
const ADDRESS = 0x48;
/** Source: linux/gpio.h and linux/i2c-dev.h, the same on x86-64 and aarch64. */
const IOCTL = { chipInfo: 0x8044b401, getLine: 0xc250b407, setValues: 0xc010b40f, i2cRdwr: 0x707 } as const;
const OUTPUT = 8n;
const READ_WRITE = 2;

const libc = Deno.dlopen("libc.so.6", {
  open: { parameters: ["buffer", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  ioctl: { parameters: ["i32", "u64", "buffer"], result: "i32" },
  memcpy: { parameters: ["buffer", "buffer", "usize"], result: "u64" },
});

function open(path: string): number {
  const fd = libc.symbols.open(new TextEncoder().encode(`${path}\0`), READ_WRITE);
  if (fd < 0) throw new Error(`Cannot open ${path}`);
  return fd;
}

/** Where a buffer lies: memcpy of nothing returns it. */
function addressOf(buffer: Uint8Array<ArrayBuffer>): bigint {
  return libc.symbols.memcpy(buffer, buffer, 0n);
}

function cost(call: (round: number) => void): number {
  let bestUs = Infinity;
  for (let series = 0; series < SERIES; series++) {
    const startedMs = performance.now();
    for (let round = 0; round < ROUNDS; round++) call(round);
    bestUs = Math.min(bestUs, ((performance.now() - startedMs) * 1_000) / ROUNDS);
  }
  return bestUs;
}

function costIoctl(): number {
  const fd = open("/dev/null");
  const buffer = new Uint8Array(68);
  const us = cost(() => libc.symbols.ioctl(fd, BigInt(IOCTL.chipInfo), buffer));
  libc.symbols.close(fd);
  return us;
}

function costGpioSet(): number {
  const chip = open(chipPath());
  const request = new DataView(new ArrayBuffer(592));
  request.setUint32(0, LINE, true);
  request.setBigUint64(288, OUTPUT, true);
  request.setUint32(560, 1, true);
  if (libc.symbols.ioctl(chip, BigInt(IOCTL.getLine), new Uint8Array(request.buffer)) !== 0) {
    throw new Error(`Cannot request line ${LINE}`);
  }
  const line = request.getInt32(588, true);
  const values = new Uint8Array(16);
  values[8] = 1;
  const us = cost((round) => {
    values[0] = round & 1;
    libc.symbols.ioctl(line, BigInt(IOCTL.setValues), values);
  });
  libc.symbols.close(line);
  libc.symbols.close(chip);
  return us;
}

function costI2cRead(): number {
  const fd = open(adapterPath());
  const pointer = new Uint8Array(1);
  const answer = new Uint8Array(2);
  const messages = new DataView(new ArrayBuffer(32));
  messages.setUint16(0, ADDRESS, true);
  messages.setUint16(4, 1, true);
  messages.setBigUint64(8, addressOf(pointer), true);
  messages.setUint16(16, ADDRESS, true);
  messages.setUint16(18, 1, true);
  messages.setUint16(20, 2, true);
  messages.setBigUint64(24, addressOf(answer), true);
  const bytes = new Uint8Array(messages.buffer);
  const transfer = new DataView(new ArrayBuffer(16));
  transfer.setBigUint64(0, addressOf(bytes), true);
  transfer.setUint32(8, 2, true);
  const job = new Uint8Array(transfer.buffer);
  const us = cost(() => {
    if (libc.symbols.ioctl(fd, BigInt(IOCTL.i2cRdwr), job) !== 2) throw new Error("Cannot read from the sensor");
  });
  libc.symbols.close(fd);
  return us;
}

async function costsInC(): Promise<ReadonlyMap<string, number>> {
  const args = [chipPath(), `${LINE}`, adapterPath(), `${ADDRESS}`, `${ROUNDS}`];
  const { stdout } = await new Deno.Command("cost", { args, stderr: "inherit" }).output();
  const lines = new TextDecoder().decode(stdout).trim().split("\n").map((line) => line.split(" "));
  return new Map(lines.map(([name, ns]) => [name ?? "", Number(ns) / 1_000]));
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

const inC = await costsInC();
print(`# cost per call in µs, ${Deno.build.arch}, emulated   runtime       C   difference`);
for (const [name, us] of [["ioctl", costIoctl()], ["gpio_set", costGpioSet()], ["i2c_read", costI2cRead()]] as const) {
  const c = inC.get(name) ?? NaN;
  const figures = [us, c, us - c].map((figure) => figure.toFixed(1).padStart(9));
  print(`#   ${name.padEnd(42)} ${figures.join("")}`);
}
