import { strict as assert } from "node:assert";
import type { FromBus, ToBus } from "../core/device.ts";
import type { OutputGuard } from "../core/output_guard.ts";
import type { ActorInput } from "./actor.ts";
import { noOutputs } from "./config.ts";
import { COMMANDS_MAX, makeOutputs, type OutputsWorld } from "./outputs.ts";

const OPENED: FromBus = {
  kind: "opened",
  bus: "b",
  outputs: [{ name: "r1", safeValue: 0, holdMsMin: 0 }, { name: "r2", safeValue: 1, holdMsMin: 0 }],
  channels: [],
};

function bench(guard: Partial<OutputGuard> = {}) {
  const toBus: ToBus[] = [];
  const told: { readonly to: string; readonly input: ActorInput }[] = [];
  const world: OutputsWorld = {
    houseMs: 5,
    houseWallMs: 6,
    toBus: (_bus, message) => void toBus.push(message),
    tell: (to, input) => void told.push({ to, input }),
    tellAll: (input) => void told.push({ to: "*", input }),
  };
  const outputs = makeOutputs(3, { ...noOutputs(), ...guard });
  outputs.bus("b", OPENED, world);
  return {
    outputs,
    world,
    toBus: () => toBus.splice(0),
    told: () => told.splice(0),
    command: (id: string, output: string, value: number) => outputs.command("a", { id, output, value, by: "a" }, world),
    written: (id: string, output: string, value: number, readBack = value) =>
      outputs.bus("b", { kind: "result", id, output, result: { kind: "written", value, readBack } }, world),
  };
}

Deno.test("makeOutputs() takes the lease before its first write, and renews only what this life commanded", () => {
  const at = bench();
  at.outputs.renew(at.world);
  assert.deepEqual(at.toBus(), []);
  at.command("1", "r1", 1);
  at.command("2", "r1", 0);
  assert.deepEqual(at.toBus(), [
    { kind: "lease", life: 3, outputs: ["r1"] },
    { kind: "write", life: 3, id: "1", output: "r1", value: 1 },
    { kind: "write", life: 3, id: "2", output: "r1", value: 0 },
  ]);
  at.outputs.renew(at.world);
  assert.deepEqual(at.toBus(), [{ kind: "lease", life: 3, outputs: ["r1"] }]);
});

Deno.test("makeOutputs() tells the commander what the guard refuses, and writes nothing", () => {
  const at = bench({ command: () => ({ kind: "refused", because: "minimum_off_time", retryAfterMs: 9 }) });
  at.command("1", "r1", 1);
  const result = { kind: "forbidden", because: "minimum_off_time", retryAfterMs: 9 } as const;
  assert.deepEqual(at.told(), [{ to: "a", input: { kind: "result", id: "1", output: "r1", result } }]);
  assert.deepEqual(at.toBus(), []);
});

Deno.test("makeOutputs() refuses an output that no bus has", () => {
  const at = bench();
  at.command("1", "r9", 1);
  const result = { kind: "refused", because: "unknown_output" } as const;
  assert.deepEqual(at.told(), [{ to: "a", input: { kind: "result", id: "1", output: "r9", result } }]);
});

Deno.test("makeOutputs() tells the result to its commander once, and keeps the value", () => {
  const at = bench();
  at.command("1", "r1", 1);
  at.written("1", "r1", 1);
  at.written("1", "r1", 1);
  assert.equal(at.told().length, 1);
  assert.deepEqual(at.outputs.values(), new Map([["r1", 1], ["r2", 1]]));
});

Deno.test("makeOutputs() believes what an output reads back, so that safety forces it again", () => {
  const seen: number[] = [];
  const at = bench({
    output: (_output, value) => void seen.push(value),
    tick: () => [{ output: "r1", value: 0, because: "too_hot" }],
  });
  at.command("1", "r1", 1);
  at.written("1", "r1", 1);
  at.command("2", "r1", 0);
  at.written("2", "r1", 0, 1);
  assert.equal(at.outputs.values().get("r1"), 1);
  assert.deepEqual(seen.slice(-2), [1, 1]);
  at.toBus();
  at.outputs.tick(at.world);
  assert.deepEqual(at.toBus().map((message) => message.kind === "write" && message.value), [0]);
  at.written("forced-3-1", "r1", 0);
  at.outputs.tick(at.world);
  assert.deepEqual(at.toBus(), []);
});

Deno.test("makeOutputs() tells every actor when a lease lapsed, and leases anew at the next write", () => {
  const at = bench();
  at.command("1", "r1", 1);
  at.written("1", "r1", 1);
  at.told();
  at.toBus();
  at.outputs.bus("b", { kind: "lapsed", outputs: ["r1"] }, at.world);
  assert.deepEqual(at.told(), [
    { to: "*", input: { kind: "output", output: "r1", value: 0, because: "lease_lapsed" } },
  ]);
  at.outputs.renew(at.world);
  assert.deepEqual(at.toBus(), []);
  at.command("2", "r1", 1);
  assert.deepEqual(at.toBus()[0], { kind: "lease", life: 3, outputs: ["r1"] });
});

