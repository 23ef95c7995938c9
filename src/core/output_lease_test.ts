import { strict as assert } from "node:assert";
import type { WriteOutcome } from "./bus_devices.ts";
import type { FromBus } from "./device.ts";
import {
  type LeaseStep,
  outputLease,
  QUICK_RETRIES_MAX,
  SLOW_RETRY_MS,
  SWITCH_LOG_ENTRIES_MAX,
} from "./output_lease.ts";

/** A lease machine with two relays over devices that always answer, and house time that runs as real time. */
function bench(holdMsMin = 0) {
  const machine = outputLease([
    { name: "relay1", safeValue: 0, holdMsMin },
    { name: "relay2", safeValue: 1, holdMsMin },
  ], 1_500);
  const values = new Map<string, number>();
  const failing = new Set<string>();
  function at(nowMs: number) {
    return { nowMs, houseMs: nowMs };
  }
  function carryOut(step: LeaseStep, nowMs: number): FromBus[] {
    const messages = [...step.messages];
    for (const write of step.writes) {
      const outcome: WriteOutcome = failing.has(write.output)
        ? { kind: "failed", code: "EIO" }
        : { kind: "written", readBack: write.value };
      if (outcome.kind === "written") values.set(write.output, write.value);
      messages.push(...machine.done(write, outcome, at(nowMs)).messages);
    }
    return messages;
  }
  carryOut(machine.start(), 0);
  return {
    machine,
    values: () => Object.fromEntries(values),
    failing,
    lease: (life: number, outputs: string[], nowMs: number) => carryOut(machine.lease(life, outputs, at(nowMs)), nowMs),
    tick: (nowMs: number) => carryOut(machine.tick(at(nowMs)), nowMs),
    write(life: number, output: string, value: number, nowMs: number) {
      const [message] = carryOut(machine.write({ life, id: "c", output, value }, at(nowMs)), nowMs);
      if (message?.kind !== "result") return message?.kind;
      return message.result.kind === "refused" ? message.result.because : message.result.kind;
    },
  };
}

Deno.test("outputLease() sets every output to safe when it starts", () => {
  assert.deepEqual(bench().values(), { relay1: 0, relay2: 1 });
});

Deno.test("outputLease() refuses a write without lease, of an old life, of an unknown output", () => {
  const bus = bench();
  assert.equal(bus.write(2, "relay1", 1, 0), "no_lease");
  bus.lease(2, ["relay1"], 0);
  assert.equal(bus.write(1, "relay1", 1, 10), "old_life");
  assert.equal(bus.write(2, "relay2", 0, 10), "no_lease");
  assert.equal(bus.write(2, "relay9", 1, 10), "unknown_output");
  assert.equal(bus.write(2, "relay1", 1, 1_500), "no_lease", "at the very end of the lease");
  assert.deepEqual(bus.values(), { relay1: 0, relay2: 1 });
});

Deno.test("outputLease() sets an output to safe at the lease's end when nobody renews it", () => {
  const bus = bench();
  bus.lease(1, ["relay1"], 0);
  assert.equal(bus.write(1, "relay1", 1, 0), "written");
  assert.deepEqual(bus.tick(1_499), []);
  assert.deepEqual(bus.values(), { relay1: 1, relay2: 1 });
  assert.deepEqual(bus.tick(1_500), [{ kind: "lapsed", outputs: ["relay1"] }]);
  assert.deepEqual(bus.values(), { relay1: 0, relay2: 1 });
  assert.deepEqual(bus.tick(1_600), []);
});

Deno.test("outputLease() keeps an output when its life renews, and lets the unnamed one fall", () => {
  const bus = bench();
  bus.lease(1, ["relay1", "relay2"], 0);
  bus.write(1, "relay1", 1, 0);
  bus.write(1, "relay2", 0, 0);
  bus.lease(1, ["relay1"], 1_000);
  assert.deepEqual(bus.tick(1_500), [{ kind: "lapsed", outputs: ["relay2"] }]);
  assert.deepEqual(bus.values(), { relay1: 1, relay2: 1 });
});

