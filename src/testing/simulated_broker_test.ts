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
