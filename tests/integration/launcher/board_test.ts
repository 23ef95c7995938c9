import { strict as assert } from "node:assert";
import { BUS_SILENT_MS, busWorkers } from "../../../src/app/plan_bus.ts";
import { BUS_TICK_MS, LEASE_MS } from "../../../src/core/device.ts";
import { EXIT } from "../../../src/core/exit_codes.ts";
import { boardPlan, boardTest, BUSES, type Heard, heard, makeBoard, READ_PERIOD_MS } from "./board.ts";

/** What a busy machine may add to a bound, in ms; starting a worker is the longest part of it. */
const SLACK_MS = 4_000;

function of<Kind extends Heard["kind"]>(all: readonly Heard[], kind: Kind): Extract<Heard, { kind: Kind }>[] {
  return all.filter((one): one is Extract<Heard, { kind: Kind }> => one.kind === kind);
}

boardTest("bus.ts writes the safe state when the agent's lease ends", async () => {
  using board = makeBoard();
  const end = await board.run(boardPlan(board, { letGoAfterMs: 600 }), [
    { at: '"kind":"lapsed"', act: (child) => child.kill("SIGTERM") },
  ]);
  assert.equal(end.code, EXIT.ok, end.stderr);
  const all = heard(end);
  assert.deepEqual(of(all, "lapsed").map(({ outputs }) => outputs), [["relay1", "relay2"]]);
  const changes = board.changes();
  assert.deepEqual(changes.map(({ what }) => what), ["1 1", "2 1", "1 0", "2 0"]);
  const afterMs = changes[2]!.atMs - of(all, "renewed").at(-1)!.atMs;
  assert.ok(afterMs >= LEASE_MS - BUS_TICK_MS, `${afterMs} ms after the last renewal`);
  assert.ok(afterMs <= LEASE_MS + 2 * BUS_TICK_MS + SLACK_MS, `${afterMs} ms after the last renewal`);
});

boardTest("bus.ts leaves outputs safe when the launcher is told to stop", async () => {
  using board = makeBoard();
  const end = await board.run(boardPlan(board, {}), [
    { at: '"id":"on-relay2"', act: (child) => child.kill("SIGTERM") },
  ]);
  assert.equal(end.code, EXIT.ok, end.stderr);
  assert.deepEqual(board.changes().map(({ what }) => what), ["1 1", "2 1", "1 0", "2 0"]);
});

boardTest(
  "launch() replaces a bus that hangs in a call, its outputs go safe by the old fds, other buses lose nothing",
  async () => {
    using board = makeBoard();
    const end = await board.run(boardPlan(board, {}), [
      { at: '"id":"on-relay2"', act: () => board.tell("hang", "") },
      { at: '"kind":"opened","bus":"bus-gpio-relays"', act: () => {} },
      { at: '"id":"on-relay2"', act: (child) => child.kill("SIGTERM") },
    ]);
    assert.equal(end.code, EXIT.ok, end.stderr);
    assert.match(
      end.stderr,
      /"event":"launcher.silent","worker":"bus-gpio-relays","life":1,"doing":"(read door|write relay\d)"/,
    );
    const changes = board.changes();
    const hung = changes.findIndex(({ what }) => what === "hangs");
    assert.deepEqual(changes.slice(0, hung).map(({ what }) => what), ["1 1", "2 1"]);
    const safe = changes.slice(hung + 1, hung + 3);
    assert.deepEqual(safe.map(({ what }) => what), ["1 0", "2 0"]);
    const afterMs = safe[1]!.atMs - changes[hung]!.atMs;
    assert.ok(afterMs <= BUS_SILENT_MS + SLACK_MS, `safe ${afterMs} ms after the hang`);
    assert.deepEqual(
      changes.slice(hung + 3).map(({ what }) => what),
      ["1 1", "2 1", "1 0", "2 0"],
      "the agent goes on",
    );
    const readings = of(heard(end), "reading").filter(({ channel }) => channel === "temp");
    assert.deepEqual([...new Set(readings.map(({ value }) => value))], [21_500]);
    const gaps = readings.slice(1).map(({ atMs }, index) => atMs - readings[index]!.atMs);
    assert.ok(Math.max(...gaps) < 3 * READ_PERIOD_MS + BUS_TICK_MS, `longest gap ${Math.max(...gaps)} ms`);
    const duringMs = readings.filter(({ atMs }) => atMs >= changes[hung]!.atMs && atMs <= safe[1]!.atMs);
    assert.ok(duringMs.length >= Math.floor(afterMs / READ_PERIOD_MS) - 2, `${duringMs.length} in ${afterMs} ms`);
  },
);

boardTest("busWorkers() grant a worker the one library and nothing else", async () => {
  using board = makeBoard();
  const [plan] = busWorkers({ libcPath: board.libcPath, buses: BUSES.slice(0, 1) });
  const file = `${import.meta.dirname}/board.ts`;
  const targets = { grantedPort: 9, otherPort: 9, grantedFile: file, otherFile: "/dev/null", ffi: board.libcPath };
  const end = await board.run({
    workers: [{ ...plan!, entry: "probe", init: { probe: targets } }],
    ports: [],
    exitAfterMs: 1,
  });
  assert.equal(end.code, EXIT.ok, end.stderr);
  const found: Record<string, string> = JSON.parse(/^probe bus (.*)$/m.exec(end.stdout)?.[1] ?? "{}");
  const done = Object.keys(found).filter((name) => found[name] !== "refused");
  assert.deepEqual([Object.keys(found).length, done], [13, ["ffiGranted"]], JSON.stringify(found));
});
