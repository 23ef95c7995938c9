import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { drawMachine, type MachineTable } from "../core/table_machine.ts";
import {
  ROTATION_INITIAL,
  ROTATION_TABLE,
  type RotationInput,
  type RotationState,
  stepRotation,
} from "./rotation_table.ts";

const INPUTS: readonly RotationInput[] = [
  "changed",
  "known",
  "misfit",
  "fit_up",
  "fit_down",
  "accepted",
  "refused",
  "unreached",
  "old_accepted",
  "old_refused",
  "lost",
  "again",
];

const STATES: Readonly<Record<string, RotationState>> = {
  I: "in_use",
  C: "changing",
  D: "doubtful",
  U: "unfit",
  T: "trying",
  N: "next",
  S: "spare",
};

const EFFECTS: Readonly<Record<string, string>> = {
  t: "try",
  a: "abandon",
  k: "take",
  r: "tell_refused",
  w: "await_again",
  j: "judge",
};

/** One row a state, one word an input in the order of `INPUTS`: state, then effects; "." is no cell. */
const EXPECTED: readonly (readonly [string, string])[] = [
  ["I", "C   .  .  .   .  .   .   .   .   .   .   ."],
  ["C", "C   I  D  Tt  N  .   .   .   .   .   .   ."],
  ["D", "C   I  Urw Tt  N  .   .   .   .   .   .   ."],
  ["U", "C   I  Uw  Tt  N  .   .   .   Uw  Uj  Uj  Uj"],
  ["T", "Ca  .  .  .   .  Ik  Srw Sw  .   .   Na  ."],
  ["N", "C   .  .  .   .  I   Sr  N   Tt  N   N   ."],
  ["S", "C   .  .  .   .  I   .   .   Sw  N   S   Tt"],
];

Deno.test("stepRotation() answers every state and input as this table says", () => {
  let cells = 0;
  for (const [letter, row] of EXPECTED) {
    const words = row.trim().split(/ +/);
    assert.equal(words.length, INPUTS.length, letter);
    INPUTS.forEach((input, index) => {
      const [to = "", ...effects] = words[index]!;
      const expected = to === "." ? undefined : [STATES[to], ...effects.map((effect) => EFFECTS[effect])];
      assert.deepEqual(stepRotation(STATES[letter]!, input), expected, `${STATES[letter]} ${input}`);
      cells++;
    });
  }
  assert.equal(cells, 84);
  assert.deepEqual(Object.keys(ROTATION_TABLE).sort(), Object.values(STATES).sort());
});

Deno.test("ROTATION_TABLE leads from everywhere back to files that are in use, and never stays deaf to a change", () => {
  for (const from of Object.values(STATES)) {
    assert.equal(stepRotation(from, "changed")?.[0], "changing", from);
    const reached = new Set<RotationState>([from]);
    for (const state of reached) for (const cell of Object.values(ROTATION_TABLE[state])) reached.add(cell[0]);
    assert.equal(reached.size, Object.keys(STATES).length, from);
  }
  assert.equal(ROTATION_INITIAL, "changing");
});

Deno.test("ROTATION_TABLE ends what it began: who leaves a trial without its answer abandons it", () => {
  for (const [input, [to, ...effects]] of Object.entries(ROTATION_TABLE.trying)) {
    const isAnswer = ["accepted", "refused", "unreached"].includes(input);
    assert.equal(effects.includes("abandon"), !isAnswer, input);
    assert.notEqual(to, "trying");
  }
});

Deno.test("ROTATION_TABLE gives up the connection in one cell only: an accepted trial", () => {
  const cells = Object.entries(ROTATION_TABLE).flatMap(([from, row]) =>
    Object.entries(row).filter(([, cell]) => cell.includes("take")).map(([input]) => `${from} ${input}`)
  );
  assert.deepEqual(cells, ["trying accepted"]);
});

Deno.test("README.md draws ROTATION_TABLE as it is", () => {
  const readme = readFileSync(new URL("./README.md", import.meta.url), "utf8");
  const targets = Object.entries(ROTATION_TABLE).map(([from, cells]) =>
    [from, Object.fromEntries(Object.entries(cells).map(([input, [to]]) => [input, to]))] as const
  );
  const table = Object.fromEntries(targets) as MachineTable<RotationState, RotationInput>;
  const drawing = drawMachine(table, ROTATION_INITIAL);
  assert.ok(readme.includes("```mermaid\n" + drawing + "\n```"), drawing);
});
