import { strict as assert } from "node:assert";
import { EXIT } from "../core/exit_codes.ts";
import type { FromWorker, RunPlan, Supervision, WorkerPlan } from "../core/isolate.ts";
import { STOP_STAGES } from "./commands.ts";
import { supervisor } from "./supervise.ts";
import { REPLACEMENTS_MAX } from "./supervise_lives.ts";
import type { SuperviseEffect } from "./supervise_state.ts";
import { SILENT_WAIT_MS, STOP_STAGE_MS_MAX } from "./supervise_stop.ts";
import { START_MS_MAX, STUCK_LIVES_MAX, TICK_MS } from "./supervise_watch.ts";

const READY: FromWorker = { kind: "ready" };
const BEAT: FromWorker = { kind: "beat", doing: "hub", heapUsedBytes: 1 };

function worker(name: string, supervision: Supervision, more: Partial<WorkerPlan> = {}): WorkerPlan {
  return { name, entry: name, grants: {}, supervision, silentMs: 1_000, init: null, ...more };
}

const HOUSE: RunPlan = {
  workers: [worker("agent", "replace_or_exit"), worker("bus", "replace"), worker("store", "replace_or_exit")],
  ports: [{ a: "agent", b: "bus" }, { a: "agent", b: "store" }],
};

/** A supervisor, its clock, and short words for its effects. */
function bench(plan: RunPlan = HOUSE) {
  const machine = supervisor(plan, STOP_STAGES);
  let nowMs = 0;
  function words(effects: readonly SuperviseEffect[]): string[] {
    return effects.flatMap((effect) => {
      if (effect.kind === "spawn") {
        return effect.spawns.map(({ worker, life, oldFds }) =>
          ["spawn", worker.name, life, ...oldFds.map(({ fd, label }) => `${fd}${label}`)].join(" ")
        );
      }
      if (effect.kind === "log") return [effect.record.event];
      if (effect.kind === "exit") return [`exit ${effect.code}`];
      return ["worker" in effect ? `${effect.kind} ${effect.worker}` : effect.kind];
    });
  }
  function say(name: string, life: number, message: FromWorker): string[] {
    return words(machine.step({ kind: "message", worker: name, life, message }, nowMs));
  }
  /** Time goes by in ticks; the named workers beat. */
  function pass(ms: number, beating: Readonly<Record<string, number>> = {}): string[] {
    const all: string[] = [];
    for (const untilMs = nowMs + ms; nowMs < untilMs;) {
      nowMs += TICK_MS;
      for (const [name, life] of Object.entries(beating)) all.push(...say(name, life, BEAT));
      all.push(...words(machine.step({ kind: "tick" }, nowMs)));
    }
    return all;
  }
  function begin(): void {
    machine.step({ kind: "start" }, nowMs);
    for (const { name } of plan.workers) say(name, 1, READY);
  }
  return {
    machine,
    say,
    pass,
    begin,
    start: () => words(machine.step({ kind: "start" }, nowMs)),
    signal: () => words(machine.step({ kind: "signal" }, nowMs)),
    jump: (ms: number) => words(machine.step({ kind: "tick" }, nowMs += ms)),
  };
}

const ERROR: FromWorker = { kind: "error", message: "boom", stack: "" };

Deno.test("supervisor() spawns all workers, and says once that every one is ready", () => {
  const { start, say } = bench();
  assert.deepEqual(start(), ["spawn agent 1", "spawn bus 1", "spawn store 1"]);
  assert.deepEqual([...say("agent", 1, READY), ...say("bus", 1, READY)], []);
  assert.deepEqual(say("store", 1, READY), ["all_ready"]);
});

Deno.test("supervisor() replaces an agent in place when it reports an error, and drops its old life's messages", () => {
  const { begin, say, machine } = bench();
  begin();
  assert.deepEqual(say("agent", 1, ERROR), [
    "launcher.worker_error",
    "terminate agent",
    "launcher.replaced",
    "spawn agent 2",
  ]);
  assert.deepEqual(say("agent", 1, { kind: "exit", code: 9 }), []);
  assert.deepEqual([machine.isLive("agent", 1), machine.isLive("agent", 2)], [false, true]);
});

