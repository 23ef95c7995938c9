import { strict as assert } from "node:assert";
import type { Proactor, ProactorEffect, ProactorInput } from "../proactor/mod.ts";
import { proactorShell, STEPS_PER_TURN, TIMER_DELAY_MS_MAX } from "./proactor_shell.ts";

/** A shell whose hands write down what they did. */
function bench(speed = 1) {
  const said: string[] = [];
  const turned = Promise.withResolvers<void>();
  const connection = {
    effect: () => void said.push("connection"),
    pause: () => void said.push("pause"),
    resume: () => void said.push("resume"),
    [Symbol.dispose]: () => void said.push("disposed"),
  };
  const shell = proactorShell({ speed, houseWallStartMs: 1_000, realWallStartMs: Date.now() }, () => ({
    connections: new Map([["c", connection]]),
    toStore: (message) => void said.push(`store ${message.kind}`),
    toBus: (bus, message) => void said.push(`bus ${bus} ${message.kind}`),
    log: (record) => void said.push(`log ${record.event}`),
    request: ({ port }) => void said.push(`request ${port}`),
    stopped: () => void said.push("stopped"),
    turned: () => turned.resolve(),
  }));
  return { shell, said, turned: turned.promise };
}

/** A proactor that only counts. */
function counting(taken: ProactorInput[], drains: number[]): Proactor {
  const post = (input: ProactorInput) => taken.push(input) > 0;
  const drain = (stepsMax: number) => drains.push(stepsMax) * 0;
  return { post, drain } as Partial<Proactor> as Proactor;
}

const STOP: ProactorInput = { kind: "stop", reason: "" };

Deno.test("proactorShell() gives each effect to its hand", () => {
  const { shell, said } = bench();
  const effects: readonly ProactorEffect[] = [
    { kind: "store", message: { kind: "flush", id: 0 } },
    { kind: "bus", bus: "b", message: { kind: "lease", life: 1, outputs: [] } },
    { kind: "flow", connection: "c", reading: false },
    { kind: "flow", connection: "c", reading: true },
    { kind: "request", actor: "a", port: "web", id: "1", body: null },
    { kind: "log", record: { level: "info", event: "a.b", fields: {} } },
    { kind: "stopped" },
  ];
  for (const effect of effects) shell.world.effect(effect);
  shell[Symbol.dispose]();
  assert.deepEqual(said, [
    "store flush",
    "bus b lease",
    "pause",
    "resume",
    "request web",
    "log a.b",
    "stopped",
    "disposed",
  ]);
});

Deno.test("proactorShell() keeps what comes before run(), and drains a bounded number of steps a turn", async () => {
  const { shell, turned } = bench();
  const taken: ProactorInput[] = [];
  const drains: number[] = [];
  assert.equal(shell.post(STOP), true);
  shell.run(counting(taken, drains));
  assert.deepEqual([taken, drains], [[STOP], []]);
  await turned;
  shell[Symbol.dispose]();
  assert.deepEqual(drains, [STEPS_PER_TURN]);
});

Deno.test("proactorShell() takes turn after turn while steps are left", async () => {
  const { shell } = bench();
  const drains: number[] = [];
  const done = Promise.withResolvers<void>();
  const drain = (stepsMax: number) => {
    if (drains.push(stepsMax) === 3) done.resolve();
    return drains.length < 3 ? stepsMax : 0;
  };
  shell.run({ drain } as Partial<Proactor> as Proactor);
  await done.promise;
  shell[Symbol.dispose]();
  assert.deepEqual(drains, [STEPS_PER_TURN, STEPS_PER_TURN, STEPS_PER_TURN]);
});

Deno.test("proactorShell() posts the firing of a timer with its epoch, and of a cancelled one nothing", async () => {
  const { shell } = bench();
  const taken: ProactorInput[] = [];
  const fired = Promise.withResolvers<void>();
  for (const name of ["off", "on"]) {
    shell.world.effect({ kind: "timer", name, epoch: 7, delayMs: 0, clock: "house" });
  }
  shell.world.effect({ kind: "timer", name: "far", epoch: 8, delayMs: TIMER_DELAY_MS_MAX * 2, clock: "real" });
  shell.world.effect({ kind: "cancel", name: "off" });
  const proactor = counting(taken, []);
  const post = (input: ProactorInput) => (fired.resolve(), proactor.post(input));
  shell.run({ ...proactor, post });
  await fired.promise;
  shell[Symbol.dispose]();
  assert.deepEqual(taken, [{ kind: "timer", name: "on", epoch: 7 }]);
});

Deno.test("proactorShell() runs the house's clock faster than the real one", () => {
  const { shell } = bench(300);
  const { world } = shell;
  assert.ok(world.houseMs() >= world.realMs() * 299);
  assert.ok(shell.houseWallMs() >= 1_000 && shell.houseWallMs() < 1_000 + 300 * 60_000);
  shell[Symbol.dispose]();
});
