import { strict as assert } from "node:assert";
import { linuxBus, tmp105MilliC } from "../../../drivers/devices/mod.ts";
import type { I2cBusSpec, OpenFd } from "../../../src/core/bus_parts.ts";
import { type FakeKernel, fakeKernel, fakeTmp105 } from "./fake_kernel.ts";

function machine(milliC: number): FakeKernel {
  const kernel = fakeKernel();
  kernel.adapters.set("/dev/i2c-1", new Map([[0x48, fakeTmp105(milliC)]]));
  return kernel;
}

function openBus(kernel: FakeKernel, options: { periodMs?: number; old?: readonly OpenFd[] } = {}) {
  const spec: I2cBusSpec = {
    kind: "i2c",
    path: "/dev/i2c-1",
    sensors: [{ kind: "tmp105", channel: "tank1", address: 0x48, periodMs: options.periodMs ?? 1_000 }],
  };
  const fds: string[] = [];
  const onFd = (change: string, { fd, label }: OpenFd) => void fds.push(`${change} ${fd} ${label}`);
  return { bus: linuxBus(spec, kernel, { old: options.old ?? [], onFd }), fds };
}

Deno.test("tmp105MilliC() converts two's complement counts of 0.0625 °C when the low bits are clear", () => {
  for (
    const [high, low, expected] of [
      [0x7f, 0xf0, 127_938],
      [0x19, 0x00, 25_000],
      [0x17, 0x80, 23_500],
      [0x00, 0x10, 63],
      [0x00, 0x00, 0],
      [0xff, 0xf0, -62],
      [0xe7, 0x00, -25_000],
      [0xc9, 0x00, -55_000],
      [0xff, 0xff, undefined],
    ] as const
  ) assert.equal(tmp105MilliC(high, low), expected, `${high} ${low}`);
});

Deno.test("linuxBus() configures a sensor at its first reading and reads °C × 1000 when it has converted", () => {
  const kernel = machine(23_500);
  using bus = openBus(kernel).bus;
  assert.equal(bus.read("tank1"), undefined);
  assert.deepEqual(kernel.adapters.get("/dev/i2c-1")!.get(0x48)!.registers.get(1), [0x60]);
  assert.equal(bus.read("tank1"), 23_500);
});

Deno.test("linuxBus() has no reading until the first conversion is over when the period is shorter", () => {
  const kernel = machine(-10_000);
  using bus = openBus(kernel, { periodMs: 100 }).bus;
  assert.deepEqual([1, 2, 3, 4, 5].map(() => bus.read("tank1")), [
    undefined,
    undefined,
    undefined,
    undefined,
    -10_000,
  ]);
});

Deno.test("linuxBus() configures again when the sensor lost its power", () => {
  const kernel = machine(20_000);
  using bus = openBus(kernel).bus;
  bus.read("tank1");
  bus.read("tank1");
  kernel.adapters.get("/dev/i2c-1")!.set(0x48, fakeTmp105(0));
  assert.equal(bus.read("tank1"), undefined);
  assert.equal(bus.read("tank1"), 0);
});

Deno.test("linuxBus() gives a fault when the sensor never takes its configuration", () => {
  const kernel = machine(20_000);
  const registers = kernel.adapters.get("/dev/i2c-1")!.get(0x48)!.registers;
  using bus = openBus(kernel).bus;
  const readings = [1, 2, 3].map(() => {
    registers.set(1, [0]);
    return bus.read("tank1");
  });
  assert.deepEqual(readings, [undefined, undefined, {
    kind: "fault",
    device: "tank1",
    code: "EPROTO",
    message: 'Cannot read TMP105 0x48 on "/dev/i2c-1" as it must answer: EPROTO',
  }]);
});

Deno.test("linuxBus() gives a fault by the kernel's code when the sensor does not answer, and reads again when it does", () => {
  const kernel = machine(20_000);
  using bus = openBus(kernel).bus;
  bus.read("tank1");
  kernel.fail("transfer", "EREMOTEIO");
  assert.deepEqual(bus.read("tank1"), {
    kind: "fault",
    device: "tank1",
    code: "EREMOTEIO",
    message: 'Cannot read TMP105 0x48 on "/dev/i2c-1" as it must answer: EREMOTEIO',
  });
  assert.equal(bus.read("tank1"), 20_000);
});

Deno.test("linuxBus() opens the adapter when it comes after the bus, and again when it was gone", () => {
  const kernel = fakeKernel();
  const { bus, fds } = openBus(kernel);
  assert.deepEqual(bus.read("tank1"), {
    kind: "fault",
    device: "tank1",
    code: "ENOENT",
    message: 'Cannot open I2C adapter "/dev/i2c-1": ENOENT',
  });
  kernel.adapters.set("/dev/i2c-1", new Map([[0x48, fakeTmp105(20_000)]]));
  bus.read("tank1");
  kernel.fail("transfer", "ENODEV");
  bus.read("tank1");
  assert.equal(bus.read("tank1"), 20_000);
  bus[Symbol.dispose]();
  assert.deepEqual(fds, ["opened 3 ", "closed 3 ", "opened 4 ", "closed 4 "]);
});

Deno.test("linuxBus() closes an old adapter and has no outputs when the bus is I2C", () => {
  const kernel = machine(20_000);
  kernel.texts.set("/data/file", "");
  kernel.open("/dev/i2c-1", "read_write");
  kernel.open("/data/file", "read");
  const { bus, fds } = openBus(kernel, { old: [{ fd: 3, label: "" }, { fd: 4, label: "" }] });
  assert.deepEqual(fds, ["closed 3 ", "closed 4 ", "opened 5 "]);
  assert.deepEqual([...kernel.files.keys()], [4, 5]);
  assert.deepEqual(bus.outputs, []);
  assert.deepEqual(bus.write("relay1", 1), { kind: "failed", code: "ENOENT" });
  bus[Symbol.dispose]();
  assert.deepEqual(bus.read("tank1"), {
    kind: "fault",
    device: "tank1",
    code: "EBADF",
    message: 'Cannot open I2C adapter "/dev/i2c-1": EBADF',
  });
});