Deno.test("outputLease() lets a new life inherit nothing: what it has not commanded falls when the old lease ends", () => {
  const bus = bench();
  bus.lease(1, ["relay1", "relay2"], 0);
  bus.write(1, "relay1", 1, 0);
  bus.write(1, "relay2", 0, 0);
  bus.lease(2, ["relay1", "relay2"], 1_000);
  assert.equal(bus.write(2, "relay2", 0, 1_000), "written");
  assert.deepEqual(bus.tick(1_500), [{ kind: "lapsed", outputs: ["relay1"] }]);
  assert.deepEqual(bus.values(), { relay1: 0, relay2: 0 });
  bus.lease(1, ["relay2"], 1_600);
  bus.tick(2_500);
  assert.deepEqual(bus.values(), { relay1: 0, relay2: 1 }, "a renewal of the old life counts for nothing");
});

Deno.test("outputLease() refuses a second switch within the hold time, never the fall to safe", () => {
  const bus = bench(1_000);
  bus.lease(1, ["relay1"], 500);
  assert.equal(bus.write(1, "relay1", 1, 999), "hold_time");
  assert.equal(bus.write(1, "relay1", 0, 999), "written", "the same value is no switch");
  assert.equal(bus.write(1, "relay1", 1, 1_400), "written");
  assert.equal(bus.write(1, "relay1", 0, 1_900), "hold_time");
  bus.tick(2_000);
  assert.deepEqual(bus.values(), { relay1: 0, relay2: 1 });
});

Deno.test("outputLease() repeats a write to safe each tick until the device answers", () => {
  const bus = bench();
  bus.lease(1, ["relay1"], 0);
  bus.write(1, "relay1", 1, 0);
  bus.failing.add("relay1");
  const message = 'Cannot set output "relay1" to its safe value as the device must answer: EIO';
  const fault: FromBus = { kind: "fault", device: "relay1", code: "EIO", message };
  assert.deepEqual(bus.tick(1_500), [{ kind: "lapsed", outputs: ["relay1"] }, fault]);
  assert.deepEqual(bus.tick(1_600), [fault]);
  bus.failing.clear();
  assert.deepEqual(bus.tick(1_700), []);
  assert.deepEqual(bus.values(), { relay1: 0, relay2: 1 });
  assert.deepEqual(bus.machine.log().at(-1), {
    atMs: 1_700,
    output: "relay1",
    value: 0,
    because: "lapse",
    life: 1,
    leaseEndMs: 1_500,
    outcome: "written",
  });
});

Deno.test("outputLease() keeps its log within bounds", () => {
  const bus = bench();
  for (let n = 0; n < SWITCH_LOG_ENTRIES_MAX + 10; n++) {
    bus.lease(1, ["relay1"], n);
    bus.write(1, "relay1", n % 2, n);
  }
  assert.equal(bus.machine.log().length, SWITCH_LOG_ENTRIES_MAX);
  assert.equal(bus.machine.log().at(-1)?.atMs, SWITCH_LOG_ENTRIES_MAX + 9);
});

Deno.test("outputLease() repeats a write to safe that fails at each tick at first, then slowly, until it succeeds", () => {
  const { machine, lease, write, tick, failing, values } = bench();
  lease(1, ["relay1"], 0);
  write(1, "relay1", 1, 0);
  failing.add("relay1");
  const tries: number[] = [];
  for (let nowMs = 1_500; nowMs < 6_000; nowMs += 100) if (tick(nowMs).length > 0) tries.push(nowMs);
  const lastQuickMs = 1_500 + 100 * (QUICK_RETRIES_MAX - 1);
  assert.equal(tries[QUICK_RETRIES_MAX - 1], lastQuickMs);
  assert.deepEqual(tries.slice(QUICK_RETRIES_MAX), [1, 2, 3].map((step) => lastQuickMs + step * SLOW_RETRY_MS));
  failing.delete("relay1");
  tick(lastQuickMs + 4 * SLOW_RETRY_MS);
  assert.equal(values()["relay1"], 0);
  assert.equal(machine.tick({ nowMs: 10_000, houseMs: 10_000 }).writes.length, 0);
});

Deno.test("outputLease() takes an output for safe only when it reads back its safe value", () => {
  const machine = outputLease([{ name: "relay1", safeValue: 0, holdMsMin: 0 }], 1_500);
  const time = { nowMs: 0, houseMs: 0 };
  const [write] = machine.start().writes;
  const [fault] = machine.done(write!, { kind: "written", readBack: 1 }, time).messages;
  assert.deepEqual([fault?.kind, machine.log()[0]?.outcome], ["fault", "failed"]);
  const [again] = machine.tick(time).writes;
  assert.deepEqual(machine.done(again!, { kind: "written", readBack: 0 }, time).messages, []);
  assert.deepEqual(machine.tick(time).writes, []);
});
