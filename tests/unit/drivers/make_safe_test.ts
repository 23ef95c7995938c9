import { strict as assert } from "node:assert";
import { makeSafe } from "../../../drivers/devices/mod.ts";
import { readText } from "../../../drivers/linux/mod.ts";
import type { GpioBusSpec } from "../../../src/core/bus_parts.ts";
import { fakeChip, type FakeKernel, fakeKernel } from "./fake_kernel.ts";

const SPEC: GpioBusSpec = {
  kind: "gpio",
  chip: "/dev/gpiochip0",
  outputs: [
    { name: "relay1", line: { offset: 0 }, isActiveLow: false, bias: "as_is", safeValue: 0, holdMsMin: 0 },
    { name: "relay2", line: { offset: 1 }, isActiveLow: true, bias: "as_is", safeValue: 0, holdMsMin: 0 },
    { name: "relay3", line: { name: "C" }, isActiveLow: false, bias: "as_is", safeValue: 1, holdMsMin: 0 },
  ],
  inputs: [{ channel: "in", line: { offset: 3 }, isActiveLow: false, bias: "as_is", periodMs: 1_000 }],
};

function machine(): FakeKernel {
  const kernel = fakeKernel();
  kernel.chips.set("/dev/gpiochip0", fakeChip("gpiochip0", "relays", ["A", "B", "C", "D"]));
  return kernel;
}

Deno.test("makeSafe() claims each output with its safe value, and releases all", () => {
  const kernel = machine();
  assert.deepEqual(makeSafe(SPEC, kernel), [
    { kind: "safe", output: "relay1" },
    { kind: "safe", output: "relay2" },
    { kind: "safe", output: "relay3" },
  ]);
  assert.deepEqual(kernel.transitions, ["relays/0!0", "relays/1!1", "relays/2!1"]);
  assert.equal(kernel.files.size, 0);
});

Deno.test("makeSafe() names the holder of a busy line and does the others when one is busy", () => {
  const kernel = machine();
  kernel.chips.get("/dev/gpiochip0")!.lines[1]!.consumer = "hearth";
  assert.deepEqual(makeSafe(SPEC, kernel), [
    { kind: "safe", output: "relay1" },
    { kind: "failed", output: "relay2", code: "EBUSY", consumer: "hearth" },
    { kind: "safe", output: "relay3" },
  ]);
});

Deno.test("makeSafe() fails an output when its line cannot be read back or reads back otherwise", () => {
  const kernel = machine();
  kernel.fail("get", "EIO");
  assert.deepEqual(makeSafe(SPEC, kernel)[0], { kind: "failed", output: "relay1", code: "EIO" });
  const stuck = machine();
  const line = stuck.chips.get("/dev/gpiochip0")!.lines[2]!;
  Object.defineProperty(line, "level", { get: () => 0, set: () => undefined });
  assert.deepEqual(makeSafe(SPEC, stuck)[2], { kind: "failed", output: "relay3", code: "READBACK" });
  assert.equal(stuck.files.size, 0);
});

Deno.test("makeSafe() fails every output when the chip cannot be opened", () => {
  const kernel = fakeKernel();
  assert.deepEqual(
    makeSafe(SPEC, kernel),
    ["relay1", "relay2", "relay3"].map((output) => ({
      kind: "failed",
      output,
      code: "ENOENT",
    })),
  );
});

Deno.test("makeSafe() has nothing to do when the bus has no outputs", () => {
  assert.deepEqual(makeSafe({ kind: "i2c", path: "/dev/i2c-1", sensors: [] }, fakeKernel()), []);
  assert.deepEqual(makeSafe({ ...SPEC, outputs: [] }, fakeKernel()), []);
});

Deno.test("readText() puts the parts of a file together, bounds it and closes it when it is read", () => {
  const kernel = fakeKernel();
  kernel.texts.set("/proc/device-tree/model", "Raspberry Pi 4 Model B é".repeat(10));
  assert.deepEqual(readText(kernel, "/proc/device-tree/model"), {
    kind: "ok",
    text: "Raspberry Pi 4 Model B é".repeat(10),
  });
  kernel.texts.set("/proc/large", "x".repeat(65_536));
  assert.deepEqual(readText(kernel, "/proc/large"), { kind: "failed", code: "EFBIG" });
  kernel.fail("read", "EIO");
  assert.deepEqual(readText(kernel, "/proc/large"), { kind: "failed", code: "EIO" });
  assert.deepEqual(readText(kernel, "/proc/none"), { kind: "failed", code: "ENOENT" });
  assert.equal(kernel.files.size, 0);
});
