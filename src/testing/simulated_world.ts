import { LEASE_MS } from "../core/device.ts";
import type { ScadaFacts } from "../scada/mod.ts";
import { drawFaults } from "./draw_faults.ts";
import type { Fault, FaultPlan, NodeName } from "./fault_plan.ts";
import { makeMarks, type Marks } from "./marks.ts";
import type { PlantedName } from "./planted.ts";
import { type RandomStreams, randomStreams } from "./random_streams.ts";
import { SIMULATED_ADMIN, type SimulatedAdmin, simulatedAdmin } from "./simulated_admin.ts";
import { type SimulatedBroker, simulatedBroker } from "./simulated_broker.ts";
import { type SimulatedBus, simulatedBus } from "./simulated_bus.ts";
import { SIMULATED_BUS_TICK_MS } from "./simulated_devices.ts";
import type { EngineName } from "./simulated_disk.ts";
import type { NodeWorld } from "./node_world.ts";
import { type SimulatedNode, simulatedNode } from "./simulated_node.ts";
import { ADMIN_CONNECTION, agentLinks, agentOwn, ltnLinks, ltnOwn } from "./simulated_parts.ts";
import type { Trace } from "./trace.ts";
import { type VirtualClock, virtualClock } from "./virtual_clock.ts";

/** Longest time (ms) after the agent's end until its outputs are safe. */
export function safeAfterMs({ busTickMs = SIMULATED_BUS_TICK_MS }: Pick<FaultPlan, "busTickMs">): number {
  return LEASE_MS + 2 * busTickMs;
}

/** What a world is made from. */
export interface WorldOptions {
  readonly seed: number;
  readonly minutes: number;
  readonly facts: ScadaFacts;
  readonly trace: Trace;
  readonly planted?: PlantedName | undefined;
  /** Instead of the seed's own plan. */
  readonly plan?: FaultPlan | undefined;
  /** Store engine of both nodes; @default "memory" */
  readonly engine?: EngineName | undefined;
}

/** Agent, LTN, house and broker on one virtual clock. */
export interface SimulatedWorld extends Disposable {
  readonly clock: VirtualClock;
  readonly random: RandomStreams;
  readonly broker: SimulatedBroker;
  readonly bus: SimulatedBus;
  /** Only where the plan has one. */
  readonly admin: SimulatedAdmin | undefined;
  readonly agent: SimulatedNode;
  readonly ltn: SimulatedNode;
  readonly plan: FaultPlan;
  readonly marks: Marks;
  /** Faults by kind, as they were applied. */
  readonly fired: ReadonlyMap<string, number>;
  apply(fault: Fault): void;
  /** All faults off, everybody up. */
  calm(): void;
}

const HEADER = `"Header":{"Src":"x","Dst":"y","MessageType":"gridworks.ping","MessageId":"z","AckRequired":true`;
const GARBAGE = [
  "",
  "{",
  "nonsense",
  '{"Header":{}}',
  `{"Header":{"Src":"x"},"Payload":${"[".repeat(200)}`,
  `{${HEADER},"TypeName":"gridworks.header","Version":"999"},"Payload":{"TypeName":"gridworks.ping"},"TypeName":"gw"}`,
  `{${HEADER},"TypeName":"gridworks.header"},"Payload":{"TypeName":"of.no.registry","A":1e999},"TypeName":"gw"}`,
  `{${HEADER}`,
  `{${HEADER},"Payload":"${"x".repeat(1_100_000)}"}}`,
] as const;

/** Makes a world whose nodes have started. */
export function simulatedWorld(options: WorldOptions): SimulatedWorld {
  const { seed, minutes, facts, trace } = options;
  const random = randomStreams(seed);
  const plan = options.plan ?? drawFaults(random, minutes);
  const clock = virtualClock();
  const broker = simulatedBroker(clock, random);
  const bus = simulatedBus(clock, {
    switched: (output, value) => trace.add(clock.nowMs, "bus", `${output} = ${value}`),
    tickMs: plan.busTickMs,
  });
  const marks = makeMarks();
  const shared = { clock, random, broker, trace, marks };
  const nodes = makeNodes(options, plan, { ...shared, bus });
  const { agent, ltn } = nodes;
  const admin = plan.admin ? simulatedAdmin({ clock, random, broker, scadaAlias: facts.scadaAlias }) : undefined;
  const fired = new Map<string, number>();

  function apply(fault: Fault): void {
    const name = fault.kind === "crash" ? `crash_${fault.how}` : fault.kind;
    fired.set(name, (fired.get(name) ?? 0) + 1);
    trace.add(clock.nowMs, "fault", JSON.stringify(fault));
    carryOut(fault, { clock, random, broker, bus, nodes, admin });
  }
  Object.assign(broker.faults, plan.weather);
  agent.start();
  ltn.start();
  admin?.start();
  return {
    clock,
    random,
    broker,
    bus,
    admin,
    agent,
    ltn,
    plan,
    marks,
    fired,
    apply,
    calm() {
      broker.calm();
      bus.failDevices(0);
      admin?.calm();
      for (const node of [agent, ltn]) node.calm();
    },
    [Symbol.dispose]() {
      for (const node of [agent, ltn]) node.disk[Symbol.dispose]();
    },
  };
}

