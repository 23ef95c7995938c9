import { strict as assert } from "node:assert";
import { linuxBus } from "../../../drivers/devices/mod.ts";
import type { GpioBusSpec, OpenFd } from "../../../src/core/bus_parts.ts";
import { fakeChip, type FakeKernel, fakeKernel } from "./fake_kernel.ts";

const SPEC: GpioBusSpec = {
  kind: "gpio",
  chip: "relays",
  outputs: [
    { name: "relay1", line: { offset: 1 }, isActiveLow: false, bias: "as_is", safeValue: 0, holdMsMin: 0 },
    { name: "relay2", line: { name: "GPIO2" }, isActiveLow: true, bias: "as_is", safeValue: 1, holdMsMin: 500 },
  ],
  inputs: [{ channel: "flow-switch", line: { offset: 3 }, isActiveLow: true, bias: "pull_up", periodMs: 1_000 }],
};

function machine(): FakeKernel {
  const kernel = fakeKernel();
  kernel.chips.set("/dev/gpiochip0", fakeChip("gpiochip0", "other", ["GPIO2"]));
  kernel.chips.set("/dev/gpiochip2", fakeChip("gpiochip2", "relays", ["GPIO0", "GPIO1", "GPIO2", "GPIO3"]));
  return kernel;
}

function openBus(kernel: FakeKernel, old: readonly OpenFd[] = [], spec: GpioBusSpec = SPEC) {
  const fds: string[] = [];
  const bus = linuxBus(spec, kernel, { old, onFd: (change, { fd, label }) => fds.push(`${change} ${fd} ${label}`) });
  return { bus, fds };
}

Deno.test("linuxBus() requests each line with its safe level in the request when it opens", () => {
  const kernel = machine();
  using _bus = openBus(kernel).bus;
  assert.deepEqual(kernel.transitions, ["relays/1!0", "relays/2!0"]);
  assert.deepEqual(kernel.chips.get("/dev/gpiochip2")!.lines.map(({ consumer }) => consumer), [
    "",
    "hearth",
    "hearth",
    "hearth",
  ]);
});

Deno.test("linuxBus() says what its outputs and channels are when it is open", () => {
  using bus = openBus(machine()).bus;
  assert.deepEqual(bus.outputs, [
    { name: "relay1", safeValue: 0, holdMsMin: 0 },
    { name: "relay2", safeValue: 1, holdMsMin: 500 },
  ]);
  assert.deepEqual(bus.channels, [{ channel: "flow-switch", periodMs: 1_000 }]);
  assert.deepEqual(bus.faults(), []);
});

Deno.test("linuxBus() writes logical levels and reads them back when lines are active high and low", () => {
  const kernel = machine();
  using bus = openBus(kernel).bus;
  assert.deepEqual(bus.write("relay1", 1), { kind: "written", readBack: 1 });
  assert.deepEqual(bus.write("relay2", 0), { kind: "written", readBack: 0 });
  assert.deepEqual(kernel.transitions.slice(2), ["relays/1=1", "relays/2=1"]);
});

Deno.test("linuxBus() sets direction, active level and bias as flags when it requests lines", () => {
  const kernel = machine();
  using _bus = openBus(kernel).bus;
  assert.deepEqual(kernel.chips.get("/dev/gpiochip2")!.lines.map(({ flags }) => flags), [0, 0x8, 0xa, 0x106]);
});

Deno.test("linuxBus() reads an input's logical level when it is active low", () => {
  const kernel = machine();
  using bus = openBus(kernel).bus;
  assert.equal(bus.read("flow-switch"), 1);
  kernel.chips.get("/dev/gpiochip2")!.lines[3]!.level = 1;
  assert.equal(bus.read("flow-switch"), 0);
});

