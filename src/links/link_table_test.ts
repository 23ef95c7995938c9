import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { drawMachine, stepMachine } from "../core/table_machine.ts";
import { isActiveForSend, LINK_INITIAL, LINK_TABLE, type LinkInput } from "./link_table.ts";
import type { LinkState } from "./port.ts";

const INPUTS: readonly LinkInput[] = [
  "start_called",
  "mqtt_connected",
  "mqtt_connect_failed",
  "mqtt_disconnected",
  "mqtt_suback_pending",
  "mqtt_suback_complete",
  "message_from_peer",
  "response_timeout",
  "stop_called",
];

const NAMES: Readonly<Record<string, LinkState>> = {
  N: "not_started",
  C: "connecting",
  B: "awaiting_setup_and_peer",
  S: "awaiting_setup",
  P: "awaiting_peer",
  A: "active",
  X: "stopped",
};

/** One row a state, one letter an input in the order of `INPUTS`; "." is refused. */
const EXPECTED: readonly (readonly [keyof typeof NAMES & string, string])[] = [
  ["N", "C.......X"],
  ["C", ".BC.....X"],
  ["B", "...CBPS.X"],
  ["S", "...CSAS.X"],
  ["P", "...C..APX"],
  ["A", "...C..APX"],
  ["X", "........X"],
];

Deno.test("LINK_TABLE answers every state and input as the reference does", () => {
  let cells = 0;
  for (const [letter, row] of EXPECTED) {
    const from = NAMES[letter] as LinkState;
    INPUTS.forEach((input, index) => {
      const to = NAMES[row[index] as string];
      const expected = to === undefined ? { kind: "refused", from } : { kind: "moved", from, to };
      assert.deepEqual(stepMachine(LINK_TABLE, from, input), expected, `${from} ${input}`);
      cells++;
    });
  }
  assert.equal(cells, 63);
  assert.deepEqual(Object.keys(LINK_TABLE).sort(), Object.values(NAMES).sort());
});

Deno.test("LINK_TABLE reaches every state from the first", () => {
  const reached = new Set<LinkState>([LINK_INITIAL]);
  for (const state of reached) for (const to of Object.values(LINK_TABLE[state])) reached.add(to);
  assert.equal(reached.size, 7);
});

Deno.test("LINK_TABLE keeps its promises in all 120 interleavings of a start", () => {
  let orders = 0;
  for (const order of permutations(["connected", "suback", "suback", "message", "cut"])) {
    let state: LinkState = "connecting";
    let up = false, open = 2, heard = false;
    for (const event of order) {
      const before: LinkState = state;
      if (event === "connected") {
        state = step(state, "mqtt_connected");
        assert.equal(state === "awaiting_setup_and_peer", !up);
        up = true;
      } else if (event === "suback") {
        if (up) open--;
        state = step(state, open > 0 ? "mqtt_suback_pending" : "mqtt_suback_complete");
      } else if (event === "message") {
        state = step(state, "message_from_peer");
        heard ||= up;
      } else {
        state = step(state, "mqtt_disconnected");
        up = false;
        open = 2;
        heard = false;
      }
      const expected: LinkState = !up ? "connecting" : stateOf(open === 0, heard);
      assert.equal(state, expected, `${order.join(" ")}: ${event} in ${before}`);
      assert.equal(isActiveForSend(state), up && open === 0);
    }
    orders++;
  }
  assert.equal(orders, 120);
});

Deno.test("README.md draws LINK_TABLE as it is", () => {
  const readme = readFileSync(new URL("./README.md", import.meta.url), "utf8");
  assert.ok(
    readme.includes("```mermaid\n" + drawMachine(LINK_TABLE, LINK_INITIAL) + "\n```"),
    drawMachine(LINK_TABLE, LINK_INITIAL),
  );
});

function stateOf(subscribed: boolean, heard: boolean): LinkState {
  if (subscribed) return heard ? "active" : "awaiting_peer";
  return heard ? "awaiting_setup" : "awaiting_setup_and_peer";
}

function step(state: LinkState, input: LinkInput): LinkState {
  const result = stepMachine(LINK_TABLE, state, input);
  return result.kind === "moved" ? result.to : state;
}

function* permutations(items: readonly string[]): Generator<readonly string[]> {
  if (items.length === 0) yield [];
  for (let index = 0; index < items.length; index++) {
    const rest = items.filter((_, other) => other !== index);
    for (const tail of permutations(rest)) yield [items[index] as string, ...tail];
  }
}