Deno.test("makeOutputs() answers open commands and tells every actor when a bus was replaced", () => {
  const at = bench();
  at.command("1", "r1", 1);
  at.outputs.bus("b", OPENED, at.world);
  const result = { kind: "failed", code: "BUS_REPLACED" } as const;
  assert.deepEqual(at.told(), [
    { to: "a", input: { kind: "result", id: "1", output: "r1", result } },
    { to: "*", input: { kind: "output", output: "r1", value: 0, because: "bus_replaced" } },
    { to: "*", input: { kind: "output", output: "r2", value: 1, because: "bus_replaced" } },
  ]);
});

Deno.test("makeOutputs() forgets the oldest command beyond the bound, and tells its actor", () => {
  const at = bench();
  for (let n = 0; n <= COMMANDS_MAX; n++) at.command(`${n}`, "r1", 1);
  const result = { kind: "failed", code: "NO_ANSWER" } as const;
  assert.deepEqual(at.told(), [{ to: "a", input: { kind: "result", id: "0", output: "r1", result } }]);
});

Deno.test("makeOutputs() carries out what the guard demands, once it is not so already", () => {
  const at = bench({ reading: () => [{ output: "r1", value: 1, because: "frost" }] });
  at.outputs.reading("t", 1, at.world);
  assert.deepEqual(at.toBus()[1], { kind: "write", life: 3, id: "forced-3-1", output: "r1", value: 1 });
  at.written("forced-3-1", "r1", 1);
  assert.deepEqual(at.told(), [{ to: "*", input: { kind: "output", output: "r1", value: 1, because: "frost" } }]);
  at.outputs.reading("t", 1, at.world);
  assert.deepEqual(at.toBus(), []);
});

Deno.test("makeOutputs() tells of a forced write what was read back, and nothing before", () => {
  const at = bench({ tick: () => [{ output: "r1", value: 1, because: "frost" }] });
  at.outputs.tick(at.world);
  assert.deepEqual(at.told(), []);
  at.written("forced-3-1", "r1", 1, 0);
  assert.deepEqual(at.told(), [{ to: "*", input: { kind: "output", output: "r1", value: 0, because: "frost" } }]);
  at.outputs.tick(at.world);
  at.outputs.bus(
    "b",
    { kind: "result", id: "forced-3-2", output: "r1", result: { kind: "failed", code: "EIO" } },
    at.world,
  );
  assert.deepEqual(at.told(), []);
});

Deno.test("makeOutputs() makes safe what was commanded, gives up the leases, and takes no command after that", () => {
  const at = bench({ tick: () => [{ output: "r2", value: 0, because: "x" }] });
  at.command("1", "r1", 1);
  at.toBus();
  at.outputs.makeSafe(at.world);
  assert.deepEqual(at.toBus(), [
    { kind: "write", life: 3, id: "safe-r1", output: "r1", value: 0 },
    { kind: "lease", life: 3, outputs: [] },
  ]);
  at.command("2", "r1", 1);
  at.outputs.tick(at.world);
  at.outputs.renew(at.world);
  assert.deepEqual(at.toBus(), []);
});

Deno.test("makeOutputs() finds each output's bus by its name, and a bus that lapses or is replaced leaves the others alone", () => {
  const at = bench();
  const sent: [bus: string, message: ToBus][] = [];
  const world: OutputsWorld = { ...at.world, toBus: (bus, message) => void sent.push([bus, message]) };
  const other: FromBus = { ...OPENED, outputs: [{ name: "r3", safeValue: 0, holdMsMin: 0 }] };
  at.outputs.bus("c", other, world);
  at.outputs.command("a", { id: "1", output: "r1", value: 1, by: "a" }, world);
  at.outputs.command("a", { id: "2", output: "r3", value: 1, by: "a" }, world);
  assert.deepEqual(sent.splice(0), [
    ["b", { kind: "lease", life: 3, outputs: ["r1"] }],
    ["b", { kind: "write", life: 3, id: "1", output: "r1", value: 1 }],
    ["c", { kind: "lease", life: 3, outputs: ["r3"] }],
    ["c", { kind: "write", life: 3, id: "2", output: "r3", value: 1 }],
  ]);
  at.outputs.bus("c", other, world);
  at.outputs.renew(world);
  assert.deepEqual(sent.splice(0), [["b", { kind: "lease", life: 3, outputs: ["r1"] }]]);
  const replaced = at.told().filter(({ input }) => input.kind === "output");
  assert.deepEqual(replaced.map(({ input }) => input), [
    { kind: "output", output: "r3", value: 0, because: "bus_replaced" },
  ]);
  at.outputs.bus("b", { kind: "lapsed", outputs: ["r1"] }, world);
  at.outputs.command("a", { id: "3", output: "r3", value: 1, by: "a" }, world);
  at.outputs.renew(world);
  assert.deepEqual(sent.at(-1), ["c", { kind: "lease", life: 3, outputs: ["r3"] }]);
});