Deno.test("linuxBus() keeps the other lines and names the holder when one line is busy, and gets it when it is free", () => {
  const kernel = machine();
  const line = kernel.chips.get("/dev/gpiochip2")!.lines[1]!;
  line.consumer = "gpio-fan";
  using bus = openBus(kernel).bus;
  assert.deepEqual(bus.faults(), [{
    kind: "fault",
    device: "relay1",
    code: "EBUSY",
    message: 'Cannot use line 1 of GPIO chip "relays" as it must be free: "gpio-fan" holds it',
  }]);
  assert.deepEqual(bus.write("relay1", 1), { kind: "failed", code: "EBUSY" });
  assert.deepEqual(bus.write("relay2", 0), { kind: "written", readBack: 0 });
  line.consumer = "";
  assert.deepEqual(bus.write("relay1", 1), { kind: "written", readBack: 1 });
  assert.deepEqual(bus.faults(), []);
});

Deno.test("linuxBus() tries once a call when a line stays busy", () => {
  const kernel = machine();
  kernel.chips.get("/dev/gpiochip2")!.lines[1]!.consumer = "gpio-fan";
  using bus = openBus(kernel).bus;
  const opens = kernel.fdLog.length;
  bus.write("relay1", 1);
  assert.deepEqual(kernel.fdLog.slice(opens).filter((entry) => entry.startsWith("open")).length, 2, "two chips, once");
});

Deno.test("linuxBus() has every line missing when the chip is missing, and works when it comes", () => {
  const kernel = fakeKernel();
  using bus = openBus(kernel).bus;
  const message = 'Cannot open GPIO chip "relays": ENOENT';
  assert.deepEqual(bus.faults(), [
    { kind: "fault", device: "relay1", code: "ENOENT", message },
    { kind: "fault", device: "relay2", code: "ENOENT", message },
  ]);
  assert.deepEqual(bus.read("flow-switch"), { kind: "fault", device: "flow-switch", code: "ENOENT", message });
  kernel.chips.set("/dev/gpiochip0", fakeChip("gpiochip0", "relays", ["GPIO0", "GPIO1", "GPIO2", "GPIO3"]));
  assert.deepEqual(bus.write("relay2", 1), { kind: "written", readBack: 1 });
  assert.equal(bus.read("flow-switch"), 1);
});

Deno.test("linuxBus() tells each fd with its label when lines open and close", () => {
  const { bus, fds } = openBus(machine());
  bus[Symbol.dispose]();
  assert.deepEqual(fds, [
    "opened 3 ",
    "closed 3 ",
    "opened 4 ",
    "opened 5 relay1",
    "opened 6 relay2",
    "opened 7 ",
    "closed 4 ",
    "closed 5 relay1",
    "closed 6 relay2",
    "closed 7 ",
  ]);
});

Deno.test("linuxBus() writes the safe state and closes all when it is disposed, once", () => {
  const kernel = machine();
  const { bus } = openBus(kernel);
  bus.write("relay1", 1);
  bus.write("relay2", 0);
  const before = kernel.transitions.length;
  bus[Symbol.dispose]();
  bus[Symbol.dispose]();
  assert.deepEqual(kernel.transitions.slice(before), ["relays/1=0", "relays/2=0"]);
  assert.equal(kernel.files.size, 0);
  assert.deepEqual(bus.write("relay1", 1), { kind: "failed", code: "EBADF" });
  assert.deepEqual(bus.read("flow-switch"), {
    kind: "fault",
    device: "flow-switch",
    code: "EBADF",
    message: 'Cannot read "flow-switch" as the bus must be open: it is released',
  });
});

Deno.test("linuxBus() makes outputs safe through old fds before anything is closed or requested", () => {
  const kernel = machine();
  const first = openBus(kernel);
  first.bus.write("relay1", 1);
  first.bus.write("relay2", 0);
  const before = kernel.transitions.length;
  const old = [{ fd: 5, label: "relay1" }, { fd: 6, label: "relay2" }, { fd: 7, label: "" }];
  const closes = kernel.fdLog.length;
  const second = openBus(kernel, old);
  assert.deepEqual(kernel.transitions.slice(before), ["relays/1=0", "relays/2=0", "relays/1!0", "relays/2!0"]);
  assert.deepEqual(kernel.fdLog.slice(closes, closes + 3), ["close 5", "close 6", "close 7"]);
  assert.deepEqual(second.fds.slice(0, 3), ["closed 5 relay1", "closed 6 relay2", "closed 7 "]);
  assert.deepEqual(second.bus.write("relay1", 1), { kind: "written", readBack: 1 });
  second.bus[Symbol.dispose]();
});