Deno.test("supervisor() ends with failure when an agent is replaced too often", () => {
  const { begin, say, pass } = bench({ workers: [worker("agent", "replace_or_exit")], ports: [] });
  begin();
  const all: string[] = [];
  for (let life = 1; life <= REPLACEMENTS_MAX + 1; life++) {
    all.push(...say("agent", life, ERROR));
    if (life <= REPLACEMENTS_MAX) all.push(...pass(8_000, { agent: life }));
  }
  assert.equal(all.filter((word) => word.startsWith("spawn")).length, REPLACEMENTS_MAX);
  assert.deepEqual(all.slice(-2), ["launcher.crash_loop", `exit ${EXIT.failure}`]);
});

Deno.test("supervisor() replaces a silent bus with its old fds, each time later, and ends when too many are stuck", () => {
  const { begin, say, pass } = bench({ workers: [worker("bus", "replace")], ports: [] });
  begin();
  say("bus", 1, { kind: "fd", change: "opened", fd: { fd: 11, label: "" } });
  say("bus", 1, { kind: "fd", change: "opened", fd: { fd: 12, label: "relay1" } });
  say("bus", 1, { kind: "fd", change: "closed", fd: { fd: 11, label: "" } });
  assert.deepEqual(pass(1_100), ["launcher.silent", "terminate bus", "launcher.replaced", "spawn bus 2 12relay1"]);
  say("bus", 2, { kind: "fd", change: "closed", fd: { fd: 12, label: "relay1" } });
  say("bus", 2, READY);
  assert.deepEqual(pass(1_100), ["launcher.silent", "terminate bus"]);
  assert.deepEqual(pass(500), ["launcher.replaced", "spawn bus 3"]);
  const all: string[] = [];
  for (let life = 3; life <= STUCK_LIVES_MAX + 1; life++) {
    say("bus", life, READY);
    all.push(...pass(32_000));
  }
  assert.equal(all.at(-1), `exit ${EXIT.failure}`);
});

Deno.test("supervisor() waits for leases, asks the store and no bus, and exits 5 when the agent is silent", () => {
  const { begin, pass, say } = bench();
  begin();
  assert.deepEqual(pass(1_100, { bus: 1, store: 1 }), ["launcher.silent"]);
  assert.deepEqual(pass(SILENT_WAIT_MS, { bus: 1, store: 1 }), ["ask_stop store"]);
  assert.deepEqual(say("store", 1, { kind: "stopped" }), ["terminate store", `exit ${EXIT.silent}`]);
});

Deno.test("supervisor() asks the agent to stop first when the store is silent", () => {
  const { begin, pass, say } = bench();
  begin();
  assert.deepEqual(pass(1_100, { agent: 1, bus: 1 }), ["launcher.silent", "ask_stop agent"]);
  assert.deepEqual(say("agent", 1, { kind: "stopped" }), ["terminate agent"]);
  assert.deepEqual(pass(SILENT_WAIT_MS), [`exit ${EXIT.silent}`]);
});

Deno.test("supervisor() exits 5 within its bounds when the store does not answer either", () => {
  const { begin, pass } = bench();
  begin();
  pass(1_100, { bus: 1, store: 1 });
  const words = pass(SILENT_WAIT_MS + STOP_STAGE_MS_MAX, { bus: 1 });
  assert.deepEqual(words, ["ask_stop store", "launcher.stop_overdue", `exit ${EXIT.silent}`]);
});

Deno.test("supervisor() stops agent, bus, store in this order when a signal comes, and at once at the second", () => {
  const first = bench();
  first.begin();
  assert.deepEqual(first.signal(), ["ask_stop agent"]);
  assert.deepEqual(first.say("agent", 1, { kind: "stopped" }), ["terminate agent", "ask_stop bus"]);
  assert.deepEqual(first.say("bus", 1, { kind: "stopped" }), ["terminate bus", "ask_stop store"]);
  assert.deepEqual(first.say("store", 1, { kind: "stopped" }), ["terminate store", `exit ${EXIT.ok}`]);
  const second = bench();
  second.begin();
  second.signal();
  assert.deepEqual(second.signal(), [`exit ${EXIT.failure}`]);
});

Deno.test("supervisor() goes on with the stop and exits 1 when a worker misses its deadline", () => {
  const { begin, signal, pass, say } = bench();
  begin();
  signal();
  assert.deepEqual(pass(STOP_STAGE_MS_MAX), ["launcher.stop_overdue", "ask_stop bus"]);
  say("bus", 1, { kind: "stopped" });
  assert.deepEqual(say("store", 1, { kind: "stopped" }), ["terminate store", `exit ${EXIT.failure}`]);
});

