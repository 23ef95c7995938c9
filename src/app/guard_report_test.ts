import { strict as assert } from "node:assert";
import type { GpioBusSpec, GpioOutputSpec } from "../core/bus_parts.ts";
import { guardLines, guardRows, isRetried, safeCount } from "./guard_report.ts";

function relay(name: string, line: GpioOutputSpec["line"]): GpioOutputSpec {
  return { name, line, isActiveLow: false, bias: "as_is", safeValue: 0, holdMsMin: 0 };
}

const SPEC: GpioBusSpec = {
  kind: "gpio",
  chip: "/dev/gpiochip0",
  outputs: [relay("relay1", { offset: 17 }), relay("relay2", { name: "GPIO27" }), relay("relay3", { offset: 22 })],
  inputs: [],
};

Deno.test("guardRows() has a row for each output, also for one that was not answered", () => {
  const rows = guardRows(SPEC, [
    { kind: "safe", output: "relay1" },
    { kind: "failed", output: "relay2", code: "EBUSY", consumer: "sysfs" },
  ]);
  assert.deepEqual(rows.map(({ result, code, heldBy }) => [result, code, heldBy]), [
    ["safe", undefined, undefined],
    ["failed", "EBUSY", "sysfs"],
    ["failed", "NO_RESULT", undefined],
  ]);
  assert.equal(safeCount(rows), 1);
  assert.deepEqual(guardLines(rows), [
    "safe    relay1  line 17 of /dev/gpiochip0  = 0",
    'FAILED  relay2  line GPIO27 of /dev/gpiochip0  EBUSY, held by "sysfs"',
    "FAILED  relay3  line 22 of /dev/gpiochip0  NO_RESULT",
    "guard: 1 of 3 outputs are safe",
  ]);
});

Deno.test("isRetried() holds for a line that another still holds, and for nothing else", () => {
  assert.equal(isRetried({ kind: "failed", output: "relay1", code: "EBUSY" }), true);
  assert.equal(isRetried({ kind: "failed", output: "relay1", code: "ENOENT" }), false);
  assert.equal(isRetried({ kind: "safe", output: "relay1" }), false);
});
