import { strict as assert } from "node:assert";
import layout from "../../../layouts/simple_house.json" with { type: "json" };
import type { ToBus } from "../../../src/core/device.ts";
import { makeLinks } from "../../../src/links/mod.ts";
import { makeProactor } from "../../../src/proactor/mod.ts";
import { DEFAULT_REGISTRY } from "../../../src/protocol/mod.ts";
import { scadaFacts } from "../../../src/scada/mod.ts";
import { simulatedBus } from "../../../src/testing/simulated_bus.ts";
import { SIMULATED_BUS_TICK_MS } from "../../../src/testing/simulated_devices.ts";
import { type SimulatedLife, simulatedLife } from "../../../src/testing/simulated_life.ts";
import { agentLinks, agentOwn } from "../../../src/testing/simulated_parts.ts";
import { virtualClock } from "../../../src/testing/virtual_clock.ts";

const COUNTERS = { generated: 0, acked: 0, tombstoned: 0, pending: 0, applied: 0 };
/** The house's temperatures are read this often, in ms. */
const PERIOD_MS = 5_000;

/** A house and its agent, whose store opens when the test says so. */
function slowHouse() {
  const clock = virtualClock();
  const bus = simulatedBus(clock, { switched() {} });
  const facts = scadaFacts(layout);
  /** Life of each write. */
  const writes: number[] = [];
  let ids = 0;
  let lives = 0;
  bus.start();
  /** A new life attaches now. @returns Opens its store. */
  function live(): () => void {
    const life = ++lives;
    const ground = {
      name: "agent",
      clock,
      wallMs: () => clock.wallMs,
      newId: () => `id${++ids}`,
      random: () => 0.5,
    };
    const agent: SimulatedLife = simulatedLife(ground, {
      effect(effect) {
        if (effect.kind !== "bus") return;
        if (effect.message.kind === "write") writes.push(life);
        toBus(effect.message);
      },
      log() {},
    });
    const links = makeLinks(agentLinks(facts), DEFAULT_REGISTRY);
    agent.run(makeProactor({ ...agentOwn(facts, { loadMs: 60_000 }), boot: "boot", life, links }, agent.world));
    const toBus: (message: ToBus) => void = bus.attach((message) => agent.post({ kind: "bus", bus: "house", message }));
    const opened = { kind: "opened", boot: "boot", life, lastSeq: 0, counters: COUNTERS } as const;
    return () => agent.post({ kind: "store", message: { ...opened, kept: [], journal: [], appliedIds: [] } });
  }
  return { clock, live, writes };
}

Deno.test("slow start: the first control cycle comes as soon as the store is open, with what was read before", () => {
  const { clock, live, writes } = slowHouse();
  const open = live();
  clock.runUntil(7_100);
  assert.deepEqual(writes, []);
  open();
  clock.runUntil(7_101);
  assert(writes.length > 0, "nothing was written when the store was open");
});

Deno.test("a new life of the agent rules within a tick of the bus, though all channels were just read", () => {
  const { clock, live, writes } = slowHouse();
  live()();
  clock.runUntil(PERIOD_MS + 1_000);
  assert.deepEqual([...new Set(writes)], [1]);
  live()();
  clock.runUntil(PERIOD_MS + 1_000 + SIMULATED_BUS_TICK_MS + 1);
  assert(writes.includes(2), `nothing was written by ${clock.nowMs} ms`);
});
