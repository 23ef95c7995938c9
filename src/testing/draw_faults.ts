import { BUS_TICK_MS } from "../core/device.ts";
import { HOUSE_OUTPUTS } from "../house/mod.ts";
import type { LinkState } from "../links/port.ts";
import type { BrokerFaults } from "./broker_faults.ts";
import type { Fault, FaultPlan, NodeName, PlannedFault } from "./fault_plan.ts";
import type { RandomStreams } from "./random_streams.ts";

const CODES = ["SQLITE_FULL", "SQLITE_BUSY", "SQLITE_IOERR"] as const;
const MINUTE_MS = 60_000;
const CRASH_STATES: readonly LinkState[] = ["connecting", "awaiting_setup_and_peer", "awaiting_peer", "active"];

interface Kind {
  readonly name: string;
  /** Chance (0 to 1) that a seed has this fault at all. */
  readonly chance: number;
  /** Most of them a virtual minute. */
  readonly perMinuteMax: number;
  draw(dice: Dice): readonly { readonly afterMs: number; readonly fault: Fault }[];
}

/** Draws of the stream of one kind of fault. */
interface Dice {
  chance(probability: number): boolean;
  integer(min: number, max: number): number;
}

function one(fault: Fault): readonly { readonly afterMs: number; readonly fault: Fault }[] {
  return [{ afterMs: 0, fault }];
}

function anyNode(dice: Dice): NodeName {
  return dice.chance(0.5) ? "agent" : "ltn";
}

function crash(dice: Dice, node: NodeName): Fault {
  const how = (["life", "process", "stop"] as const)[dice.integer(0, 2)]!;
  return { kind: "crash", node, how, downMs: dice.integer(100, dice.chance(0.2) ? 300_000 : 15_000) };
}

const KINDS: readonly Kind[] = [
  { name: "cut", chance: 0.7, perMinuteMax: 1, draw: (dice) => one({ kind: "cut", node: anyNode(dice) }) },
  {
    name: "flap",
    chance: 0.3,
    perMinuteMax: 0.03,
    draw(dice) {
      const fault: Fault = { kind: "cut", node: anyNode(dice) };
      return Array.from({ length: 20 }, (_, index) => ({ afterMs: index * 3_000, fault }));
    },
  },
  {
    name: "half_open",
    chance: 0.5,
    perMinuteMax: 0.1,
    draw: (dice) => one({ kind: "half_open", node: anyNode(dice) }),
  },
  {
    name: "broker_restart",
    chance: 0.5,
    perMinuteMax: 0.1,
    draw: (dice) => one({ kind: "broker_restart", downMs: dice.integer(100, 120_000) }),
  },
  {
    name: "partition",
    chance: 0.5,
    perMinuteMax: 0.1,
    draw: (dice) => one({ kind: "partition", forMs: dice.integer(1_000, 600_000) }),
  },
  { name: "crash", chance: 0.6, perMinuteMax: 0.3, draw: (dice) => one(crash(dice, anyNode(dice))) },
  {
    name: "crash_loop",
    chance: 0.2,
    perMinuteMax: 0.02,
    draw(dice) {
      const node = anyNode(dice);
      const fault: Fault = { kind: "crash", node, how: dice.chance(0.5) ? "life" : "process", downMs: 500 };
      return Array.from({ length: 6 }, (_, index) => ({ afterMs: index * dice.integer(700, 4_000), fault }));
    },
  },
  {
    name: "wall_step",
    chance: 0.4,
    perMinuteMax: 0.05,
    draw: (dice) => one({ kind: "wall_step", node: anyNode(dice), deltaMs: dice.integer(-3_600_000, 3_600_000) }),
  },
  {
    name: "wall_lost",
    chance: 0.4,
    perMinuteMax: 0.05,
    draw(dice) {
      const node = anyNode(dice);
      const lost: Fault = { kind: "wall_lost", node, forMs: dice.integer(1_000, 1_200_000) };
      // A board that starts anew is where a clock is lost.
      const how = dice.chance(0.5) ? "process" : "life";
      const restart: Fault = { kind: "crash", node, how, downMs: dice.integer(100, 15_000) };
      return [{ afterMs: 0, fault: lost }, ...(dice.chance(0.5) ? [{ afterMs: 1, fault: restart }] : [])];
    },
  },
  {
    name: "commit_failure",
    chance: 0.5,
    perMinuteMax: 0.5,
    draw: (dice) =>
      one({
        kind: "commit_failure",
        node: anyNode(dice),
        n: dice.integer(1, 5),
        code: CODES[dice.integer(0, 2)]!,
        how: dice.chance(0.5) ? "lost" : "written",
      }),
  },
  {
    name: "read_failure",
    chance: 0.3,
    perMinuteMax: 0.5,
    draw: (dice) => one({ kind: "read_failure", node: anyNode(dice), n: dice.integer(1, 3) }),
  },
  {
    name: "commit_crash",
    chance: 0.3,
    perMinuteMax: 0.2,
    draw: (dice) =>
      one({
        kind: "commit_crash",
        node: anyNode(dice),
        n: dice.integer(1, 5),
        how: dice.chance(0.5) ? "lost" : "written",
        downMs: dice.integer(100, 15_000),
      }),
  },
  {
    name: "admin_cut",
    chance: 0.15,
    perMinuteMax: 1,
    draw: (dice) => one({ kind: "admin_cut", end: dice.chance(0.5) ? "admin" : "agent" }),
  },
  {
    name: "flood",
    chance: 0.1,
    perMinuteMax: 0.03,
    draw: (dice) => one({ kind: "flood", messages: dice.integer(100, 3_000) }),
  },
  {
    name: "disk_down",
    chance: 0.4,
    perMinuteMax: 0.05,
    draw: (dice) =>
      one({
        kind: "disk_down",
        node: anyNode(dice),
        code: CODES[dice.integer(0, 2)]!,
        forMs: dice.integer(1_000, 300_000),
      }),
  },
  { name: "garbage", chance: 0.3, perMinuteMax: 0.2, draw: (dice) => one({ kind: "garbage", node: anyNode(dice) }) },
  {
    name: "freeze",
    chance: 0.3,
    perMinuteMax: 0.1,
    draw: (dice) => one({ kind: "freeze", node: anyNode(dice), forMs: dice.integer(100, 20_000) }),
  },
  {
    name: "devices_down",
    chance: 0.2,
    perMinuteMax: 0.05,
    draw: (dice) => one({ kind: "devices_down", forMs: dice.integer(200, 120_000) }),
  },
  {
    name: "crash_in_state",
    chance: 0.3,
    perMinuteMax: 0.2,
    draw(dice) {
      // Which states are rare: a link waits for its setup alone only where subacks come late.
      const state = dice.chance(0.5) ? "awaiting_setup" : CRASH_STATES[dice.integer(0, CRASH_STATES.length - 1)]!;
      const how = dice.chance(0.5) ? "stop" : dice.chance(0.5) ? "process" : "life";
      return one({ kind: "crash_in_state", node: anyNode(dice), state, how, downMs: dice.integer(100, 15_000) });
    },
  },
  { name: "ack_again", chance: 0.3, perMinuteMax: 1, draw: (dice) => one({ kind: "ack_again", node: anyNode(dice) }) },
  {
    name: "wall_drift",
    chance: 0.3,
    perMinuteMax: 0.03,
    draw: (dice) => one({ kind: "wall_drift", node: anyNode(dice), ppm: dice.integer(-500, 500) }),
  },
  {
    name: "output_stuck",
    chance: 0.2,
    perMinuteMax: 0.1,
    draw(dice) {
      const { name } = HOUSE_OUTPUTS[dice.integer(0, HOUSE_OUTPUTS.length - 1)]!;
      return one({ kind: "output_stuck", output: name, forMs: dice.integer(200, 120_000) });
    },
  },
  {
    name: "sensors_flat",
    chance: 0.2,
    perMinuteMax: 0.05,
    draw: (dice) => one({ kind: "sensors_flat", forMs: dice.integer(1_000, 300_000) }),
  },
  { name: "bus_crash", chance: 0.3, perMinuteMax: 0.05, draw: () => one({ kind: "bus_crash" }) },
];

