import { type Tariff, WORKDAY_TARIFF } from "../calendar/mod.ts";
import type { Actor, ActorContext } from "../proactor/actor.ts";
import { makeSafety, type Safety, type SafetyLimits } from "../safety/mod.ts";
import { type CommandTree, commandTree } from "./command_tree.ts";
import { houseLimits } from "./house_limits.ts";
import { type HouseRoles, requireHouseRoles } from "./house_roles.ts";
import { type Hub, hubActor } from "./hub.ts";
import type { HubPeer } from "./hub_parts.ts";
import { type LocalLimits, SIMPLE_LOCAL_LIMITS } from "./local_brain.ts";
import { localControl } from "./local_control.ts";
import { relayActor } from "./relay.ts";
import type { ScadaFacts } from "./scada_facts.ts";
import { sensorActor } from "./sensing.ts";

const BRAIN = "lc";
/** Change of metered power, as a part of the nameplate, that is sent at once when nobody sets another (spec/scada.md §4.2). */
export const POWER_THRESHOLD_DEFAULT = 0.02;
const NORMAL_NODE = "n";

/** Everything that a house needs besides its layout; each part has a default. */
export interface ScadaOptions {
  readonly facts: ScadaFacts;
  /** @default {dst: "ltn", link: "upstream"} */
  readonly upstream?: HubPeer;
  /** Absent: no admin door. */
  readonly admin?: HubPeer;
  /** @default WORKDAY_TARIFF */
  readonly tariff?: Tariff;
  /** @default What the layout says. */
  readonly roles?: HouseRoles;
  /** @default SIMPLE_LOCAL_LIMITS */
  readonly limits?: LocalLimits;
  /** @default The simple house's numbers on the parts of this one. */
  readonly safety?: SafetyLimits;
  /** Change of metered power, as a part of the nameplate from 0 to 1, that is sent at once. @default 0.02 */
  readonly powerThreshold?: number;
  /** Longest admin take-over in s. @default 86400 */
  readonly adminTimeoutSMax?: number;
  readonly layoutLite?: (ctx: ActorContext) => unknown;
  readonly reportMs?: number;
  readonly snapshotMs?: number;
  /** The tree of a house that runs already: for the fresh actor of a restart. Absent: a new one. */
  readonly tree?: CommandTree;
}

/** The house agent's parts, for one proactor. */
export interface Scada {
  /** All actors, the hub first. */
  readonly actors: readonly Actor[];
  readonly hub: Hub;
  readonly guard: Safety;
  readonly tree: CommandTree;
  /** Hands over the journal of an earlier life, before the first input. */
  readonly restoreJournal: Hub["restoreJournal"];
}

/**
 * Makes the house agent of a layout: hub, local control, relays, sensing nodes, and the guard below them.
 *
 * @throws {OutsideDataError} When the layout lacks a part of the house.
 * @throws {RangeError} When the tariff's time zone is unknown.
 */
export function makeScada(options: ScadaOptions): Scada {
  const { facts } = options;
  const roles = options.roles ?? requireHouseRoles(facts);
  const tree = options.tree ?? newTree(facts);
  const hub = hubActor({
    facts,
    tree,
    upstream: options.upstream ?? { dst: "ltn", link: "upstream" },
    ...(options.admin === undefined ? {} : { admin: options.admin }),
    ...(options.layoutLite === undefined ? {} : { layoutLite: options.layoutLite }),
    ...(options.reportMs === undefined ? {} : { reportMs: options.reportMs }),
    ...(options.snapshotMs === undefined ? {} : { snapshotMs: options.snapshotMs }),
    ...(options.adminTimeoutSMax === undefined ? {} : { adminTimeoutSMax: options.adminTimeoutSMax }),
  });
  const brain = localControl({
    roles,
    limits: options.limits ?? SIMPLE_LOCAL_LIMITS,
    tariff: options.tariff ?? WORKDAY_TARIFF,
    relays: facts.relays,
    tree,
    scadaAlias: facts.scadaAlias,
  });
  const relays = facts.relays.map((relay) =>
    relayActor({ relay, tree, scadaAlias: facts.scadaAlias, watchers: [BRAIN] })
  );
  return {
    actors: [hub, brain, ...relays, ...sensors(facts, options.powerThreshold ?? POWER_THRESHOLD_DEFAULT)],
    hub,
    guard: makeSafety(options.safety ?? houseLimits(roles)),
    tree,
    restoreJournal: hub.restoreJournal,
  };
}

/** What a proactor needs of the house agent: one maker an actor, for its start and its restarts, over one command tree. */
export function scadaMakers(
  options: ScadaOptions,
): { readonly actors: readonly (() => Actor)[] } & Pick<Scada, "guard" | "restoreJournal"> {
  const first = makeScada(options);
  const given = new Set<number>();
  function maker(index: number): () => Actor {
    return function make() {
      const fresh = given.has(index) ? makeScada({ ...options, tree: first.tree }) : first;
      given.add(index);
      return fresh.actors[index]!;
    };
  }
  const { guard, restoreJournal } = first;
  return { actors: first.actors.map((_, index) => maker(index)), guard, restoreJournal };
}

function newTree(facts: ScadaFacts): CommandTree {
  const tree = commandTree(facts.nodes, facts.relays.map((relay) => relay.name));
  tree.setBoss(tree.handleOf(NORMAL_NODE));
  return tree;
}

function sensors(facts: ScadaFacts, threshold: number): readonly Actor[] {
  const ownChannels = new Set(facts.relays.map((relay) => relay.channel));
  const sensed = facts.channels.filter((channel) => !ownChannels.has(channel.name));
  return [...new Set(sensed.map((channel) => channel.capturedBy))].map((node) => {
    const channels = sensed.filter((channel) => channel.capturedBy === node);
    const about = new Set(channels.filter((channel) => channel.inPowerMetering).map((channel) => channel.about));
    const nameplateW = facts.nodes.filter(({ Name }) => about.has(Name)).reduce(
      (sum, { NameplatePowerW }) => sum + (NameplatePowerW ?? 0),
      0,
    );
    return sensorActor(
      about.size === 0 ? { node, channels } : { node, channels, power: { nameplateW, threshold } },
    );
  });
}
