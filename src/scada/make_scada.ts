import { type Tariff, WORKDAY_TARIFF } from "../calendar/mod.ts";
import type { Actor, ActorContext } from "../proactor/actor.ts";
import { makeSafety, type Safety, type SafetyLimits, SIMPLE_HOUSE_LIMITS } from "../safety/mod.ts";
import { type CommandTree, commandTree } from "./command_tree.ts";
import { type Hub, hubActor, type HubPeer } from "./hub.ts";
import { type LocalLimits, SIMPLE_LOCAL_LIMITS } from "./local_brain.ts";
import { localControl, type LocalRoles, SIMPLE_LOCAL_ROLES } from "./local_control.ts";
import { relayActor } from "./relay.ts";
import type { ScadaFacts } from "./scada_facts.ts";
import { sensorActor } from "./sensing.ts";

const BRAIN = "lc";
/** Change of metered power, as a part of the nameplate, that is sent at once (spec/scada.md §4.2). */
const POWER_THRESHOLD = 0.02;
const NORMAL_NODE = "n";

/** Everything that a house needs besides its layout; each part has the simple house's as default. */
export interface ScadaOptions {
  readonly facts: ScadaFacts;
  /** @default {dst: "ltn", link: "upstream"} */
  readonly upstream?: HubPeer;
  /** Absent: no admin door. */
  readonly admin?: HubPeer;
  readonly tariff?: Tariff;
  readonly roles?: LocalRoles;
  readonly limits?: LocalLimits;
  readonly safety?: SafetyLimits;
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

/** Makes the house agent of a layout: hub, local control, relays, sensing nodes, and the guard below them. */
export function makeScada(options: ScadaOptions): Scada {
  const { facts } = options;
  const tree = options.tree ?? newTree(facts);
  const hub = hubActor({
    facts,
    tree,
    upstream: options.upstream ?? { dst: "ltn", link: "upstream" },
    ...(options.admin === undefined ? {} : { admin: options.admin }),
    ...(options.layoutLite === undefined ? {} : { layoutLite: options.layoutLite }),
    ...(options.reportMs === undefined ? {} : { reportMs: options.reportMs }),
    ...(options.snapshotMs === undefined ? {} : { snapshotMs: options.snapshotMs }),
  });
  const brain = localControl({
    roles: options.roles ?? SIMPLE_LOCAL_ROLES,
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
    actors: [hub, brain, ...relays, ...sensors(facts)],
    hub,
    guard: makeSafety(options.safety ?? SIMPLE_HOUSE_LIMITS),
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

function sensors(facts: ScadaFacts): readonly Actor[] {
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
      about.size === 0 ? { node, channels } : { node, channels, power: { nameplateW, threshold: POWER_THRESHOLD } },
    );
  });
}
