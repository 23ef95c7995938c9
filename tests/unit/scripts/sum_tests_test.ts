import { strict as assert } from "node:assert";
import { sumTests } from "../../../scripts/sum_tests.ts";

Deno.test("sumTests() adds the summary lines of all stages when every stage is well", () => {
  const stages = [
    { exitCode: 0, output: "noise\nok | 3 passed (2 steps) | 0 failed (12ms)\n" },
    { exitCode: 0, output: "\u001b[32mok\u001b[0m | 4 passed | 0 failed | 1 ignored (1s)\n" },
  ];
  assert.deepEqual(sumTests(stages, false), { passed: 7, failed: 0 });
});

Deno.test("sumTests() counts an ignored test as failed when strict", () => {
  const output = "ok | 4 passed | 0 failed | 2 ignored | 1 filtered out (1s)";
  assert.deepEqual(sumTests([{ exitCode: 0, output }], true), { passed: 4, failed: 2 });
});

Deno.test("sumTests() counts failed tests once when their stage failed too", () => {
  const output = "FAILED | 1 passed (3 steps) | 2 failed (1 step) (8ms)";
  assert.deepEqual(sumTests([{ exitCode: 1, output }], false), { passed: 1, failed: 2 });
});

Deno.test("sumTests() counts one failure when a stage failed without a failed test", () => {
  const stages = [{ exitCode: 1, output: "error: Found 1 problem" }, {
    exitCode: 0,
    output: "ok | 1 passed | 0 failed (1ms)",
  }];
  assert.deepEqual(sumTests(stages, false), { passed: 1, failed: 1 });
});

Deno.test("sumTests() finds the summary when the runner was one of several tasks side by side", () => {
  const output =
    "[test:unit] running 2 tests\n[test:unit] ok | 2 passed | 0 failed | 1 ignored (5ms)\n     [fmt] FAILED | 1 passed | 1 failed (1ms)\n";
  assert.deepEqual(sumTests([{ exitCode: 0, output }], true), { passed: 3, failed: 2 });
});

Deno.test("sumTests() takes the sum of a part that adds up by itself", () => {
  const output = "[hil   54 s] x64: 12 passed, 0 failed\n22 passed, 1 failed\n";
  assert.deepEqual(sumTests([{ exitCode: 1, output }], true), { passed: 22, failed: 1 });
});
