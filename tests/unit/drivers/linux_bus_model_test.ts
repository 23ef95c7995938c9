import { strict as assert } from "node:assert";
import fc from "fast-check";
import { linuxBus } from "../../../drivers/devices/mod.ts";
import type { GpioBusSpec, GpioOutputSpec, OpenFd } from "../../../src/core/bus_parts.ts";
import { fakeChip, fakeKernel } from "./fake_kernel.ts";

const OUTPUTS: readonly GpioOutputSpec[] = [
  { name: "relay0", line: { offset: 0 }, isActiveLow: false, bias: "as_is", safeValue: 0, holdMsMin: 0 },
  { name: "relay1", line: { name: "B" }, isActiveLow: true, bias: "as_is", safeValue: 0, holdMsMin: 0 },
  { name: "relay2", line: { offset: 2 }, isActiveLow: true, bias: "pull_up", safeValue: 1, holdMsMin: 0 },
];
const SPEC: GpioBusSpec = { kind: "gpio", chip: "relays", outputs: OUTPUTS, inputs: [] };

type Step =
  | { readonly kind: "write"; readonly output: number; readonly value: number }
  /** Another program holds the line while it is free for it, or lets it go. */
  | { readonly kind: "take" | "free"; readonly output: number }
  | { readonly kind: "fail"; readonly call: "set" | "get" | "request"; readonly code: "EIO" | "ENODEV" }
  /** The worker dies and a successor opens the bus with its fds. */
  | { readonly kind: "replace" };

const OUTPUT = fc.integer({ min: 0, max: OUTPUTS.length - 1 });
const STEP: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("write" as const), output: OUTPUT, value: fc.constantFrom(0, 1) }),
  fc.record({ kind: fc.constantFrom("take" as const, "free" as const), output: OUTPUT }),
  fc.record({
    kind: fc.constant("fail" as const),
    call: fc.constantFrom("set" as const, "get" as const, "request" as const),
    code: fc.constantFrom("EIO" as const, "ENODEV" as const),
  }),
  fc.record({ kind: fc.constant("replace" as const) }),
);

/** A bus, its machine and the launcher's account of its fds. */
function rig() {
  const kernel = fakeKernel();
  const chip = fakeChip("gpiochip0", "relays", ["A", "B", "C"]);
  kernel.chips.set("/dev/gpiochip0", chip);
  const account = new Map<number, string>();
  function onFd(change: "opened" | "closed", { fd, label }: OpenFd): void {
    if (change === "opened") account.set(fd, label);
    else account.delete(fd);
  }
  function open() {
    return linuxBus(SPEC, kernel, { old: [...account].map(([fd, label]) => ({ fd, label })), onFd });
  }
  function level(output: number): number {
    return chip.lines[output]!.level ^ (OUTPUTS[output]!.isActiveLow ? 1 : 0);
  }
  return { kernel, chip, account, open, level, bus: open() };
}

type Rig = ReturnType<typeof rig>;

function checkAccount({ kernel, account }: Rig): void {
  assert.deepEqual([...account.keys()].sort(), [...kernel.files.keys()].sort());
}

function checkHeldSafe({ chip, level }: Rig): void {
  OUTPUTS.forEach(({ safeValue, name }, index) => {
    if (chip.lines[index]!.consumer === "hearth") assert.equal(level(index), safeValue, name);
  });
}

function take(state: Rig, step: Step): void {
  const line = "output" in step ? state.chip.lines[step.output]! : undefined;
  switch (step.kind) {
    case "write": {
      const result = state.bus.write(OUTPUTS[step.output]!.name, step.value);
      if (result.kind === "written") {
        assert.equal(result.readBack, step.value);
        assert.equal(state.level(step.output), step.value);
        assert.equal(line!.consumer, "hearth");
      }
      break;
    }
    case "take":
      if (line!.consumer === "") line!.consumer = "other";
      break;
    case "free":
      if (line!.consumer === "other") line!.consumer = "";
      break;
    case "fail":
      state.kernel.fail(step.call, step.code);
      break;
    case "replace":
      state.kernel.failures.clear();
      state.bus = state.open();
      checkHeldSafe(state);
      break;
  }
  checkAccount(state);
}

Deno.test("linuxBus() accounts for each fd and writes only what it says when lines are taken, fail and workers die", () => {
  fc.assert(
    fc.property(fc.array(STEP, { maxLength: 40 }), (steps) => {
      const state = rig();
      for (const step of steps) take(state, step);
      state.kernel.failures.clear();
      const held = state.chip.lines.map(({ consumer }) => consumer === "hearth");
      state.bus[Symbol.dispose]();
      assert.deepEqual([state.account.size, state.kernel.files.size], [0, 0]);
      OUTPUTS.forEach(({ safeValue, name }, index) => {
        if (held[index]) assert.equal(state.level(index), safeValue, name);
      });
    }),
    { numRuns: 300, seed: 7 },
  );
});
