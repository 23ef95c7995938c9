import type { Tariff } from "../calendar/mod.ts";
import type { Actor, ActorContext, ActorInput } from "../proactor/actor.ts";
import type { SingleMachineState } from "../protocol/mod.ts";
import type { Message } from "../core/message.ts";
import type { CommandTree } from "./command_tree.ts";
import { type HouseEye, houseEye, type HouseLook } from "./house_eye.ts";
import type { HouseRoles } from "./house_roles.ts";
import { decideHp, decideZone, isZoneCold, type LocalLimits } from "./local_brain.ts";
import { type LocalMachines, localMachines } from "./local_machines.ts";
import { type RelayHands, relayHands } from "./relay_hands.ts";
import type { RelayFacts } from "./scada_facts.ts";
import { type ZoneSets, zoneSets } from "./zone_sets.ts";

const NODE = "lc";
const HUB = "s";
/** How long the first pass waits for the first readings at most, in ms. */
const FIRST_PASS_MS = 5_000;
const PASS_MS = 10_000;
const STATE_PERIOD_MS = 300_000;
const BLIND_AFTER_MS = 300_000;
const NORMAL_NODE = "n";
const BLIND_NODE = "scada-blind";

/** What local control is made of. */
export interface LocalControlOptions {
  readonly roles: HouseRoles;
  readonly limits: LocalLimits;
  readonly tariff: Tariff;
  readonly relays: readonly RelayFacts[];
  readonly tree: CommandTree;
  /** GNode alias of the scada. */
  readonly scadaAlias: string;
}

interface Brain extends LocalControlOptions {
  readonly eye: HouseEye;
  readonly sets: ZoneSets;
  readonly hands: RelayHands;
  readonly machines: LocalMachines;
  /** Relays of the layout that no rule of this brain drives: at rest while it is their boss. */
  readonly idle: readonly string[];
  why: string;
  cold: boolean;
  /** Monotonic time of the last pass that saw the whole house. */
  seenMs: number;
  hasSeen: boolean;
}

/** Makes the thermostat brain: node `lc`, with the machines of `lc` (top), `n` (heat pump) and the zones. */
export function localControl(options: LocalControlOptions): Actor {
  const { roles, tree } = options;
  const brain: Brain = {
    ...options,
    eye: houseEye(roles, options.tariff),
    sets: zoneSets(roles.zones, options.limits.zoneSetC),
    hands: relayHands(options.relays, tree),
    machines: localMachines(tree, roles.zones.length),
    idle: options.relays.map(({ name }) => name).filter((name) => !driven(roles).includes(name)),
    why: "starting",
    cold: false,
    seenMs: 0,
    hasSeen: false,
  };
  return {
    name: NODE,
    listensTo: [...brain.eye.channels, ...brain.sets.channels],
    step: (input, ctx) => step(brain, input, ctx),
    snapshot() {
      const { machines: { top, hp, zones, refused }, why, cold } = brain;
      const calling = Object.fromEntries(roles.zones.map(({ name }, index) => [name, zones[index] ?? "Idle"]));
      const zone = zones.includes("Calling") ? "Calling" : "Idle";
      const setsC = Object.fromEntries(brain.sets.nowC().map((setC, index) => [roles.zones[index]?.name ?? "", setC]));
      return { top, state: hp, zone, zones: calling, setsC, why, cold, refused };
    },
  };
}

function step(brain: Brain, input: ActorInput, ctx: ActorContext): void {
  switch (input.kind) {
    case "start":
      brain.seenMs = ctx.nowMs;
      ctx.timer("pass", FIRST_PASS_MS);
      ctx.timer("state", 0);
      return;
    case "timer":
      ctx.timer(input.name, input.name === "pass" ? PASS_MS : STATE_PERIOD_MS);
      if (input.name === "pass") return pass(brain, ctx);
      brain.machines.publish("top", "periodic", ctx);
      brain.machines.publish("hp", brain.why, ctx);
      return;
    case "reading":
      if (brain.sets.channels.includes(input.channel)) return brain.sets.update(input.channel, input.value);
      brain.eye.update(input.channel, input.value, ctx.nowMs);
      // The house needs nothing more to be ruled: the first pass does not wait for its time.
      if (!brain.hasSeen) pass(brain, ctx);
      return;
    case "message":
      if (input.link === "internal") receive(brain, input.message, ctx);
      return;
    default:
      return;
  }
}

function receive(brain: Brain, message: Message, ctx: ActorContext): void {
  if (message.type === "go.dormant") goDormant(brain, ctx);
  else if (message.type === "wake.up") wakeUp(brain, ctx);
  else if (message.type === "single.machine.state") {
    brain.hands.heard(message.src, (message.payload as SingleMachineState).State);
  }
}

