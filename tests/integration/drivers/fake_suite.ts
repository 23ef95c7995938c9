/** The drivers over their real FFI table against fake_kernel.c, the library `Deno.args[0]` and the one `ffi` grant. */
import { strict as assert } from "node:assert";
import { linuxBus, makeSafe } from "../../../drivers/devices/mod.ts";
import { chipInfo, findLine, lineInfo, openChip, openLibc } from "../../../drivers/linux/mod.ts";
import type { GpioBusSpec, I2cBusSpec, OpenFd } from "../../../src/core/bus_parts.ts";
import { fakeWorld } from "./fake_world.ts";

const PATH = Deno.args[0]!;
const [EIO, EREMOTEIO] = [5, 121];
const I2C_READINGS = 20_000;

const GPIO: GpioBusSpec = {
  kind: "gpio",
  chip: "relays",
  outputs: [
    { name: "pump", line: { offset: 1 }, isActiveLow: false, bias: "as_is", safeValue: 0, holdMsMin: 0 },
    { name: "valve", line: { name: "RELAY4" }, isActiveLow: true, bias: "pull_up", safeValue: 0, holdMsMin: 0 },
  ],
  inputs: [{ channel: "flow-switch", line: { offset: 6 }, isActiveLow: true, bias: "pull_down", periodMs: 1_000 }],
};
const I2C: I2cBusSpec = {
  kind: "i2c",
  path: "/dev/i2c-1",
  sensors: [
    { kind: "tmp105", channel: "tank1", address: 0x48, periodMs: 1_000 },
    { kind: "tmp105", channel: "absent", address: 0x49, periodMs: 1_000 },
  ],
};

function ignoreFds(): { readonly old: readonly OpenFd[]; onFd(): void } {
  return { old: [], onFd: () => undefined };
}

Deno.test("openChip() finds a chip by path and by label, and lineInfo() and findLine() know its lines", () => {
  using world = fakeWorld(PATH);
  using kernel = openLibc(PATH);
  world.take(2, "leds");
  const chip = openChip(kernel, "relays");
  assert.ok(chip.kind === "ok");
  assert.deepEqual(chipInfo(kernel, chip.value), {
    kind: "ok",
    info: { name: "gpiochip1", label: "relays", lineCount: 8 },
  });
  assert.deepEqual(lineInfo(kernel, chip.value, 2), {
    kind: "ok",
    info: { name: "RELAY2", consumer: "leds", isUsed: true },
  });
  assert.deepEqual(findLine(kernel, chip.value, { name: "RELAY7" }), { kind: "ok", value: 7 });
  assert.deepEqual(findLine(kernel, chip.value, { name: "RELAY8" }), { kind: "failed", code: "ENOENT" });
  assert.deepEqual(findLine(kernel, chip.value, { offset: 8 }), { kind: "failed", code: "EINVAL" });
  assert.deepEqual(openChip(kernel, "none"), { kind: "failed", code: "ENOENT" });
  assert.equal(openChip(kernel, "/dev/gpiochip0").kind, "ok");
  assert.equal(world.openFiles(), 2);
});

Deno.test("linuxBus() drives lines by offset and name, active high and low, and reads back, over the real FFI", () => {
  using world = fakeWorld(PATH);
  using kernel = openLibc(PATH);
  const bus = linuxBus(GPIO, kernel, ignoreFds());
  assert.deepEqual(bus.faults(), []);
  assert.deepEqual([1, 4, 6].map((offset) => world.flags(offset)), [0x8, 0x8 | 0x2 | 0x100, 0x4 | 0x2 | 0x200]);
  assert.deepEqual(bus.write("pump", 1), { kind: "written", readBack: 1 });
  assert.deepEqual(bus.write("valve", 1), { kind: "written", readBack: 1 });
  assert.deepEqual([world.level(1), world.level(4)], [1, 0]);
  assert.equal(bus.read("flow-switch"), 1);
  world.setLevel(6, 1);
  assert.equal(bus.read("flow-switch"), 0);
  bus[Symbol.dispose]();
  assert.deepEqual(world.changes(), ["1!0", "4!1", "1=1", "4=0", "1=0", "4=1"]);
  assert.equal(world.openFiles(), 0);
});