function makeNodes(
  { facts, planted, engine }: WorldOptions,
  plan: FaultPlan,
  { bus, ...shared }: NodeWorld & { readonly bus: SimulatedBus },
): Readonly<Record<NodeName, SimulatedNode>> {
  const agent = simulatedNode(shared, {
    name: "agent",
    links: agentLinks(facts, plan.admin, plan.sharesBroker),
    own: () => agentOwn(facts, plan),
    planted,
    bytesMax: plan.bytesMax,
    engine,
    bus,
  });
  const ltn = simulatedNode(shared, {
    name: "ltn",
    links: ltnLinks(facts),
    own: () => ltnOwn(facts, planted),
    planted,
    bytesMax: 50_000_000,
    engine,
  });
  return { agent, ltn };
}

/** What a fault may reach. */
interface FaultReach {
  readonly clock: VirtualClock;
  readonly random: RandomStreams;
  readonly broker: SimulatedBroker;
  readonly bus: SimulatedBus;
  readonly nodes: Readonly<Record<NodeName, SimulatedNode>>;
  readonly admin: SimulatedAdmin | undefined;
}

function carryOut(fault: Fault, { clock, random, broker, bus, nodes, admin }: FaultReach): void {
  function later(forMs: number, name: string, run: () => void): void {
    clock.after(forMs, `world.${name}`, run);
  }
  switch (fault.kind) {
    case "cut":
      return broker.cut(fault.node);
    case "half_open":
      return broker.halfOpen(fault.node);
    case "broker_restart":
      return broker.restart(fault.downMs);
    case "partition":
      broker.partition(true);
      return later(fault.forMs, "partition ends", () => broker.partition(false));
    case "wall_step":
      return nodes[fault.node].wall.step(fault.deltaMs);
    case "wall_lost":
      nodes[fault.node].wall.lose();
      return later(fault.forMs, "clock is set", () => nodes[fault.node].wall.setRight());
    case "crash": {
      const node = nodes[fault.node];
      if (!node.up) return;
      node.crash(fault.how);
      return later(fault.downMs, "restart", () => node.start());
    }
    case "crash_in_state":
      return nodes[fault.node].deaths.inState(fault.state, fault.how, fault.downMs);
    case "ack_again":
      return nodes[fault.node].wire.repeatAck();
    case "wall_drift":
      return nodes[fault.node].wall.drift(fault.ppm);
    case "commit_failure":
      return nodes[fault.node].disk.failCommit(fault.n, fault.code, fault.how);
    case "read_failure":
      return nodes[fault.node].disk.reads.fail(fault.n);
    case "commit_crash":
      return nodes[fault.node].deaths.atCommit(fault.n, fault.how, fault.downMs);
    case "admin_cut":
      return broker.cut(fault.end === "admin" ? SIMULATED_ADMIN : `agent.${ADMIN_CONNECTION}`);
    case "flood":
      return admin?.flood(fault.messages);
    case "disk_down": {
      const { disk } = nodes[fault.node];
      disk.breakDown(fault.code);
      return later(fault.forMs, "disk heals", () => disk.heal());
    }
    case "garbage":
      return nodes[fault.node].wire.inject(
        new TextEncoder().encode(GARBAGE[random.integer("faults.bytes", 0, GARBAGE.length - 1)]),
      );
    case "freeze":
      return nodes[fault.node].freeze(fault.forMs);
    case "devices_down":
      return bus.failDevices(fault.forMs);
    case "output_stuck":
      return bus.stick(fault.output, fault.forMs);
    case "sensors_flat":
      return bus.flatten(fault.forMs);
    case "bus_crash":
      return nodes.agent.replaceBus();
  }
}