function holdTree({ tree, scadaAlias }: Brain, node: string, ctx: ActorContext): void {
  tree.setBoss(tree.handleOf(node));
  ctx.send({ dst: HUB, type: "new.command.tree", payload: treePayload(tree, scadaAlias, ctx.wallMs) });
}

function pass(brain: Brain, ctx: ActorContext): void {
  const { machines } = brain;
  if (machines.top === "Dormant") return;
  const look = brain.eye.look(ctx.nowMs, ctx.wallMs);
  if (look !== undefined) {
    brain.seenMs = ctx.nowMs;
    brain.hasSeen = true;
  }
  if (machines.top === "Normal" && look === undefined && ctx.nowMs - brain.seenMs > BLIND_AFTER_MS) {
    goBlind(brain, ctx);
  } else if (machines.top === "ScadaBlind" && look !== undefined) {
    machines.moveTop("DataAvailable", "data_available", ctx);
    holdTree(brain, NORMAL_NODE, ctx);
    machines.moveHp("WakeUp", "data_available", ctx);
  }
  if (machines.top === "ScadaBlind") passBlind(brain, ctx);
  else if (look !== undefined) passNormal(brain, look, ctx);
}

function goBlind(brain: Brain, ctx: ActorContext): void {
  const { machines } = brain;
  holdTree(brain, BLIND_NODE, ctx);
  machines.moveHp("GoDormant", "MissingData", ctx);
  for (const index of machines.zones.keys()) machines.moveZone(index, "ZoneReset");
  brain.why = "own_thermostats_rule_no_data";
  machines.moveTop("MissingData", brain.why, ctx);
}

function passNormal(brain: Brain, look: HouseLook, ctx: ActorContext): void {
  const { machines, limits, hands, roles } = brain;
  const view = { ...look, zoneC: coldestC(brain, look), wasCold: brain.cold };
  brain.cold = isZoneCold(view, limits);
  const decision = decideHp(machines.hp, view, limits);
  brain.why = decision.why;
  if (decision.event !== undefined) machines.moveHp(decision.event, decision.why, ctx);
  hands.want(roles.hp, machines.hp === "HpOn", ctx);
  const setsC = brain.sets.nowC();
  for (const [index, zone] of roles.zones.entries()) {
    const zoneSetC = setsC[index] ?? limits.zoneSetC;
    const call = decideZone(look.zonesC[index] ?? NaN, { ...limits, zoneSetC });
    if (call !== undefined) machines.moveZone(index, call);
    hands.want(zone.call, machines.zones[index] === "Calling", ctx);
  }
  for (const failsafe of failsafes(roles)) hands.want(failsafe, true, ctx);
  for (const name of brain.idle) hands.want(name, false, ctx);
}

/** The coldest critical zone in °C, each as if it were set to what the limits say: they say how far below is cold. */
function coldestC({ roles, limits, sets }: Brain, look: HouseLook): number {
  const setsC = sets.coldC(look.onPeak);
  const relativeC = roles.zones.map((_, index) =>
    (look.zonesC[index] ?? NaN) - ((setsC[index] ?? limits.zoneSetC) - limits.zoneSetC)
  );
  return Math.min(...relativeC.filter((_, index) => roles.zones[index]?.isCritical === true));
}

function passBlind({ hands, roles, idle }: Brain, ctx: ActorContext): void {
  for (const name of [...driven(roles), ...idle]) hands.want(name, false, ctx);
}

/** Relays that this brain drives; the failsafes first, so that the house's own thermostats rule before a call ends. */
function driven(roles: HouseRoles): readonly string[] {
  return [...failsafes(roles), roles.hp, ...roles.zones.map(({ call }) => call)];
}

function failsafes({ hpFailsafe, zones }: HouseRoles): readonly string[] {
  return [hpFailsafe, ...zones.map(({ failsafe }) => failsafe)];
}

function goDormant(brain: Brain, ctx: ActorContext): void {
  const { machines } = brain;
  if (machines.top === "Dormant") return;
  brain.why = "dormant_another_boss_rules";
  if (machines.hp !== "Dormant") machines.moveHp("GoDormant", "go.dormant", ctx);
  machines.moveTop("TopGoDormant", "go.dormant", ctx);
}

function wakeUp(brain: Brain, ctx: ActorContext): void {
  const { machines } = brain;
  if (!machines.moveTop("TopWakeUp", "wake.up", ctx)) return;
  brain.seenMs = ctx.nowMs;
  holdTree(brain, NORMAL_NODE, ctx);
  machines.moveHp("WakeUp", "wake.up", ctx);
  pass(brain, ctx);
}

/** Builds `new.command.tree` from the tree as it is now. */
export function treePayload(tree: CommandTree, scadaAlias: string, wallMs: number): Readonly<Record<string, unknown>> {
  return {
    FromGNodeAlias: scadaAlias,
    ShNodes: tree.nodes(),
    UnixMs: wallMs,
    TypeName: "new.command.tree",
    Version: "000",
  };
}