Deno.test("linuxBus() names the holder of a busy line over the real FFI, and reports EIO", () => {
  using world = fakeWorld(PATH);
  using kernel = openLibc(PATH);
  world.take(1, "gpio-fan");
  using bus = linuxBus(GPIO, kernel, ignoreFds());
  assert.deepEqual(bus.faults(), [{
    kind: "fault",
    device: "pump",
    code: "EBUSY",
    message: 'Cannot use line 1 of GPIO chip "relays" as it must be free: "gpio-fan" holds it',
  }]);
  world.fail("set", EIO);
  assert.deepEqual(bus.write("valve", 1), { kind: "failed", code: "EIO" });
  assert.deepEqual(bus.write("pump", 1), { kind: "failed", code: "EBUSY" });
  world.take(1, "");
  assert.deepEqual(bus.write("pump", 1), { kind: "written", readBack: 1 });
});

Deno.test("linuxBus() fails a write when the line was set but cannot be read back", () => {
  using world = fakeWorld(PATH);
  using kernel = openLibc(PATH);
  using bus = linuxBus(GPIO, kernel, ignoreFds());
  world.fail("get", EIO);
  assert.deepEqual(bus.write("pump", 1), { kind: "failed", code: "EIO" });
  assert.equal(world.level(1), 1);
});

Deno.test("linuxBus() takes over the lines of a dead predecessor, safe first, over the real FFI", () => {
  using world = fakeWorld(PATH);
  using kernel = openLibc(PATH);
  const open = new Map<number, OpenFd>();
  function onFd(change: "opened" | "closed", fd: OpenFd): void {
    if (change === "opened") open.set(fd.fd, fd);
    else open.delete(fd.fd);
  }
  const dead = linuxBus(GPIO, kernel, { old: [], onFd });
  dead.write("pump", 1);
  dead.write("valve", 1);
  world.changes();
  const old = [...open.values()];
  assert.deepEqual(old.map(({ label }) => label), ["pump", "valve", ""]);
  using bus = linuxBus(GPIO, kernel, { old, onFd });
  assert.deepEqual(world.changes(), ["1=0", "4=1", "1!0", "4!1"]);
  assert.deepEqual(bus.faults(), []);
  assert.equal(world.openFiles(), 3);
  assert.equal(open.size, 3);
});

Deno.test("makeSafe() claims, reads back and releases over the real FFI", () => {
  using world = fakeWorld(PATH);
  using kernel = openLibc(PATH);
  world.setLevel(1, 1);
  world.take(4, "hearth");
  assert.deepEqual(makeSafe(GPIO, kernel), [
    { kind: "safe", output: "pump" },
    { kind: "failed", output: "valve", code: "EBUSY", consumer: "hearth" },
  ]);
  assert.deepEqual([world.level(1), world.openFiles()], [0, 0]);
  world.take(4, "");
  world.fail("get", EIO);
  assert.deepEqual(makeSafe(GPIO, kernel), [
    { kind: "failed", output: "pump", code: "EIO" },
    { kind: "safe", output: "valve" },
  ]);
});

Deno.test("linuxBus() reads a TMP105 by nested messages over the real FFI, and names what does not answer", () => {
  using world = fakeWorld(PATH);
  using kernel = openLibc(PATH);
  world.setMilliC(-21_437);
  using bus = linuxBus(I2C, kernel, ignoreFds());
  assert.equal(bus.read("tank1"), undefined);
  assert.equal(bus.read("tank1"), -21_375);
  world.powerDip();
  assert.equal(bus.read("tank1"), undefined);
  world.fail("transfer", EREMOTEIO);
  assert.deepEqual(bus.read("tank1"), {
    kind: "fault",
    device: "tank1",
    code: "EREMOTEIO",
    message: 'Cannot read TMP105 0x48 on "/dev/i2c-1" as it must answer: EREMOTEIO',
  });
  assert.deepEqual(bus.read("absent"), {
    kind: "fault",
    device: "absent",
    code: "ENXIO",
    message: 'Cannot read TMP105 0x49 on "/dev/i2c-1" as it must answer: ENXIO',
  });
});

Deno.test("linuxBus() keeps nested buffers in place when the collector runs, in 20,000 readings", () => {
  using world = fakeWorld(PATH);
  using kernel = openLibc(PATH);
  using bus = linuxBus(I2C, kernel, ignoreFds());
  bus.read("tank1");
  let garbage: unknown[] = [];
  let wrong = 0;
  for (let i = 0; i < I2C_READINGS; i++) {
    const milliC = (i % 1_000) * 125 - 50_000;
    world.setMilliC(milliC);
    if (milliC <= 125_000 && bus.read("tank1") !== milliC) wrong += 1;
    garbage.push({ i, text: `garbage ${i}` });
    if (garbage.length > 2_000) garbage = [];
  }
  assert.equal(wrong, 0);
});
