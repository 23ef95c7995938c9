import { strict as assert } from "node:assert";
import GPIO_HOUSE from "../../../layouts/gpio_house.json" with { type: "json" };
import { makePlan } from "../../../src/app/make_plan.ts";
import { EXIT } from "../../../src/core/exit_codes.ts";
import type { RunPlan } from "../../../src/core/isolate.ts";
import { type Board, boardTest, makeBoard } from "./board.ts";

/** A port of this machine that refuses: the house runs without its broker. */
const NO_BROKER_PORT = "9";

const SECOND_BOARD = "7d0f5a6e-3f0c-4b50-8f4e-0a6a4c1c9a2b";

/** The GPIO house with its relays on lines 1 to 4 of the fake chip, relays 3 and 4 as a component of their own. */
function layoutText(): string {
  const [relays, ...others] = GPIO_HOUSE.OtherComponents;
  const configs = relays!.ConfigList.map((config, index) => ({ ...config, GpioLine: index + 1, HoldTimeMs: 0 }));
  const OtherComponents = [
    { ...relays, GpioChip: "relays", ConfigList: configs.slice(0, 2) },
    { ...relays, ComponentId: SECOND_BOARD, GpioChip: "relays", ConfigList: configs.slice(2) },
    ...others,
  ];
  const ShNodes = GPIO_HOUSE.ShNodes.map((node) =>
    ["relay3", "relay4"].includes(node.Name) ? { ...node, ComponentId: SECOND_BOARD } : node
  );
  return JSON.stringify({ ...GPIO_HOUSE, OtherComponents, ShNodes });
}

/** What `hearth run --json` plans for this layout on this board. */
function runPlanOf(board: Board, folder: string): RunPlan {
  const env = {
    HOME: folder,
    SCADA_GRIDWORKS_MQTT__HOST: "127.0.0.1",
    SCADA_GRIDWORKS_MQTT__PORT: NO_BROKER_PORT,
    SCADA_GRIDWORKS_MQTT__TLS__USE_TLS: "false",
    SCADA_ADMIN__ENABLED: "false",
  };
  const host = {
    readText: (path: string) => path === "/house.json" ? layoutText() : undefined,
    board: () => ({ arch: "x86_64", libcPath: board.libcPath }),
    freePort: () => assert.fail("no port is asked for"),
    wallMs: () => Date.now(),
  };
  const init = { command: "run", args: ["run"], env, cwd: folder, isTerminal: false };
  const outcome = makePlan({ app: "run", layout: "/house.json", init }, { json: true }, host);
  assert.equal(outcome.kind, "plan", JSON.stringify(outcome));
  return (outcome as Extract<typeof outcome, { kind: "plan" }>).plan;
}

boardTest("hearth run drives the buses of a layout without a broker, and leaves them safe", async () => {
  using board = makeBoard();
  const folder = Deno.makeTempDirSync({ prefix: "hearth-run-" });
  try {
    const end = await board.run(runPlanOf(board, folder), [
      { at: '"relay4":1', act: (child) => child.kill("SIGTERM") },
    ]);
    assert.equal(end.code, EXIT.ok, end.stderr);
    assert.match(end.stdout, /"zone1-main-temp":21\.5/);
    const whats = board.changes().map(({ what }) => what);
    for (const line of [3, 4]) {
      assert.ok(whats.includes(`${line} 1`), `the agent takes line ${line}: ${whats.join(", ")}`);
      assert.equal(whats.findLast((what) => what.startsWith(`${line} `)), `${line} 0`);
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
