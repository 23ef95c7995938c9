import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { BASIC_COMM_TLS } from "./basic_comm.ts";
import { RULE_SCENARIOS } from "./rule_scenarios.ts";
import { SCENARIOS } from "./scenarios.ts";
import { STORE_SCENARIOS } from "./store_scenarios.ts";

const ROOT = new URL("../../", import.meta.url);
const README = readFileSync(new URL("README.md", import.meta.url), "utf8");

/** Rows of the table below a heading, without its head. */
function tableOf(heading: string): readonly (readonly string[])[] {
  const section = README.split("\n## ").find((text) => text.startsWith(heading));
  assert.ok(section !== undefined, `no section "${heading}"`);
  const lines = section.split("\n").filter((line) => line.startsWith("| "));
  return lines.slice(2).map((line) => line.split("|").slice(1, -1).map((cell) => cell.trim()));
}

Deno.test("README.md has one row for each scenario, and a scenario for each row", () => {
  const expected = [
    ...SCENARIOS.map(({ name }) => [name, "yes", "yes"]),
    ...BASIC_COMM_TLS.map(({ name }) => [name, "no", "yes"]),
    ...[...RULE_SCENARIOS, ...STORE_SCENARIOS].map(({ name }) => [name, "unit", "no"]),
  ].map((row) => row.join(" | "));
  const rows = tableOf("Scenarios\n").map(([, name, simulated, real]) => [name, simulated, real].join(" | "));
  assert.deepEqual(rows.toSorted(), expected.toSorted());
  assert.equal(new Set(expected).size, expected.length);
});

Deno.test("README.md says of each scenario whether it is corrected, as its name does", () => {
  for (const [, name = "", , , corrected] of tableOf("Scenarios\n")) {
    assert.equal(corrected, name.endsWith("(corrected)") ? "corrected" : "same", name);
  }
});

Deno.test("README.md names tests that exist for the parts that are replaced", () => {
  const rows = tableOf("Scenarios of parts that are replaced");
  assert.ok(rows.length > 0);
  for (const [, , file = "", name = ""] of rows) {
    const text = readFileSync(new URL(file, ROOT), "utf8");
    assert.ok(text.includes(JSON.stringify(name)), `${file} has no test "${name}"`);
  }
});

Deno.test("the tests play every list of scenarios", () => {
  const files = ["simulation_test.ts", "unit_scenarios_test.ts", "../integration/acceptance/real_broker_test.ts"];
  const texts = files.map((file) => readFileSync(new URL(file, import.meta.url), "utf8"));
  assert.match(texts[0]!, /of SCENARIOS\)/);
  assert.match(texts[1]!, /\.\.\.RULE_SCENARIOS, \.\.\.STORE_SCENARIOS\]/);
  assert.match(texts[2]!, /of SCENARIOS\)/);
  assert.match(texts[2]!, /of BASIC_COMM_TLS\)/);
});
