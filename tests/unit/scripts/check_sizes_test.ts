import { strict as assert } from "node:assert";
import { checkMachinePaths, checkSizes, functionSizes } from "../../../scripts/check_sizes.ts";

function linesOf(count: number): string {
  return "const a = 1;\n".repeat(count);
}

function functionOf(lines: number, head = "function long() {", indent = ""): string {
  return `${indent}${head}\n${`${indent}  a();\n`.repeat(lines - 2)}${indent}}\n`;
}

Deno.test("checkSizes() fires when a file has more than 400 lines, a test or wire types more than 700", () => {
  const sources = new Map([
    ["src/core/a.ts", linesOf(401)],
    ["src/core/a_test.ts", linesOf(701)],
    ["src/protocol/types/b.ts", linesOf(701)],
  ]);
  assert.deepEqual(checkSizes(sources, []).breaches, [
    "src/core/a.ts has 401 lines: at most 400",
    "src/core/a_test.ts has 701 lines: at most 700",
    "src/protocol/types/b.ts has 701 lines: at most 700",
  ]);
});

Deno.test("checkSizes() passes with a note when a file has 301 to 400 lines", () => {
  const sources = new Map([["src/core/a.ts", linesOf(400)], ["src/core/b.ts", linesOf(300)], [
    "src/a_test.ts",
    linesOf(700),
  ]]);
  const report = checkSizes(sources, []);
  assert.deepEqual(report.breaches, []);
  assert.deepEqual(report.notes, ["src/core/a.ts has 400 lines: worth a look above 300"]);
  assert.equal(report.medianLines, 400);
});

Deno.test("checkSizes() fires when a function or method has more than 70 lines", () => {
  const method = `class A {\n${functionOf(71, "async #poll(): Promise<void> {", "  ")}}\n`;
  const split = `export function wide(\n  a: number,\n): void {\n${"  a();\n".repeat(68)}}\n`;
  const sources = new Map([["src/a.ts", functionOf(71)], ["src/b.ts", method], ["src/c.ts", split], [
    "src/d.ts",
    functionOf(70),
  ]]);
  const report = checkSizes(sources, []);
  assert.deepEqual(report.breaches, [
    "src/a.ts#long has 71 lines: at most 70",
    "src/b.ts##poll has 71 lines: at most 70",
    "src/c.ts#wide has 72 lines: at most 70",
  ]);
  assert.deepEqual(report.notes, ["src/d.ts#long has 70 lines: worth a look above 60"]);
});

Deno.test("checkSizes() obeys an exception, and fires when it is no longer needed", () => {
  const exceptions = [{ name: "src/a.ts", lines: 450, reason: "one table" }];
  assert.deepEqual(checkSizes(new Map([["src/a.ts", linesOf(450)]]), exceptions).breaches, []);
  assert.deepEqual(checkSizes(new Map([["src/a.ts", linesOf(451)]]), exceptions).breaches, [
    "src/a.ts has 451 lines: at most 450",
  ]);
  assert.deepEqual(checkSizes(new Map([["src/a.ts", linesOf(10)]]), exceptions).breaches, [
    "src/a.ts needs no exception any more: take it off the list",
  ]);
});

Deno.test("functionSizes() counts inner functions, for themselves and for the one they are in", () => {
  const inner = functionOf(30, "step(): void {", "    ");
  const source = `function make(): Part {\n  let a = 0;\n  return {\n${
    inner.replaceAll("    }\n", "    },\n")
  }  };\n}\n`;
  assert.deepEqual(functionSizes(source), [{ name: "make", lines: 35 }, { name: "step", lines: 30 }]);
});

Deno.test("functionSizes() leaves out calls, conditions and declarations without a body", () => {
  const source =
    'declare function f(): void;\nif (\n  a\n) {\n  b();\n}\nrun(\n  "x",\n);\ninterface A {\n  f(): void;\n}\n';
  assert.deepEqual(functionSizes(source), []);
  assert.deepEqual(functionSizes("export function g<T>(a: T): T {\n  return a;\n}\n"), [{ name: "g", lines: 3 }]);
});

Deno.test("checkMachinePaths() fires when a file names a path of one machine", () => {
  const [home, shared] = ["/ro" + "ot/x", "../sha" + "red/data"];
  const files = new Map([["a.md", `fine\nsee ${home}`], ["b.ts", `const a = "${shared}";`], [".ci/run", shared]]);
  assert.deepEqual(checkMachinePaths(files), [
    `a.md:2 names a path of one machine: "${home.slice(0, -1)}"`,
    `b.ts:1 names a path of one machine: "${shared.slice(0, -4)}"`,
  ]);
});

Deno.test("checkMachinePaths() passes when a path only looks alike", () => {
  assert.deepEqual(
    checkMachinePaths(new Map([["a.md", "https://a.example/wo" + "rk/x and src/ro" + "ot/x and $HOME/wo" + "rk/"]])),
    [],
  );
});