Deno.test("supervisor() says that all is ready when a bus could not be opened and everything else is", () => {
  const { start, say, pass } = bench();
  start();
  assert.deepEqual([...say("agent", 1, READY), ...say("store", 1, READY)], []);
  const replaced = ["launcher.worker_error", "terminate bus", "all_ready", "launcher.replaced", "spawn bus 2"];
  assert.deepEqual(say("bus", 1, ERROR), replaced);
  assert.deepEqual([...say("bus", 2, READY), ...pass(100, { agent: 1, bus: 2, store: 1 })], []);
});

Deno.test("supervisor() counts exit-after from when every worker is ready", () => {
  const { start, say, pass } = bench({ workers: [worker("agent", "replace_or_exit")], ports: [], exitAfterMs: 500 });
  start();
  assert.deepEqual(pass(5_000), []);
  say("agent", 1, READY);
  assert.deepEqual(pass(500 - TICK_MS, { agent: 1 }), []);
  assert.deepEqual(pass(TICK_MS, { agent: 1 }), ["ask_stop agent"]);
});

Deno.test("supervisor() bounds a start, which beats do not extend", () => {
  const { start, pass } = bench({ workers: [worker("agent", "replace_or_exit")], ports: [] });
  start();
  assert.deepEqual(pass(START_MS_MAX, { agent: 1 }), []);
  assert.deepEqual(pass(100, { agent: 1 }), ["launcher.silent"]);
});

Deno.test("supervisor() takes its own stall for no silence", () => {
  const { begin, pass, jump } = bench();
  begin();
  pass(500, { agent: 1, bus: 1, store: 1 });
  assert.deepEqual(jump(3_600_000), []);
  assert.deepEqual(pass(500, { agent: 1, bus: 1, store: 1 }), []);
});

Deno.test("supervisor() replaces a worker in order when its heap outgrows its bound", () => {
  const { begin, say } = bench({ workers: [worker("agent", "replace_or_exit", { heapMaxBytes: 10 })], ports: [] });
  begin();
  const fat: FromWorker = { kind: "beat", doing: "hub", heapUsedBytes: 11 };
  assert.deepEqual(say("agent", 1, fat), ["launcher.outgrown", "ask_stop agent"]);
  assert.deepEqual(say("agent", 1, fat), []);
  assert.deepEqual(say("agent", 1, { kind: "stopped" }), ["terminate agent", "launcher.replaced", "spawn agent 2"]);
});

Deno.test("supervisor() ends with the code of a foreground worker, and with 1 when it throws", () => {
  const plan: RunPlan = { workers: [worker("cli", "foreground", { silentMs: 0 })], ports: [] };
  const good = bench(plan);
  good.start();
  assert.deepEqual(good.pass(2 * START_MS_MAX), []);
  assert.deepEqual(good.say("cli", 1, { kind: "exit", code: 3 }), ["terminate cli", "exit 3"]);
  const bad = bench(plan);
  bad.start();
  assert.deepEqual(bad.say("cli", 1, ERROR), ["launcher.worker_error", "terminate cli", `exit ${EXIT.failure}`]);
});

Deno.test("supervisor() ends with the code of a foreground worker that was stopped, and not with an agent's", () => {
  const stopped = bench({ workers: [worker("cli", "foreground", { silentMs: 0 })], ports: [] });
  stopped.begin();
  assert.deepEqual(stopped.signal(), ["ask_stop cli"]);
  assert.deepEqual(stopped.say("cli", 1, { kind: "exit", code: EXIT.refused }), ["terminate cli", "exit 6"]);
  const agent = bench({ workers: [worker("agent", "replace_or_exit")], ports: [] });
  agent.begin();
  agent.signal();
  assert.deepEqual(agent.say("agent", 1, { kind: "exit", code: EXIT.refused }), ["terminate agent", "exit 0"]);
});

Deno.test("supervisor() throws when a port has an end that is no worker", () => {
  assert.throws(() => supervisor({ workers: [], ports: [{ a: "x", b: "y" }] }, STOP_STAGES), {
    message: "Invariant broken: the ends of port x-y are workers",
  });
});

Deno.test("supervisor() finds a silent bus within a tick after its bound, waking no more than four times a second", () => {
  const { begin, pass } = bench();
  begin();
  assert.ok(TICK_MS >= 250, `${TICK_MS} ms`);
  assert.deepEqual(pass(1_000, { agent: 1, store: 1 }), []);
  assert.equal(pass(TICK_MS, { agent: 1, store: 1 })[0], "launcher.silent");
});
