import { errorText } from "../core/errors.ts";
import type { ScadaFacts } from "../scada/mod.ts";
import { scadaFacts } from "../scada/mod.ts";
import { makeCheckers } from "./checkers.ts";
import type { FaultPlan } from "./fault_plan.ts";
import { markWindow } from "./node_marks.ts";
import type { PlantedName } from "./planted.ts";
import type { EngineName } from "./simulated_disk.ts";
import type { SimulatedNode } from "./simulated_node.ts";
import { safeAfterMs, type SimulatedWorld, simulatedWorld } from "./simulated_world.ts";
import { makeTrace, type Trace } from "./trace.ts";
import type { Checker, NodeFacts, WorldFacts } from "./world_facts.ts";

/** Virtual minutes of faults when none are given. */
export const MINUTES_DEFAULT = 120;
/** Virtual minutes without faults before liveness is judged. */
export const CALM_MINUTES = 10;
/** Virtual minutes without faults after which the links must be back. */
export const SOON_MINUTES = 2;

const MINUTE_MS = 60_000;
/** A snapshot that was sent earlier than this has arrived. */
const ARRIVED_MS = 2_000;

/** How a seed is run. */
export interface SeedOptions {
  /** JSON value of the layout that the agent runs on: one for the simulated house, such as layouts/simple_house.json. */
  readonly layout: unknown;
  /** Virtual minutes of faults; @default 120 */
  readonly minutes?: number;
  readonly planted?: PlantedName | undefined;
  /** Virtual minutes without faults before liveness is judged; @default 10 */
  readonly calmMinutes?: number | undefined;
  /** Receives each trace record as text. */
  readonly trace?: ((line: string) => void) | undefined;
  /** Told of each look of the checkers, with the virtual ms. */
  readonly looked?: ((atMs: number) => void) | undefined;
  /** Faults instead of the seed's own, for directed runs and for shrinking. */
  readonly plan?: FaultPlan;
  /** Store engine of both nodes; @default "memory" */
  readonly engine?: EngineName | undefined;
}

/** What was found wrong. */
export interface Violation {
  /** Name of the checker; "exception" when a step threw. */
  readonly checker: string;
  readonly message: string;
  /** Virtual ms. */
  readonly atMs: number;
}

/** What came of one seed. */
export interface SeedResult {
  readonly seed: number;
  readonly violation: Violation | undefined;
  /** Hash over every delivery and transition: 16 hexadecimal digits. */
  readonly hash: string;
  /** Last draws of the streams; two runs of a seed must agree. */
  readonly unseed: number;
  readonly virtualMs: number;
  /** Injected faults by kind. */
  readonly faults: Readonly<Record<string, number>>;
  readonly generated: number;
  readonly applied: number;
  readonly tombstoned: number;
  readonly pending: number;
  readonly delivered: number;
  readonly steps: number;
  readonly timers: number;
  readonly relaySwitches: number;
  readonly checks: number;
  /** How often each mark was reached, in the order of `MARKS`. */
  readonly marks: Readonly<Record<string, number>>;
  /** The newest trace records. */
  readonly last: readonly string[];
}

/** Whether a slow line may still carry a flood when the faults are over. */
function isClogged({ faults, weather }: SimulatedWorld["plan"]): boolean {
  return weather.bytesPerS !== undefined && faults.some(({ fault }) => fault.kind === "flood");
}

/**
 * Runs the whole runtime on virtual time under the faults of a seed: faults with safety checks after each, a calm, liveness.
 *
 * @param seed Any integer; its low 32 bits count.
 */
export function runSeed(seed: number, options: SeedOptions): SeedResult {
  const minutes = options.minutes ?? MINUTES_DEFAULT;
  const trace = makeTrace(options.trace);
  const facts: ScadaFacts = scadaFacts(options.layout);
  const { planted, plan, engine } = options;
  using world = simulatedWorld({ seed, minutes, facts, trace, planted, plan, engine });
  const checkers = makeCheckers();
  let checks = 0;
  let window = 0;

  function check(kind: Checker["kind"]): Violation | undefined {
    const seen = lookAt(world);
    window = markWindow(world.marks, world.agent, window);
    for (const checker of checkers) {
      if (checker.kind !== kind) continue;
      checks++;
      const message = checker.check(seen);
      if (message !== undefined) return { checker: checker.name, message, atMs: world.clock.nowMs };
    }
    if (kind === "safety") { for (const { ledger } of [world.agent, world.ltn]) ledger.settle(); }
    options.looked?.(world.clock.nowMs);
    return undefined;
  }
  function until(atMs: number): Violation | undefined {
    world.clock.runUntil(atMs);
    return check("safety");
  }
  function play(): Violation | undefined {
    const ends = minutes * MINUTE_MS;
    for (const { atMs, fault } of timeline(world.plan)) {
      if (atMs >= ends) break;
      const wrong = until(Math.max(atMs, world.clock.nowMs));
      if (wrong) return wrong;
      if (fault) world.apply(fault);
    }
    const wrong = until(ends);
    if (wrong) return wrong;
    world.calm();
    for (let minute = 1; minute <= (options.calmMinutes ?? CALM_MINUTES); minute++) {
      const isSoon = minute === SOON_MINUTES && !isClogged(world.plan);
      const late = until(ends + minute * MINUTE_MS) ?? (isSoon ? check("soon") : undefined);
      if (late) return late;
    }
    while (world.clock.nowMs - (world.agent.wire.published.get(SNAPSHOT)?.atMs ?? 0) < ARRIVED_MS) {
      world.clock.run(1_000);
    }
    return check("safety") ?? check("liveness");
  }
  let violation: Violation | undefined;
  try {
    violation = play();
  } catch (error) {
    violation = { checker: "exception", message: errorText(error), atMs: world.clock.nowMs };
  }
  return { ...resultOf(world, trace), seed, violation, checks };
}

