import { memoryBroker, topicMatches } from "../transports/memory_connection.ts";
import { strict as assert } from "node:assert";
import { connectionConformance, type ConnectionRig } from "./connection_conformance.ts";
import { randomStreams } from "./random_streams.ts";
import { simulatedBroker } from "./simulated_broker.ts";
import { type VirtualClock, virtualClock } from "./virtual_clock.ts";

type Rest = Pick<ConnectionRig, "open" | "stopBroker" | "startBroker">;

function rig(clock: VirtualClock, rest: Rest): ConnectionRig {
  return {
    ...rest,
    until(condition, what) {
      for (let ms = 0; ms < 10_000 && !condition(); ms++) clock.run(1);
      return condition() ? Promise.resolve() : Promise.reject(new Error(`Cannot wait any longer: ${what}`));
    },
    settle() {
      clock.run(5_000);
      return Promise.resolve();
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function simulatedRig(): Promise<ConnectionRig> {
  const clock = virtualClock();
  const broker = simulatedBroker(clock, randomStreams(1));
  return Promise.resolve(rig(clock, {
    open(name, emit) {
      const port = broker.attach(name, emit);
      return { effect: port.effect, [Symbol.dispose]: port.crash };
    },
    stopBroker: () => Promise.resolve(broker.partition(true)),
    startBroker: () => Promise.resolve(broker.partition(false)),
  }));
}

function memoryRig(): Promise<ConnectionRig> {
  const clock = virtualClock();
  const broker = memoryBroker((callback) => void clock.after(0, "memory", callback));
  return Promise.resolve(rig(clock, {
    open: (...options) => broker.open(...options),
    stopBroker: () => Promise.resolve(broker.stop()),
    startBroker: () => Promise.resolve(broker.start()),
  }));
}

for (const { name, run } of connectionConformance(simulatedRig)) Deno.test(`simulatedBroker(): ${name}`, run);
for (const { name, run } of connectionConformance(memoryRig)) Deno.test(`memoryBroker(): ${name}`, run);

Deno.test("topicMatches() takes levels, + and # as MQTT says", () => {
  for (
    const [filter, topic, expected] of [
      ["a/b", "a/b", true],
      ["a/b", "a", false],
      ["a", "a/b", false],
      ["a/+/c", "a/b/c", true],
      ["a/#", "a/b/c", true],
      ["a/#", "a", true],
      ["a/#", "b/c", false],
    ] as const
  ) assert.equal(topicMatches(filter, topic), expected, `${filter} ${topic}`);
});

Deno.test("simulatedBroker() passes no more than its line carries, and takes bytes as its socket has room", () => {
  const clock = virtualClock();
  const broker = simulatedBroker(clock, randomStreams(1));
  Object.assign(broker.faults, { bytesPerS: 8_000, latencyMsMin: 600, latencyMsMax: 600 });
  const seen: string[] = [];
  const port = broker.attach("a", (input) => void seen.push(`${input.kind} at ${Math.round(clock.nowMs)}`));
  port.effect({ kind: "connect", connection: "c" });
  clock.run(2_000);
  port.effect({ kind: "subscribe", connection: "c", id: 1, topics: ["t"] });
  clock.run(2_000);
  seen.length = 0;
  for (const token of [1, 2]) {
    port.effect({ kind: "publish", connection: "c", topic: "t", bytes: new Uint8Array(15_959), token });
  }
  clock.run(20_000);
  // 16,000 bytes are 2 s on the line, each way, and 0.6 s of distance.
  assert.deepEqual(seen, ["taken at 4000", "taken at 5952", "message at 9200", "message at 11200"]);
});
