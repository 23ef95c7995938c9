import { strict as assert } from "node:assert";
import layout from "../../../layouts/simple_house.json" with { type: "json" };
import type { Fault, FaultPlan, NodeName, PlannedFault } from "../../../src/testing/fault_plan.ts";
import { runSeed, type SeedResult } from "../../../src/testing/run_seed.ts";
import { simulatedWorld } from "../../../src/testing/simulated_world.ts";
import { makeTrace } from "../../../src/testing/trace.ts";
import { scadaFacts } from "../../../src/scada/mod.ts";

const HOUR_MS = 3_600_000;

interface Scenario extends Partial<FaultPlan> {
  /** Virtual minutes until the calm. */
  readonly minutes: number;
  readonly seed?: number;
  readonly trace?: (line: string) => void;
}

/** Runs a plan on the whole runtime, and judges it by all checkers. */
function play({ minutes, seed = 1, trace, ...part }: Scenario): SeedResult {
  const plan: FaultPlan = { faults: [], weather: {}, bytesMax: 50_000_000, loadMs: 3_000, ...part };
  const result = runSeed(seed, { layout, plan, minutes, calmMinutes: 3, trace });
  assert.equal(result.violation, undefined, JSON.stringify(result.violation));
  return result;
}

function at(atMs: number, fault: Fault): PlannedFault {
  return { atMs, fault };
}

function every(periodMs: number, times: number, faultOf: (index: number) => Fault): PlannedFault[] {
  return Array.from({ length: times }, (_, index) => at(60_000 + index * periodMs, faultOf(index)));
}

Deno.test("nothing grows: after four hours without faults as much waits and runs as after one", () => {
  const plan = { faults: [], weather: {}, bytesMax: 50_000_000, loadMs: 10_000, admin: true };
  const facts = scadaFacts(layout);
  using world = simulatedWorld({ seed: 1, minutes: 240, facts, trace: makeTrace(), plan });
  function sizes(): Readonly<Record<string, number>> {
    const [agent, ltn] = [world.agent, world.ltn].map(({ life }) => ({
      timers: life!.timers.length,
      waiting: life!.proactor!.snapshot().storeWaiting,
      actors: JSON.stringify(life!.proactor!.snapshot().actors).length,
    }));
    return {
      timers: world.clock.alive,
      agentTimers: agent!.timers,
      agentActors: agent!.actors,
      ltnTimers: ltn!.timers,
      ltnActors: ltn!.actors,
      waiting: agent!.waiting + ltn!.waiting,
    };
  }
  world.clock.runUntil(HOUR_MS);
  const early = sizes();
  world.clock.runUntil(4 * HOUR_MS);
  const late = sizes();
  for (const [name, size] of Object.entries(late)) {
    const before = early[name]!;
    assert(size <= 1.2 * before + 10, `${name} grew from ${before} to ${size}`);
  }
});

const NODES = ["agent", "ltn"] as const satisfies readonly NodeName[];

for (const node of NODES) {
  Deno.test(`half-open: the other end finds that ${node} is gone, and all comes back`, () => {
    const moves: string[] = [];
    const { marks } = play({
      minutes: 5,
      faults: [at(60_000, { kind: "half_open", node })],
      trace: (line) => {
        if (/^\d\S* (agent|ltn) \w+ --response_timeout-->/.test(line)) moves.push(line);
      },
    });
    assert(marks["link.active.response_timeout"]! > 0 && marks["link.awaiting_peer.mqtt_disconnected"]! > 0);
    const firstMs = Number.parseFloat(moves[0]!);
    assert(firstMs < 60_000 + 66_000, `found after ${firstMs - 60_000} ms`);
  });

  Deno.test(`flap: ${node} is cut every 3 s for a minute, and no event is lost or doubled`, () => {
    const { faults, applied } = play({ minutes: 4, faults: every(3_000, 20, () => ({ kind: "cut", node })) });
    assert.equal(faults["cut"], 20);
    assert(applied > 100, `${applied} applied`);
  });

  Deno.test(`crash loop: ${node} dies twelve times, each soon after its start`, () => {
    const loop = every(2_500, 12, (index): Fault => ({
      kind: "crash",
      node,
      how: index % 2 === 0 ? "process" : "life",
      downMs: 300 + 150 * index,
    }));
    const { marks, faults } = play({ minutes: 4, faults: loop });
    assert((faults["crash_process"] ?? 0) + (faults["crash_life"] ?? 0) === 12);
    assert(marks["start_with_pending_rows"]! > 5);
  });
}

