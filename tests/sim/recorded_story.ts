import layout from "../../layouts/simple_house.json" with { type: "json" };
import { scadaFacts } from "../../src/scada/mod.ts";
import type { NodeName } from "../../src/testing/fault_plan.ts";
import { makeMarks } from "../../src/testing/marks.ts";
import { randomStreams } from "../../src/testing/random_streams.ts";
import { type SimulatedBroker, simulatedBroker } from "../../src/testing/simulated_broker.ts";
import { simulatedBus } from "../../src/testing/simulated_bus.ts";
import { type SimulatedNode, simulatedNode } from "../../src/testing/simulated_node.ts";
import { agentLinks, agentOwn, ltnLinks, ltnOwn } from "../../src/testing/simulated_parts.ts";
import { makeTrace } from "../../src/testing/trace.ts";
import { type VirtualClock, virtualClock } from "../../src/testing/virtual_clock.ts";
import type { WireLine } from "./wire_record.ts";

/** Length of a recorded story, in virtual ms. */
export const STORY_MS = 240_000;
/** What the nodes draw; the workload's mean time between events in ms. */
const SEED = 1;
const LOAD_MS = 8_000;
const FACTS = scadaFacts(layout);

/** Where the nodes of a story run. */
export interface Stage {
  readonly clock: VirtualClock;
  /** @param name Of the node; @param write Receives each move of its link. */
  node(name: NodeName, write?: (line: WireLine) => void): SimulatedNode;
}

/** Makes a stage. @param wire Stands around the broker, or takes its place. */
export function makeStage(wire: (broker: SimulatedBroker, clock: VirtualClock) => SimulatedBroker): Stage {
  const clock = virtualClock();
  const random = randomStreams(SEED);
  const broker = wire(simulatedBroker(clock, random), clock);
  return {
    clock,
    node(name, write = () => {}) {
      const trace = makeTrace((line) => {
        const [, move] = /^\S+ \w+ (\w+ --\w+--> \w+)$/.exec(line) ?? [];
        if (move !== undefined) write({ at: clock.nowMs, move });
      });
      const world = { clock, random, broker, trace, marks: makeMarks() };
      const shared = { name, bytesMax: 50_000_000 };
      if (name === "ltn") {
        return simulatedNode(world, {
          ...shared,
          links: ltnLinks(FACTS),
          own: () => ltnOwn(FACTS, undefined),
        });
      }
      const bus = simulatedBus(clock, { switched() {} });
      return simulatedNode(world, {
        ...shared,
        links: agentLinks(FACTS),
        own: () => agentOwn(FACTS, { loadMs: LOAD_MS }),
        bus,
      });
    },
  };
}

/** Plays the recorded story: a start, cuts of both, an outage with a backlog, a peer that dies and starts again. */
export function playStory(stage: Stage, broker: SimulatedBroker, peer: SimulatedNode): void {
  const { clock } = stage;
  const acts: readonly (readonly [number, () => void])[] = [
    [50_000, () => broker.cut("agent")],
    [70_000, () => broker.cut("ltn")],
    [90_000, () => broker.partition(true)],
    [130_000, () => broker.partition(false)],
    [170_000, () => peer.crash("process")],
    [182_000, () => peer.start()],
    [205_000, () => broker.halfOpen(peer.name)],
  ];
  for (const [atMs, act] of acts) {
    clock.runUntil(atMs);
    act();
  }
  clock.runUntil(STORY_MS);
}