function drawWeather(random: RandomStreams): Partial<BrokerFaults> {
  const stream = "faults.weather";
  const stalls = random.chance(stream, 0.5);
  const lateSubacks = random.chance(stream, 0.5);
  const refusals = random.chance(stream, 0.3);
  return {
    ...(stalls ? { stallChance: 0.02 * random.next(stream), stallMsMax: random.integer(stream, 500, 9_000) } : {}),
    ...(lateSubacks ? { subackDelayMsMax: random.integer(stream, 10, 5_000) } : {}),
    ...drawLine(random),
    ...(random.chance("faults.suback_refused", 0.2)
      ? { subackRefuseChance: 0.5 * random.next("faults.suback_refused") }
      : {}),
    ...(refusals ? { refuseChance: 0.5 * random.next(stream) } : {}),
  };
}

/** A line as of a radio modem: slow, and far. */
function drawLine(random: RandomStreams): Partial<BrokerFaults> {
  const stream = "faults.line";
  if (!random.chance(stream, 0.15)) return {};
  const latencyMsMax = random.integer(stream, 50, 600);
  return { bytesPerS: random.integer(stream, 4_000, 32_000), latencyMsMin: Math.ceil(latencyMsMax / 2), latencyMsMax };
}

/** Draws what a seed does to its world: a subset of all faults, each at its own rate. @param minutes Virtual, more than 0. */
export function drawFaults(random: RandomStreams, minutes: number): FaultPlan {
  const faults: PlannedFault[] = [];
  for (const kind of KINDS) {
    const stream = `faults.${kind.name}`;
    const dice: Dice = {
      chance: (probability) => random.chance(stream, probability),
      integer: (min, max) => random.integer(stream, min, max),
    };
    if (!dice.chance(kind.chance)) continue;
    const perMs = (kind.perMinuteMax * random.next(stream)) / MINUTE_MS;
    for (let atMs = 0;;) {
      atMs += Math.ceil(-Math.log(1 - random.next(stream)) / Math.max(perMs, 1e-9));
      if (atMs >= minutes * MINUTE_MS) break;
      for (const { afterMs, fault } of kind.draw(dice)) faults.push({ atMs: atMs + afterMs, fault });
    }
  }
  const inTime = faults.filter(({ atMs }) => atMs < minutes * MINUTE_MS);
  return {
    faults: inTime.sort((a, b) => a.atMs - b.atMs),
    weather: drawWeather(random),
    bytesMax: random.chance("faults.size", 0.3) ? random.integer("faults.size", 20_000, 80_000) : 50_000_000,
    loadMs: random.integer("faults.load", 2_000, 20_000),
    admin: random.chance("faults.admin", 0.25) ||
      inTime.some(({ fault }) => fault.kind === "flood" || fault.kind === "admin_cut"),
    sharesBroker: random.chance("faults.shares_broker", 0.4),
    poison: random.chance("faults.poison", 0.2),
    ...(random.chance("faults.bus_tick", 0.15) ? { busTickMs: BUS_TICK_MS } : {}),
  };
}
