import { strict as assert } from "node:assert";
import { BUS_TICK_MS } from "../../../src/core/device.ts";
import { EXIT } from "../../../src/core/exit_codes.ts";
import type { SwitchRecord } from "../../../src/core/output_lease.ts";
import { housePlan, runApp, testFiles, worker } from "./run_app.ts";

function readJson<Shape>(file: string): Shape {
  return JSON.parse(Deno.readTextFileSync(file)) as Shape;
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

Deno.test("launch() ends with code 0 and a flushed store when exit-after is over", async () => {
  using files = testFiles();
  const end = await runApp(housePlan("keep", files, { exitAfterMs: 1_500 }));
  assert.equal(end.code, EXIT.ok, end.stderr);
  assert.deepEqual(readJson(files.rows), ["hello of life 1", "before the end"]);
  assert.ok(end.stdout.indexOf("agent stops") < end.stdout.indexOf("store flushed"), end.stdout);
  const last = readJson<SwitchRecord[]>(files.busLog).map(({ output, value, because }) => [output, value, because]);
  assert.deepEqual(last.slice(0, 3), [["relay1", 0, "start"], ["relay2", 0, "start"], ["relay1", 1, "command"]]);
});

Deno.test("launch() hands over only the named part of the environment", async () => {
  using files = testFiles();
  const end = await runApp(housePlan("keep", files, { exitAfterMs: 1 }));
  assert.match(end.stderr, /^planner sees \{"TESTAPP_COLOR":"green"\}$/m);
});

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
  Deno.test(`launch() stops in order with code 0 when ${signal} comes`, async () => {
    using files = testFiles();
    const end = await runApp(housePlan("keep", files), [
      { at: "relay1 written", act: (child) => child.kill(signal) },
    ]);
    assert.equal(end.code, EXIT.ok, end.stderr);
    assert.ok(end.stdout.indexOf("agent stops") < end.stdout.indexOf("store flushed"), end.stdout);
    assert.equal(count(end.stdout, "store flushed"), 1);
  });
}

for (const how of ["throw", "reject"] as const) {
  Deno.test(`launch() replaces an agent in place when it ${how === "throw" ? "throws" : "rejects unhandled"}`, async () => {
    using files = testFiles();
    const end = await runApp(housePlan(how, files), [
      { at: "life 2 relay1 written", act: (child) => child.kill("SIGTERM") },
    ]);
    assert.equal(end.code, EXIT.ok, end.stderr);
    for (
      const line of ["agent life 2 ports bus,store", "bus gets port of agent life 2", "store gets port of agent life 2"]
    ) {
      assert.equal(count(end.stdout, line), 1, `${line} in ${end.stdout}`);
    }
    assert.equal(count(end.stdout, "bus life"), 1, "the bus keeps its life");
    assert.match(end.stderr, /on purpose.*agent_like\.ts/, "the report has the stack");
    assert.deepEqual(readJson(files.rows), ["hello of life 1", "before the end", "hello of life 2"]);
  });
}

Deno.test("launch() ends with code 1 when an agent throws at each start", async () => {
  const end = await runApp({ workers: [worker("agent", { then: "throw_always" })], ports: [] });
  assert.equal(end.code, EXIT.failure);
  assert.equal(count(end.stdout, "agent life"), 6, end.stdout);
  assert.equal(count(end.stderr, "launcher.crash_loop"), 1);
});

Deno.test("launch() ends with code 5, outputs safe, rows kept, when the agent loops for ever; a new start works", async () => {
  using files = testFiles();
  const end = await runApp(housePlan("loop", files));
  assert.equal(end.code, EXIT.silent, end.stderr);
  assert.match(end.stderr, /"event":"launcher.silent","worker":"agent","life":1,"doing":"agent-like"/);
  const log = readJson<SwitchRecord[]>(files.busLog);
  const lapse = log.find(({ output, because }) => output === "relay1" && because === "lapse");
  assert.ok(lapse !== undefined && lapse.value === 0, JSON.stringify(log));
  assert.ok(lapse.leaseEndMs > 0 && lapse.atMs - lapse.leaseEndMs <= 2 * BUS_TICK_MS, JSON.stringify(lapse));
  assert.deepEqual(readJson(files.rows), ["hello of life 1", "before the end"]);
  const again = await runApp(housePlan("keep", files, { exitAfterMs: 500 }));
  assert.equal(again.code, EXIT.ok, again.stderr);
});

Deno.test("launch() replaces a bus with its old fds when it falls silent", async () => {
  using files = testFiles();
  const plan = housePlan("keep", files);
  const workers = plan.workers.map((each) =>
    each.name === "bus" ? { ...each, init: { logFile: files.busLog, loopInLife1: true } } : each
  );
  const end = await runApp({ ...plan, workers }, [
    { at: "bus life 2", act: () => {} },
    { at: "bus opened for life 1", act: (child) => child.kill("SIGTERM") },
  ]);
  assert.equal(end.code, EXIT.ok, end.stderr);
  assert.match(end.stdout, /^bus life 2 old fds \[\{"fd":1001,"label":"relay1"\}\]$/m);
  assert.match(end.stdout, /^agent gets port of bus life 2$/m);
  assert.equal(count(end.stdout, "agent life"), 1, "the agent keeps its life");
});

Deno.test("launch() replaces a worker in order when its heap outgrows its bound", async () => {
  using files = testFiles();
  const plan = housePlan("grow", files);
  const workers = plan.workers.map((each) => each.name === "agent" ? { ...each, heapMaxBytes: 40_000_000 } : each);
  const end = await runApp({ ...plan, workers }, [
    { at: "life 2 relay1 written", act: (child) => child.kill("SIGTERM") },
  ]);
  assert.equal(end.code, EXIT.ok, end.stderr);
  assert.equal(count(end.stderr, "launcher.outgrown"), 1);
  assert.ok(end.stdout.indexOf("agent stops") < end.stdout.indexOf("agent life 2"), end.stdout);
});

Deno.test("launch() ends with the code of a worker that asks for it", async () => {
  const end = await runApp({ workers: [worker("agent", { then: "exit" })], ports: [] });
  assert.equal(end.code, 7);
});

Deno.test("windowPort() keeps the memory of a flood flat when the receiver is slow", async () => {
  const messages = 200_000;
  const end = await runApp({
    workers: [
      worker("sender", { role: "sender", peer: "receiver", messages }, { entry: "flood" }),
      worker("receiver", { role: "receiver", peer: "sender", messages }, { entry: "flood" }),
    ],
    ports: [{ a: "sender", b: "receiver" }],
  });
  assert.equal(end.code, EXIT.ok, end.stderr);
  const flooded = JSON.parse(/^flooded (.*)$/m.exec(end.stdout)?.[1] ?? "{}");
  const received = Number(/^received (\d+)$/m.exec(end.stdout)?.[1]);
  assert.equal(flooded.offered, messages);
  assert.ok(flooded.waitingRows <= 64, `${flooded.waitingRows} waiting`);
  assert.ok(flooded.lost > messages / 2, "the receiver is slow enough that most messages are lost");
  assert.ok(received <= messages - flooded.lost + 1, `${received} received, ${flooded.lost} lost`);
  // All messages together are 205 MB; the window is 64 KiB, the rest is the runtime's own.
  assert.ok(flooded.grownBytes < messages * 1_024 / 3, `grown by ${flooded.grownBytes} bytes`);
});
