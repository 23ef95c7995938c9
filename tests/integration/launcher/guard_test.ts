import { strict as assert } from "node:assert";
import { guardPlan } from "../../../src/app/plan_bus_guard.ts";
import type { BusSpec } from "../../../src/core/bus_parts.ts";
import { EXIT } from "../../../src/core/exit_codes.ts";
import { type Board, boardTest, makeBoard, relay } from "./board.ts";
import { fileURLToPath } from "node:url";
import { type AppEnd, runScript } from "./run_app.ts";

const BUSES: readonly BusSpec[] = [
  { kind: "gpio", chip: "relays", outputs: [relay("relay1", 1), relay("relay2", 2)], inputs: [] },
];

function guard(board: Board, json = false): Promise<AppEnd> {
  return board.run(guardPlan({ libcPath: board.libcPath, buses: BUSES }, json));
}

boardTest("guard.ts makes a line safe that a dead process left energized", async () => {
  using board = makeBoard();
  board.tell("high", "2");
  const end = await guard(board, true);
  assert.equal(end.code, EXIT.ok, end.stderr);
  assert.deepEqual(JSON.parse(end.stdout), {
    safe: true,
    outputs: [
      { output: "relay1", chip: "relays", line: 1, safeValue: 0, result: "safe" },
      { output: "relay2", chip: "relays", line: 2, safeValue: 0, result: "safe" },
    ],
  });
  assert.deepEqual(board.changes().map(({ what }) => what), ["2 0"]);
});

boardTest("guard.ts waits for a line that is not released yet", async () => {
  using board = makeBoard();
  board.tell("high", "2");
  board.tell("busy", "2 700");
  const end = await guard(board);
  assert.equal(end.code, EXIT.ok, end.stderr);
  assert.deepEqual(end.stdout.trimEnd().split("\n"), [
    "safe    relay1  line 1 of relays  = 0",
    "safe    relay2  line 2 of relays  = 0",
    "guard: 2 of 2 outputs are safe",
  ]);
  assert.deepEqual(board.changes().map(({ what }) => what), ["2 0"]);
});

boardTest(
  "guard.ts gives up within its bound when a line stays busy, says who holds it, and makes the others safe",
  async () => {
    using board = makeBoard();
    board.tell("high", "1");
    board.tell("busy", "2 600000");
    const end = await guard(board);
    assert.equal(end.code, EXIT.environment, end.stderr);
    assert.deepEqual(end.stdout.trimEnd().split("\n"), [
      "safe    relay1  line 1 of relays  = 0",
      'FAILED  relay2  line 2 of relays  EBUSY, held by "dead"',
      "guard: 1 of 2 outputs are safe",
    ]);
    assert.deepEqual(board.changes().map(({ what }) => what), ["1 0"]);
  },
);

Deno.test("hearth guard plans from the layout, touches nothing in a simulation, and must be told --once", async () => {
  const main = fileURLToPath(new URL("../../../main.ts", import.meta.url));
  const layout = fileURLToPath(new URL("../../../layouts/gpio_house.json", import.meta.url));
  const env = { HOME: "/nonexistent", SCADA_IS_SIMULATED: "true", SCADA_GRIDWORKS_MQTT__TLS__USE_TLS: "false" };
  const end = await runScript(main, ["guard", "--once", "--layout", layout], [], env);
  assert.deepEqual([end.code, end.stdout], [EXIT.ok, "guard: 0 of 0 outputs are safe\n"], end.stderr);
  assert.match(
    end.stderr,
    /^warning: Cannot make outputs safe as the house must be real: found SCADA_IS_SIMULATED=true$/m,
  );
  const untold = await runScript(main, ["guard", "--layout", layout], [], env);
  assert.deepEqual([untold.code, untold.stdout], [EXIT.usage, ""], untold.stderr);
});
