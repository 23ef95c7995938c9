import { strict as assert } from "node:assert";
import { checkLayers } from "../../../scripts/check_layers.ts";
import { importsOf } from "../../../scripts/module_graph.ts";

function breaches(files: Readonly<Record<string, string>>): readonly string[] {
  return checkLayers(new Map(Object.entries(files))).breaches;
}

function line(specifier: string): string {
  return `import { x } from "${specifier}";\n`;
}

Deno.test("checkLayers() names file, import and rule when a folder imports what it may not", () => {
  assert.deepEqual(breaches({ "src/core/a.ts": line("../host/y.ts"), "src/host/y.ts": "" }), [
    "src/core/a.ts imports src/host/y.ts: src/core may not import src/host",
  ]);
});

Deno.test("checkLayers() counts types, re-exports, dynamic imports and clauses over several lines", () => {
  const sources = [
    'import type { X } from "../host/y.ts";',
    'export * from "../host/y.ts";',
    'import "../host/y.ts";',
    'import {\n  a,\n  type B,\n} from "../host/y.ts";',
    'const y = await import("../host/y.ts");',
  ];
  for (const source of sources) {
    assert.equal(breaches({ "src/core/a.ts": source, "src/host/y.ts": "" }).length, 1, source);
  }
});

Deno.test("checkLayers() passes when the table allows the folder, or the port file alone", () => {
  assert.deepEqual(breaches({ "src/links/a.ts": line("../core/b.ts") + line("../store/port.ts") }), []);
  assert.deepEqual(breaches({ "src/links/a.ts": line("../store/sqlite_engine.ts") }), [
    "src/links/a.ts imports src/store/sqlite_engine.ts: src/links may not import src/store",
  ]);
});

Deno.test("checkLayers() lets a test import the test kit and fast-check when its folder may not", () => {
  const source = line("../testing/clock.ts") + line("fast-check");
  assert.deepEqual(breaches({ "src/core/a_test.ts": source }), []);
  assert.deepEqual(breaches({ "src/core/a.ts": source }), [
    "src/core/a.ts imports src/testing/clock.ts: src/core may not import src/testing",
    "src/core/a.ts imports fast-check: src/core may not import the package fast-check",
  ]);
});

Deno.test("checkLayers() refuses when code imports tests or scripts, or lies outside the table", () => {
  assert.deepEqual(breaches({ "src/app/a.ts": line("../../scripts/b.ts"), "scripts/b.ts": "", "src/misc/c.ts": "" }), [
    "src/app/a.ts imports scripts/b.ts: src/app may not import scripts",
    "src/misc/c.ts is in no folder of the import table",
  ]);
});

Deno.test("checkLayers() keeps packages and node:sqlite in the files that may import them", () => {
  assert.deepEqual(breaches({ "src/protocol/a.ts": line("zod/v4"), "src/transports/mqtt_pipe.ts": line("mqtt") }), []);
  assert.deepEqual(breaches({ "src/transports/memory.ts": line("mqtt"), "src/store/policy.ts": line("node:sqlite") }), [
    "src/transports/memory.ts imports mqtt: in src/transports only files like \\/mqtt[^/]*\\.ts$ may",
    "src/store/policy.ts imports node:sqlite: in src/store only files like \\/sqlite[^/]*\\.ts$ may",
  ]);
});

Deno.test("checkLayers() prints the whole cycle when modules import each other", () => {
  const files = { "src/core/a.ts": line("./b.ts"), "src/core/b.ts": line("./c.ts"), "src/core/c.ts": line("./a.ts") };
  assert.deepEqual(breaches(files), ["cycle: src/core/a.ts → src/core/b.ts → src/core/c.ts → src/core/a.ts"]);
});

Deno.test("checkLayers() shows the way when the graph of an isolate holds a package", () => {
  const files = {
    "src/app/store.ts": line("../store/mod.ts"),
    "src/store/mod.ts": 'export * from "./b.ts";',
    "src/store/b.ts": line("zod"),
  };
  assert.deepEqual(breaches(files), [
    "src/store/b.ts imports zod: src/store may not import the package zod",
    "src/app/store.ts loads the package zod: src/app/store.ts → src/store/mod.ts → src/store/b.ts → zod",
  ]);
});

Deno.test("checkLayers() refuses when the agent loads the LTN, and passes when it only names its types", () => {
  const ltn = { "src/ltn/a.ts": "" };
  assert.deepEqual(breaches({ ...ltn, "src/app/agent.ts": line("../ltn/a.ts") }), [
    "src/app/agent.ts loads src/ltn: src/app/agent.ts → src/ltn/a.ts",
  ]);
  assert.deepEqual(breaches({ ...ltn, "src/app/agent.ts": 'import type { X } from "../ltn/a.ts";' }), []);
  assert.deepEqual(breaches({ ...ltn, "src/app/agent.ts": 'import { type X } from "../ltn/a.ts";' }), []);
});

Deno.test("importsOf() finds nothing when import stands in a comment, a string or an indented template", () => {
  const source = '// import "./a.ts";\n * import("./b.ts")\nconst s = "import";\n  import { x } from "./c.ts"\n';
  assert.deepEqual(importsOf("src/core/a.ts", source), []);
});
