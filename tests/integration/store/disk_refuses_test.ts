import { strict as assert } from "node:assert";
import { scadaFacts } from "../../../src/scada/mod.ts";
import { WAITING_TXNS_MAX } from "../../../src/proactor/pending_txns.ts";
import {
  drawFaults,
  type EngineName,
  type FaultPlan,
  randomStreams,
  type SimulatedWorld,
  simulatedWorld,
} from "../../../src/testing/mod.ts";
import { makeTrace } from "../../../src/testing/trace.ts";
import SIMPLE_HOUSE from "../../../layouts/simple_house.json" with { type: "json" };

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const TEN_YEARS_MS = 3_652 * 24 * HOUR_MS;
const CALM_MS = 30 * MINUTE_MS;
const OUTAGE_MS = 4 * HOUR_MS;
const SEED = 7;
/** No fault but the ones of the test; an event every two seconds on average. */
const PLAN: FaultPlan = {
  ...drawFaults(randomStreams(SEED), 1),
  faults: [],
  weather: {},
  bytesMax: 50_000_000,
  loadMs: 2_000,
};

interface Run {
  readonly world: SimulatedWorld;
  /** Every change of an output, with its virtual time. */
  readonly switches: readonly string[];
  /** Seconds in which the agent made no step. */
  readonly missed: number[];
  run(forMs: number): void;
}

function start(engine: EngineName): Run {
  const switches: string[] = [];
  const missed: number[] = [];
  const trace = makeTrace((line) => {
    if (/ bus /.test(line)) switches.push(line);
  });
  const world = simulatedWorld({ seed: SEED, minutes: 1, facts: scadaFacts(SIMPLE_HOUSE), trace, plan: PLAN, engine });
  return {
    world,
    switches,
    missed,
    run(forMs) {
      const { clock, agent } = world;
      for (const endMs = clock.nowMs + forMs; clock.nowMs < endMs;) {
        const { steps } = agent;
        clock.run(SECOND_MS);
        if (agent.steps === steps) missed.push(clock.nowMs);
      }
    },
  };
}

function snapshotOf({ agent }: SimulatedWorld) {
  return agent.life!.proactor!.snapshot();
}

/** Summaries and details of the problem events that the LTN has applied. */
function problemsAt({ ltn }: SimulatedWorld): readonly string[] {
  return [...ltn.ledger.applied.values()].map((bytes) => {
    const { Summary = "", Details = "" } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, string>;
    return `${Summary}: ${Details}`;
  });
}

function assertExact({ agent }: SimulatedWorld): void {
  const { generated, acked, tombstoned, pending } = agent.ledger.counters();
  assert.equal(generated, acked + tombstoned + pending);
  assert.deepEqual(agent.ledger.faults, []);
}

/** What the house does in the same time when no disk refuses. */
function undisturbed(): readonly string[] {
  const calm = start("memory");
  using _world = calm.world;
  calm.run(CALM_MS + OUTAGE_MS + HOUR_MS);
  return calm.switches;
}

const EXPECTED = undisturbed();
const DURING = EXPECTED.filter((line) =>
  Number(line.split(" ")[0]) > CALM_MS && Number(line.split(" ")[0]) < CALM_MS + OUTAGE_MS
);
assert.ok(DURING.length >= 5, `${DURING.length} switches: the house must do something meanwhile`);

for (
  const [code, engine] of [
    ["SQLITE_FULL", "memory"],
    ["SQLITE_READONLY", "sqlite"],
    ["SQLITE_IOERR", "memory"],
  ] as const
) {
  Deno.test(`an agent misses no control cycle while its disk refuses with ${code}, says so, and recovers by itself`, () => {
    const { world, switches, missed, run } = start(engine);
    using _world = world;
    run(CALM_MS);
    const { life } = world.agent;
    const before = snapshotOf(world);
    world.agent.disk.breakDown(code);
    run(OUTAGE_MS);
    const during = snapshotOf(world);
    assert.equal(during.storeCode, code);
    assert.equal(during.counters.generated, before.counters.generated, "an event counts when it is durable");
    assert.ok(during.storeWaiting > 100 && during.storeWaiting <= 2 * WAITING_TXNS_MAX, `${during.storeWaiting} wait`);
    world.agent.disk.heal();
    run(HOUR_MS);
    const after = snapshotOf(world);
    assert.deepEqual([after.storeCode, after.restarts, world.agent.life === life], ["", 0, true]);
    assert.ok(after.counters.generated > before.counters.generated);
    assert.ok(after.storeWaiting < 50, `${after.storeWaiting} wait`);
    assert.deepEqual(missed, []);
    assert.deepEqual(switches, EXPECTED);
    const told = problemsAt(world).filter((text) => text.startsWith(`The store cannot commit: ${code}`));
    assert.ok(told.length > 0, "the problem event reached the LTN");
    assertExact(world);
  });
}

Deno.test("an agent whose disk refuses for eight hours keeps events in bounded memory, and counts the others", () => {
  const { world, missed, run } = start("memory");
  using _world = world;
  run(5 * MINUTE_MS);
  world.agent.disk.breakDown("SQLITE_FULL");
  const waiting: number[] = [];
  for (let hour = 0; hour < 8; hour++) {
    run(HOUR_MS);
    waiting.push(snapshotOf(world).storeWaiting);
  }
  assert.ok(Math.max(...waiting) <= 2 * WAITING_TXNS_MAX, `${waiting} wait`);
  const { dropped } = snapshotOf(world);
  assert.ok(dropped > 1_000, `${dropped} dropped`);
  world.agent.disk.heal();
  run(HOUR_MS);
  assert.deepEqual([snapshotOf(world).storeCode, missed], ["", []]);
  assertExact(world);
});

Deno.test("steps of the wall clock by an hour and by ten years lose no event and hold no commit back", () => {
  const { world, missed, run } = start("memory");
  using _world = world;
  run(10 * MINUTE_MS);
  const { life } = world.agent;
  // The last but one leads before 2020: such a clock is not believed, and events wait for a better one.
  const steps = [HOUR_MS, -HOUR_MS, TEN_YEARS_MS, -TEN_YEARS_MS, -TEN_YEARS_MS, TEN_YEARS_MS];
  for (const [index, stepMs] of steps.entries()) {
    world.agent.wall.step(stepMs);
    const before = snapshotOf(world).counters;
    run(10 * MINUTE_MS);
    const { counters, storeWaiting, storeCode, dropped } = snapshotOf(world);
    assert.ok(
      counters.generated >= before.generated + 200,
      `${stepMs}: ${counters.generated} after ${before.generated}`,
    );
    const ackedMin = index === steps.length - 2 ? before.acked : before.acked + 200;
    assert.ok(counters.acked >= ackedMin, `${stepMs}: ${counters.acked} acked after ${before.acked}`);
    assert.ok(storeWaiting < 50, `${stepMs}: ${storeWaiting} wait`);
    assert.deepEqual([storeCode, dropped, counters.tombstoned], ["", 0, 0]);
  }
  const { generated, acked } = snapshotOf(world).counters;
  assert.ok(acked > generated - 20, `${acked} of ${generated} acked`);
  assert.deepEqual([missed, world.agent.life === life], [[], true]);
  assertExact(world);
});
