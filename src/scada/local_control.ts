import { isOnPeak, localClock, type LocalTime, minutesToOnPeak, type Tariff } from "../calendar/mod.ts";
import { stepMachine } from "../core/table_machine.ts";
import type { Actor, ActorContext, ActorInput } from "../proactor/actor.ts";
import type { SingleMachineState } from "../protocol/mod.ts";
import type { CommandTree } from "./command_tree.ts";
import {
  decideHp,
  decideZone,
  HP_TABLE,
  type HpEvent,
  type HpState,
  isZoneCold,
  LOCAL_TOP_TABLE,
  type LocalLimits,
  type LocalTopEvent,
  type LocalTopState,
  type LocalView,
  ZONE_TABLE,
  type ZoneState,
} from "./local_brain.ts";
import { fsmEvent, singleMachineState } from "./machine_payloads.ts";
import type { RelayFacts } from "./scada_facts.ts";

const NODE = "lc";
const HUB = "s";
const FIRST_PASS_MS = 5_000;
const PASS_MS = 10_000;
const STATE_PERIOD_MS = 300_000;
const FRESH_MS_MAX = 120_000;
const BLIND_AFTER_MS = 300_000;
const NORMAL_NODE = "n";
const BLIND_NODE = "scada-blind";

/** Which relay and channel plays which part in the house. */
export interface LocalRoles {
  readonly hp: string;
  readonly zone: string;
  /** Relays that take a part of the house from its own thermostat while energized. */
  readonly failsafes: readonly string[];
  /** Channels in °C × 1000. */
  readonly tankTop: string;
  readonly tankBottom: string;
  readonly zoneTemp: string;
}

/** Roles in layouts/simple_house.json. */
export const SIMPLE_LOCAL_ROLES: LocalRoles = {
  hp: "relay1",
  zone: "relay2",
  failsafes: ["relay3", "relay4"],
  tankTop: "tank1-depth1",
  tankBottom: "tank1-depth3",
  zoneTemp: "zone1-main-temp",
};

/** What local control is made of. */
export interface LocalControlOptions {
  readonly roles: LocalRoles;
  readonly limits: LocalLimits;
  readonly tariff: Tariff;
  readonly relays: readonly RelayFacts[];
  readonly tree: CommandTree;
  /** GNode alias of the scada. */
  readonly scadaAlias: string;
}

