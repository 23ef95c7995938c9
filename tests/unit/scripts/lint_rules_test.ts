import { strict as assert } from "node:assert";
import plugin from "../../../scripts/lint_rules.ts";

const ROOT = new URL("../../../", import.meta.url);

function messages(path: string, source: string): string[] {
  return Deno.lint.runPlugin(plugin, new URL(path, ROOT).pathname, source).map((diagnostic) => diagnostic.message);
}

Deno.test("ambient fires with the replacement when a core file reads time, timers, randomness or ids", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["Date.now();", "Cannot call Date.now here: use ctx.wallMs"],
    ["new Date();", "Cannot call new Date() here: use ctx.wallMs"],
    ["Date();", "Cannot call Date here: use ctx.wallMs"],
    ["performance.now();", "Cannot call performance.now here: use ctx.nowMs"],
    ["setTimeout(f, 1);", "Cannot call setTimeout here: use ctx.timer(name, ms)"],
    ["setInterval(f, 1);", "Cannot call setInterval here: use ctx.timer(name, ms)"],
    ["queueMicrotask(f);", "Cannot call queueMicrotask here: use an effect"],
    ["Math.random();", "Cannot call Math.random here: use ctx.random(stream)"],
    ["crypto.randomUUID();", "Cannot call crypto.randomUUID here: use ctx.newId()"],
    ["globalThis.crypto.randomUUID();", "Cannot call crypto.randomUUID here: use ctx.newId()"],
    ['Date["now"]();', "Cannot call Date.now here: use ctx.wallMs"],
  ];
  for (const [source, message] of cases) {
    assert.deepEqual(messages("src/core/a.ts", source), [message], source);
    assert.deepEqual(messages("drivers/devices/a.ts", source), [message], source);
  }
});

Deno.test("ambient passes when the file is a shell or the date is made of a number", () => {
  for (
    const path of [
      "src/host/a.ts",
      "src/launcher/a.ts",
      "src/testing/a.ts",
      "src/app/a.ts",
      "src/transports/mqtt_pipe.ts",
    ]
  ) {
    assert.deepEqual(messages(path, "Date.now(); setTimeout(f, 1);"), [], path);
  }
  assert.deepEqual(messages("src/core/a.ts", "new Date(5); ctx.timer('poll', 1); clock.now();"), []);
  assert.equal(messages("src/transports/memory.ts", "Date.now();").length, 1);
});

Deno.test("top-level-arrow fires when a module's constant is an arrow function", () => {
  const message = "Cannot write a top-level arrow function: use a function declaration";
  assert.deepEqual(messages("src/core/a.ts", "const f = () => 1; export const g = (a: number) => a;"), [
    message,
    message,
  ]);
  assert.deepEqual(
    messages("src/core/a.ts", "function f() { const g = () => 1; return [1].map((x) => x + g()); }"),
    [],
  );
});

Deno.test("inline-specifier fires when a module names a registry", () => {
  assert.deepEqual(messages("scripts/a.ts", 'import { z } from "npm:zod@4";'), [
    'Cannot import "npm:zod@4" here: use a bare name from deno.json',
  ]);
  assert.equal(messages("scripts/a.ts", 'export * from "jsr:@std/async"; await import("npm:mqtt");').length, 2);
  assert.deepEqual(messages("scripts/a.ts", 'import { z } from "zod"; import "node:fs"; import "./b.ts";'), []);
});

Deno.test("no-collector fires when src uses the garbage collector", () => {
  assert.deepEqual(messages("src/core/a.ts", "new WeakRef(x);"), [
    "Cannot use WeakRef here as the collector is not deterministic: dispose instead",
  ]);
  assert.equal(messages("src/host/a.ts", "new FinalizationRegistry(f);").length, 1);
  assert.deepEqual(messages("drivers/linux/a.ts", "new FinalizationRegistry(f);"), []);
});

Deno.test("no-private-keyword fires when a class uses private", () => {
  const source = "class A { private a = 1; private b() {} constructor(private c: number) {} }";
  assert.deepEqual(
    messages("src/core/a.ts", source),
    Array(3).fill("Cannot use the keyword private here: use a #name"),
  );
  assert.deepEqual(messages("src/core/a.ts", "class A { #a = 1; protected b() {} }"), []);
});

Deno.test("no-test-sleep fires when a unit test waits", () => {
  assert.deepEqual(messages("src/core/a_test.ts", "setTimeout(f, 1); sleep(5);"), [
    "Cannot call setTimeout in a unit test: use the virtual clock",
    "Cannot call sleep in a unit test: use the virtual clock",
  ]);
  assert.deepEqual(messages("tests/integration/a_test.ts", "setTimeout(f, 1);"), []);
});