/** What a world came to. */
function resultOf(world: SimulatedWorld, trace: Trace): Omit<SeedResult, "seed" | "violation" | "checks"> {
  const { agent, ltn, clock, random } = world;
  const { generated, tombstoned, pending } = agent.ledger.counters();
  return {
    hash: trace.hash,
    unseed: random.next("unseed") + random.last("broker.latency") + random.last("agent.load"),
    virtualMs: clock.nowMs,
    faults: allFaults(world),
    generated,
    applied: ltn.ledger.applied.size,
    tombstoned,
    pending,
    delivered: agent.wire.delivered + ltn.wire.delivered,
    steps: agent.steps + ltn.steps,
    timers: clock.fired,
    relaySwitches: world.bus.switches,
    marks: world.marks.counts(),
    last: trace.last(),
  };
}

const SNAPSHOT = "snapshot-spaceheat";

/** The faults of a plan, and a look at the outputs after each crash of the agent. */
function timeline(
  plan: FaultPlan,
): readonly { readonly atMs: number; readonly fault?: FaultPlan["faults"][number]["fault"] }[] {
  const looks = plan.faults.filter(({ fault }) => fault.kind === "crash" && fault.node === "agent");
  return [...plan.faults, ...looks.map(({ atMs }) => ({ atMs: atMs + safeAfterMs(plan) + 1 }))]
    .sort((a, b) => a.atMs - b.atMs);
}

function lookAtNode(node: SimulatedNode): NodeFacts {
  const { ledger, watch, life } = node;
  const proactor = life?.proactor;
  return {
    name: node.name,
    ledger: {
      events: ledger.events,
      promised: ledger.promised,
      stored: ledger.stored,
      tombstoned: ledger.tombstoned,
      deleted: ledger.deleted,
      applied: ledger.applied,
      faults: ledger.faults,
      onDisk: ledger.onDisk(),
      counters: ledger.counters(),
    },
    life: life && proactor ? { snapshot: proactor.snapshot(), timers: life.timers } : undefined,
    // A frozen process has not seen yet what happened to its connection.
    link: {
      state: watch.state,
      mayBeActive: watch.mayBeActive || life?.frozen === true,
      heardMs: watch.heardMs,
      faults: watch.faults,
    },
  };
}

/** Takes the facts of this instant. */
export function lookAt(world: SimulatedWorld): WorldFacts {
  const { agent, ltn, bus, clock, plan } = world;
  return {
    nowMs: clock.nowMs,
    agent: lookAtNode(agent),
    ltn: lookAtNode(ltn),
    switches: bus.takeSwitches(),
    unsafe: bus.unsafe(),
    agentDownSinceMs: agent.up || !bus.up ? undefined : agent.downSinceMs,
    safeAfterMs: safeAfterMs(plan),
    zoneC: bus.house().zoneC,
    sentView: sentView(agent),
    shownView: shownView(ltn),
  };
}

function sentView(agent: SimulatedNode): WorldFacts["sentView"] {
  const sent = agent.wire.published.get(SNAPSHOT);
  if (sent === undefined) return undefined;
  const { Payload } = JSON.parse(new TextDecoder().decode(sent.bytes)) as {
    readonly Payload: {
      readonly SnapshotTimeUnixMs: number;
      readonly LatestReadingList: readonly { readonly ChannelName: string; readonly Value: number }[];
    };
  };
  const readings = Object.fromEntries(Payload.LatestReadingList.map(({ ChannelName, Value }) => [ChannelName, Value]));
  return { timeMs: Payload.SnapshotTimeUnixMs, readings };
}

function shownView(ltn: SimulatedNode): WorldFacts["shownView"] {
  const hub = ltn.life?.proactor?.snapshot().actors["ltn"] as
    | { readonly house?: { readonly timeMs: number; readonly readings: Readonly<Record<string, number>> } | null }
    | undefined;
  return hub?.house ? { timeMs: hub.house.timeMs, readings: hub.house.readings } : undefined;
}

function allFaults({ fired, broker, agent, ltn }: SimulatedWorld): Readonly<Record<string, number>> {
  const { lost, ...byBroker } = broker.fired;
  return {
    ...Object.fromEntries(fired),
    stall: byBroker.stall,
    connect_refused: byBroker.refused,
    suback_late: byBroker.suback_late,
    suback_refused: byBroker.suback_refused,
    packet_lost: lost,
    commit_failed: agent.disk.failures + ltn.disk.failures,
    read_failed: agent.disk.reads.failures + ltn.disk.reads.failures,
  };
}
