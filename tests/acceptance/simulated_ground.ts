import { randomStreams } from "../../src/testing/random_streams.ts";
import { simulatedBroker } from "../../src/testing/simulated_broker.ts";
import { simulatedLife } from "../../src/testing/simulated_life.ts";
import { virtualClock } from "../../src/testing/virtual_clock.ts";
import type { Ground, Planted } from "./ground.ts";

/** Longest virtual wait for a condition, in ms. */
const WAIT_MS_MAX = 600_000;
/** Virtual ms between two looks at a condition. */
const LOOK_MS = 1;

/** Makes the ground of one simulated scenario: virtual time, a broker in memory, memory engines. */
export function simulatedGround(seed: number, planted: Planted = {}): Ground {
  const clock = virtualClock();
  const random = randomStreams(seed);
  const broker = simulatedBroker(clock, random);
  let ids = 0;
  return {
    kind: "simulated",
    engine: "memory",
    planted,
    nowMs: () => clock.nowMs,
    storeClock: {
      nowMs: () => clock.nowMs,
      wallMs: () => clock.wallMs,
      after: (ms, name, callback) => clock.after(ms, name, callback),
    },
    life: (name, _connections, hands) => {
      const newId = () => `00000000-0000-4000-8000-${(++ids).toString(16).padStart(12, "0")}`;
      const chance = (stream: string) => random.next(`${name}.${stream}`);
      return simulatedLife({ name, clock, wallMs: () => clock.wallMs, newId, random: chance }, hands);
    },
    line(name, connection, input) {
      const client = `${name}.${connection}`;
      const port = broker.attach(client, input);
      return { effect: port.effect, cut: () => broker.cut(client), end: port.crash };
    },
    until(condition, what) {
      for (let waitedMs = 0; waitedMs < WAIT_MS_MAX; waitedMs += LOOK_MS) {
        if (condition()) return Promise.resolve();
        clock.run(LOOK_MS);
      }
      return Promise.reject(new Error(`Cannot wait longer than ${WAIT_MS_MAX} ms: ${what}`));
    },
  };
}