Deno.test("swizzle: in whichever order agent and LTN are cut and come back, the links end active", () => {
  for (let seed = 1; seed <= 8; seed++) {
    const [first, second] = seed % 2 === 0 ? NODES : [...NODES].reverse() as [NodeName, NodeName];
    const faults = every(40_000, 4, (): Fault => ({ kind: "cut", node: first })).flatMap((one, index) => [
      one,
      at(one.atMs + 100 * seed * (index + 1), { kind: "cut", node: second }),
    ]);
    play({ seed, minutes: 4, faults, weather: { refuseChance: 0.4, subackDelayMsMax: 3_000 } });
  }
});

Deno.test("first message before suback: the peer's word counts, whichever comes first", () => {
  let before = 0;
  for (let seed = 1; seed <= 5; seed++) {
    const faults = every(30_000, 4, (index): Fault => ({ kind: "cut", node: NODES[index % 2]! }));
    const { marks } = play({ seed, minutes: 4, faults, weather: { subackDelayMsMax: 4_900 } });
    before += marks["link.awaiting_setup_and_peer.message_from_peer"]!;
  }
  assert(before >= 5, `${before} times`);
});

Deno.test("a line of 64 kbit/s and 600 ms carries an event a second and an hour's backlog, and no ack comes late", () => {
  const weather = { bytesPerS: 8_000, latencyMsMin: 600, latencyMsMax: 600 };
  const faults = [at(120_000, { kind: "partition", forMs: 3_600_000 })] as const;
  const { applied, generated, marks, pending } = play({ minutes: 75, faults, weather, loadMs: 1_000 });
  assert(
    generated > 4_000 && pending < 10 && generated - applied <= pending,
    `${generated} made, ${applied} applied, ${pending} pending`,
  );
  assert(marks["window_grown"]! > 0);
  assert.equal(marks["link.active.response_timeout"], 0);
});

Deno.test("poison events: unknown types, strange text and 150 kB go through, and block no other", () => {
  const { applied, generated, pending } = play({ minutes: 30, poison: true, loadMs: 2_000 });
  assert(
    generated > 800 && generated - applied <= pending,
    `${generated} made, ${applied} applied, ${pending} pending`,
  );
});

Deno.test("an admin that floods its link delays no other: no ack of the LTN's link comes late", () => {
  const flood = every(60_000, 3, () => ({ kind: "flood", messages: 5_000 }));
  const { marks, applied, generated, delivered } = play({ minutes: 5, faults: flood, admin: true });
  const { delivered: calm } = play({ minutes: 5, admin: true });
  assert.equal(marks["link.active.response_timeout"], 0);
  assert(delivered - calm > 10_000, `${delivered - calm} messages of the flood came`);
  assert(generated - applied < 10);
});

Deno.test("an admin link that comes and goes leaves the LTN's link and its backlog alone", () => {
  const faults = [
    at(60_000, { kind: "partition", forMs: 300_000 }),
    ...Array.from(
      { length: 30 },
      (_, index) => at(361_000 + index * 700, { kind: "admin_cut", end: "agent" } as const),
    ),
  ];
  const { faults: fired, marks, applied, generated } = play({ minutes: 7, faults, admin: true });
  assert.equal(fired["admin_cut"], 30);
  assert.equal(marks["link.active.response_timeout"], 0);
  assert(generated - applied < 10, `${generated} made, ${applied} applied`);
});

Deno.test("the disk is full while the net is gone, and what did not fit is accounted for", () => {
  const faults = [
    at(60_000, { kind: "partition", forMs: 600_000 }),
    at(120_000, { kind: "disk_down", node: "agent", code: "SQLITE_FULL", forMs: 300_000 }),
  ] as const;
  const { marks } = play({ minutes: 15, faults, bytesMax: 30_000 });
  assert(marks["evicted"]! > 0 && marks["store_failed"]! > 0);
});