/** Makes the thermostat brain: node `lc`, with the machines of `lc` (top), `n` (heat pump) and the zone. */
export function localControl(options: LocalControlOptions): Actor {
  const { roles, limits, tariff, tree } = options;
  const clock = localClock(tariff.timezone);
  const relays = new Map(options.relays.map((relay) => [relay.name, relay]));
  const relayStates = new Map<string, string>();
  const latest = new Map<string, { readonly value: number; readonly atMs: number }>();
  let top: LocalTopState = "Normal";
  let hp: HpState = "Initializing";
  let zone: ZoneState = "Idle";
  let why = "starting";
  let cold = false;
  let seenMs = 0;
  let refused = 0;

  function fresh(channel: string, nowMs: number): number | undefined {
    const reading = latest.get(channel);
    return reading === undefined || nowMs - reading.atMs > FRESH_MS_MAX ? undefined : reading.value / 1_000;
  }
  function look(ctx: ActorContext): LocalView | undefined {
    const [tankTopC, tankBottomC, zoneC] = [roles.tankTop, roles.tankBottom, roles.zoneTemp].map((channel) =>
      fresh(channel, ctx.nowMs)
    );
    if (tankTopC === undefined || tankBottomC === undefined || zoneC === undefined) return undefined;
    const time: LocalTime = clock(ctx.wallMs);
    const toOnPeak = minutesToOnPeak(tariff, time);
    return { tankTopC, tankBottomC, zoneC, onPeak: isOnPeak(tariff, time), minutesToOnPeak: toOnPeak, wasCold: cold };
  }
  function publish(machine: "top" | "hp", cause: string, ctx: ActorContext): void {
    const handle = tree.handleOf(machine === "top" ? NODE : NORMAL_NODE);
    const stateEnum = machine === "top" ? "gw1.lc.top.state" : "gw1.local.control.buffer.only.state";
    const state = machine === "top" ? top : hp;
    const payload = singleMachineState({ handle, stateEnum, state, wallMs: ctx.wallMs, cause });
    ctx.send({ dst: HUB, type: payload.TypeName, payload });
  }
  function moveHp(event: HpEvent, cause: string, ctx: ActorContext): void {
    const step = stepMachine(HP_TABLE, hp, event);
    if (step.kind === "refused") return void refused++;
    hp = step.to;
    publish("hp", cause, ctx);
  }
  function moveTop(event: LocalTopEvent, cause: string, ctx: ActorContext): boolean {
    const step = stepMachine(LOCAL_TOP_TABLE, top, event);
    if (step.kind === "refused") {
      refused++;
      return false;
    }
    top = step.to;
    publish("top", cause, ctx);
    return true;
  }
  function holdTree(node: string, ctx: ActorContext): void {
    tree.setBoss(tree.handleOf(node));
    ctx.send({ dst: HUB, type: "new.command.tree", payload: treePayload(tree, options.scadaAlias, ctx.wallMs) });
  }
  function want(name: string, energized: boolean, ctx: ActorContext): void {
    const relay = relays.get(name);
    const boss = tree.bossOf(name);
    if (relay === undefined || boss === undefined) return;
    const state = energized ? relay.energizedState : relay.deEnergizedState;
    if ((relayStates.get(name) ?? relay.deEnergizedState) === state) return;
    const payload = fsmEvent({
      fromHandle: boss,
      toHandle: tree.handleOf(name),
      eventType: relay.eventType,
      eventName: energized ? relay.energizingEvent : relay.deEnergizingEvent,
      triggerId: ctx.newId(),
      wallMs: ctx.wallMs,
    });
    ctx.send({ dst: name, type: payload.TypeName, payload });
  }
  function passNormal(view: LocalView, ctx: ActorContext): void {
    cold = isZoneCold(view, limits);
    const decision = decideHp(hp, view, limits);
    why = decision.why;
    if (decision.event !== undefined) moveHp(decision.event, why, ctx);
    const call = decideZone(view.zoneC, limits);
    const step = call === undefined ? undefined : stepMachine(ZONE_TABLE, zone, call);
    if (step?.kind === "moved") zone = step.to;
    want(roles.hp, hp === "HpOn", ctx);
    want(roles.zone, zone === "Calling", ctx);
    for (const failsafe of roles.failsafes) want(failsafe, true, ctx);
  }
  function passBlind(ctx: ActorContext): void {
    for (const failsafe of roles.failsafes) want(failsafe, false, ctx);
    for (const name of [roles.hp, roles.zone]) want(name, false, ctx);
  }
  function pass(ctx: ActorContext): void {
    if (top === "Dormant") return;
    const view = look(ctx);
    if (view !== undefined) seenMs = ctx.nowMs;
    if (top === "Normal" && view === undefined && ctx.nowMs - seenMs > BLIND_AFTER_MS) {
      holdTree(BLIND_NODE, ctx);
      moveHp("GoDormant", "MissingData", ctx);
      zone = "Idle";
      why = "own_thermostats_rule_no_data";
      moveTop("MissingData", why, ctx);
    } else if (top === "ScadaBlind" && view !== undefined) {
      moveTop("DataAvailable", "data_available", ctx);
      holdTree(NORMAL_NODE, ctx);
      moveHp("WakeUp", "data_available", ctx);
    }
    if (top === "ScadaBlind") passBlind(ctx);
    else if (view !== undefined) passNormal(view, ctx);
  }
  function goDormant(ctx: ActorContext): void {
    if (top === "Dormant") return;
    why = "dormant_another_boss_rules";
    if (hp !== "Dormant") moveHp("GoDormant", "go.dormant", ctx);
    moveTop("TopGoDormant", "go.dormant", ctx);
  }
  function wakeUp(ctx: ActorContext): void {
    if (!moveTop("TopWakeUp", "wake.up", ctx)) return;
    seenMs = ctx.nowMs;
    holdTree(NORMAL_NODE, ctx);
    moveHp("WakeUp", "wake.up", ctx);
    pass(ctx);
  }
  function step(input: ActorInput, ctx: ActorContext): void {
    switch (input.kind) {
      case "start":
        seenMs = ctx.nowMs;
        ctx.timer("pass", FIRST_PASS_MS);
        ctx.timer("state", 0);
        return;
      case "timer":
        ctx.timer(input.name, input.name === "pass" ? PASS_MS : STATE_PERIOD_MS);
        if (input.name === "pass") return pass(ctx);
        publish("top", "periodic", ctx);
        publish("hp", why, ctx);
        return;
      case "reading":
        latest.set(input.channel, { value: input.value, atMs: ctx.nowMs });
        return;
      case "message": {
        if (input.link !== "internal") return;
        if (input.message.type === "go.dormant") goDormant(ctx);
        else if (input.message.type === "wake.up") wakeUp(ctx);
        else if (input.message.type === "single.machine.state") {
          const state = input.message.payload as SingleMachineState;
          relayStates.set(input.message.src, state.State);
        }
        return;
      }
      default:
        return;
    }
  }
  return {
    name: NODE,
    listensTo: [roles.tankTop, roles.tankBottom, roles.zoneTemp],
    step,
    snapshot: () => ({ top, state: hp, zone, why, cold, refused }),
  };
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