Deno.test("linuxBus() leaves an old fd alone when its number now is another's file", () => {
  const kernel = machine();
  kernel.texts.set("/data/hearth.db", "rows");
  const file = kernel.open("/data/hearth.db", "read");
  assert.deepEqual(file, { kind: "ok", value: 3 });
  const { bus, fds } = openBus(kernel, [{ fd: 3, label: "relay1" }, { fd: 99, label: "" }]);
  assert.deepEqual(kernel.files.get(3)?.kind, "text");
  assert.deepEqual(fds.slice(0, 2), ["closed 3 relay1", "closed 99 "]);
  bus[Symbol.dispose]();
});

Deno.test("linuxBus() closes an old line when the write of its safe state fails by the hardware", () => {
  const kernel = machine();
  openBus(kernel);
  kernel.fail("set", "EIO");
  using bus = openBus(kernel, [{ fd: 5, label: "relay1" }, { fd: 6, label: "relay2" }, { fd: 7, label: "" }]).bus;
  assert.deepEqual(bus.faults(), []);
});

Deno.test("linuxBus() fails a write by the kernel's code when the hardware refuses, and keeps the line", () => {
  const kernel = machine();
  using bus = openBus(kernel).bus;
  kernel.fail("set", "EIO");
  assert.deepEqual(bus.write("relay1", 1), { kind: "failed", code: "EIO" });
  kernel.fail("get", "ETIMEDOUT");
  assert.deepEqual(bus.write("relay1", 1), { kind: "failed", code: "ETIMEDOUT" });
  assert.deepEqual(bus.write("relay1", 1), { kind: "written", readBack: 1 });
});

Deno.test("linuxBus() asks for the line anew when the chip was gone", () => {
  const kernel = machine();
  using bus = openBus(kernel).bus;
  kernel.fail("set", "ENODEV");
  assert.deepEqual(bus.write("relay1", 1), { kind: "failed", code: "ENODEV" });
  assert.equal(kernel.files.has(5), false);
  assert.deepEqual(bus.write("relay1", 1), { kind: "written", readBack: 1 });
  assert.equal(kernel.transitions.at(-1), "relays/1!1");
});

Deno.test("linuxBus() refuses when the output, the channel or the value is unknown", () => {
  using bus = openBus(machine()).bus;
  assert.deepEqual(bus.write("relay9", 1), { kind: "failed", code: "ENOENT" });
  assert.deepEqual(bus.write("relay1", 0.5), { kind: "failed", code: "EINVAL" });
  assert.deepEqual(bus.read("flow"), {
    kind: "fault",
    device: "flow",
    code: "ENOENT",
    message: 'Cannot read "flow": no input',
  });
});

Deno.test("linuxBus() refuses a line's name or a chip's label when two have it", () => {
  const kernel = machine();
  kernel.chips.set("/dev/gpiochip3", fakeChip("gpiochip3", "relays", []));
  using bus = openBus(kernel).bus;
  assert.deepEqual(bus.faults().map(({ code }) => code), ["ENOTUNIQ", "ENOTUNIQ"]);
  assert.equal(kernel.files.size, 0);
  const twins = fakeKernel();
  twins.chips.set("/dev/gpiochip0", fakeChip("gpiochip0", "relays", ["GPIO2", "A", "GPIO2", "B"]));
  using other = openBus(twins).bus;
  assert.deepEqual(other.faults().map(({ device, code }) => [device, code]), [["relay2", "ENOTUNIQ"]]);
});

Deno.test("linuxBus() takes a link to its chip for the same chip when it looks for a label", () => {
  const kernel = machine();
  kernel.chips.set("/dev/gpiochip9", kernel.chips.get("/dev/gpiochip2")!);
  using bus = openBus(kernel).bus;
  assert.deepEqual(bus.faults(), []);
});

Deno.test("linuxBus() says EACCES when no chip has the label but one may not be opened", () => {
  const kernel = fakeKernel();
  kernel.fail("open", "EACCES");
  using bus = openBus(kernel).bus;
  assert.deepEqual(bus.faults().map(({ code }) => code), ["EACCES", "EACCES"]);
});
