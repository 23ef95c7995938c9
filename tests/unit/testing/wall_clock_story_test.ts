import { strict as assert } from "node:assert";
import layout from "../../../layouts/simple_house.json" with { type: "json" };
import { scadaFacts } from "../../../src/scada/mod.ts";
import { LOST_WALL_MS } from "../../../src/testing/simulated_wall.ts";
import { type SimulatedWorld, simulatedWorld } from "../../../src/testing/simulated_world.ts";
import { makeTrace } from "../../../src/testing/trace.ts";

const MINUTE_MS = 60_000;
const START_WALL_MS = 1_763_683_200_000;

function quietWorld(): SimulatedWorld {
  const plan = { faults: [], weather: {}, bytesMax: 50_000_000, loadMs: 3_000 };
  return simulatedWorld({ seed: 5, minutes: 30, facts: scadaFacts(layout), trace: makeTrace(undefined), plan });
}

interface Payload {
  readonly MessageId: string;
  readonly TimeCreatedMs: number;
  readonly TypeName: string;
  readonly Summary?: string;
}

function parse(bytes: Uint8Array): Payload {
  return JSON.parse(new TextDecoder().decode(bytes));
}

/** Wall clocks show whole ms, monotonic ones parts of them. */
function assertNear(found: number, expected: number): void {
  assert(Math.abs(found - expected) <= 1, `${found} instead of ${expected}`);
}

Deno.test("an agent that starts in 1970 delivers every event once, with its right stamp, when the clock is set", () => {
  const { agent, ltn, clock } = quietWorld();
  agent.wall.lose();
  clock.run(10 * MINUTE_MS);
  assert.deepEqual([agent.watch.state, ltn.watch.state, ltn.ledger.applied.size], ["active", "active", 0]);
  assert(agent.life!.proactor!.snapshot().links[0]!.heldBack > 5, "snapshots of 1970 are not sent");
  const made = [...agent.ledger.events.values()].map(({ bytes }) => parse(bytes));
  assert(made.length > 150, `${made.length} events`);
  agent.wall.setRight();
  clock.run(2 * MINUTE_MS);
  for (const { MessageId, TimeCreatedMs } of made) {
    const bytes = ltn.ledger.applied.get(MessageId);
    assert(bytes, `${MessageId} was not applied`);
    // The simulated machine counts from 1970 on its monotonic clock.
    assertNear(parse(bytes).TimeCreatedMs, START_WALL_MS + TimeCreatedMs - LOST_WALL_MS);
  }
  assert.deepEqual([agent.ledger.faults, ltn.ledger.faults], [[], []]);
});

Deno.test("events of a boot whose clock was never right get the moment of their sending, and a problem says so once", () => {
  const { agent, ltn, clock } = quietWorld();
  agent.wall.lose();
  clock.run(2 * MINUTE_MS);
  const old = [...agent.ledger.events.values()].map(({ bytes }) => parse(bytes).MessageId);
  agent.crash("process");
  agent.start();
  clock.run(2 * MINUTE_MS);
  const setMs = clock.nowMs;
  agent.wall.setRight();
  clock.run(2 * MINUTE_MS);
  const applied = [...ltn.ledger.applied.values()].map(parse);
  const early = applied.filter(({ MessageId }) => old.includes(MessageId));
  assert.equal(early.length, old.length);
  for (const { TimeCreatedMs } of early) assert(TimeCreatedMs >= START_WALL_MS + setMs, `${TimeCreatedMs}`);
  assert.equal(applied.filter(({ Summary }) => Summary?.includes("of their boot was never right")).length, 1);
  assert.deepEqual([agent.ledger.faults, ltn.ledger.faults], [[], []]);
});

Deno.test("events of a boot whose clock was right at its end keep their stamps when a later boot sends them", () => {
  const { agent, ltn, clock, broker } = quietWorld();
  agent.wall.lose();
  clock.run(2 * MINUTE_MS);
  const made = [...agent.ledger.events.values()].map(({ bytes }) => parse(bytes));
  broker.partition(true);
  agent.wall.setRight();
  clock.run(MINUTE_MS);
  agent.crash("process");
  agent.start();
  broker.partition(false);
  clock.run(3 * MINUTE_MS);
  for (const { MessageId, TimeCreatedMs } of made) {
    assertNear(parse(ltn.ledger.applied.get(MessageId)!).TimeCreatedMs, START_WALL_MS + TimeCreatedMs - LOST_WALL_MS);
  }
});
