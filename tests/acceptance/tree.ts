import { strict as assert } from "node:assert";
import type { Message } from "../../src/core/message.ts";
import type { ActorContext } from "../../src/proactor/mod.ts";
import type { Peer } from "./peer.ts";
import { RELAY_REPORT, RELAY_REPORT_RECEIVED, SET_RELAY, SetRelay, TREE_REGISTRY } from "./relay_types.ts";
import { isClear, persists, reaches, type Scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";
import { isEvent } from "./wire_tap.ts";

const ATN_NAMES = { longName: "d1.isone", shortName: "a" } as const;
const CHILD1_NAMES = { longName: "d1.isone.scada", shortName: "s" } as const;
const CHILD2_NAMES = { longName: "d1.isone.scada.s2", shortName: "s2" } as const;
const ADMIN_LINK = { name: "admin", role: "other", peerLongName: "dummy.admin", peerShortName: "admin" } as const;
const RELAY = "relay1";

/** Three peers in a row, all down, and what their relays are in the eyes of each child. */
interface Tree {
  readonly atn: Peer;
  readonly child1: Peer;
  readonly child2: Peer;
  /** Relay name to closed, as child2 has set it. */
  readonly set: Map<string, boolean>;
  /** Relay name to closed, as child1 was told. */
  readonly told: Map<string, boolean>;
}

/** A link to a peer of the tree, named after it. */
function linkTo(
  role: "upstream" | "downstream",
  { longName, shortName }: typeof ATN_NAMES | typeof CHILD1_NAMES | typeof CHILD2_NAMES,
) {
  return { name: shortName, role, peerLongName: longName, peerShortName: shortName };
}

function makeTree(stage: Stage): Tree {
  const set = new Map<string, boolean>();
  const told = new Map<string, boolean>();
  function onChild1({ type, payload }: Message, _link: string, ctx: ActorContext): void {
    if (!isEvent(type)) return;
    const event = payload as { readonly TypeName: string; readonly RelayName?: string; readonly Closed?: boolean };
    ctx.record(event);
    if (type !== RELAY_REPORT) return;
    told.set(event.RelayName ?? "", event.Closed ?? false);
    ctx.record({ TypeName: RELAY_REPORT_RECEIVED, RelayName: event.RelayName, Closed: event.Closed });
  }
  function onChild2({ type, payload }: Message, _link: string, ctx: ActorContext): void {
    if (type !== SET_RELAY) return;
    const { RelayName, Closed } = SetRelay.parse(payload);
    set.set(RelayName, Closed);
    ctx.record({ TypeName: RELAY_REPORT, RelayName, Closed });
  }
  const registry = TREE_REGISTRY;
  const atn = stage.peer({ ...ATN_NAMES, registry, links: [linkTo("downstream", CHILD1_NAMES)] });
  const links1 = [linkTo("upstream", ATN_NAMES), linkTo("downstream", CHILD2_NAMES), ADMIN_LINK];
  const child1 = stage.peer({ ...CHILD1_NAMES, registry, links: links1, onMessage: onChild1 });
  const links2 = [linkTo("upstream", CHILD1_NAMES), ADMIN_LINK];
  const child2 = stage.peer({ ...CHILD2_NAMES, registry, links: links2, onMessage: onChild2 });
  return { atn, child1, child2, set, told };
}

/** Child1 alone, then child2: their link is active, everything of child2 is with child1. */
async function bothChildren(stage: Stage, { child1, child2 }: Tree): Promise<void> {
  child1.start();
  for (const link of ["a", "s2", "admin"]) await reaches(stage, child1, "awaiting_peer", link);
  await persists(stage, child1, 7);
  assert.deepEqual(child1.counts, { pending: 7, persists: 7, clears: 0 });
  assert.equal(child1.retrieves, 0);
  child2.start();
  await reaches(stage, child2, "active", "s");
  await reaches(stage, child1, "active", "s2");
  await reaches(stage, child2, "awaiting_peer", "admin");
  await persists(stage, child1, 14);
  await stage.until(() => isClear(child2), "child2 has nothing left");
}

/** Waits until the ATN holds so many events and both children have none left. */
async function quietTree(stage: Stage, { atn, child1, child2 }: Tree, held: number): Promise<void> {
  await stage.until(() => atn.held === held && isClear(child1) && isClear(child2), `the ATN holds ${held} events`);
  assert.deepEqual([atn.state(), child1.state("a"), child1.state("s2"), child2.state("s")], Array(4).fill("active"));
  assert.deepEqual(child2.state("admin"), "awaiting_peer");
}

/** Has child1 close child2's relay. */
async function closeRelay(stage: Stage, { child1, set, told }: Tree): Promise<void> {
  child1.send("s2", { TypeName: SET_RELAY, RelayName: RELAY, Closed: true });
  await stage.until(() => told.size > 0, "child1 is told of the relay");
  assert.deepEqual([...set], [[RELAY, true]]);
  assert.deepEqual([...told], [...set]);
}

async function basicTree(stage: Stage): Promise<void> {
  const tree = makeTree(stage);
  for (const peer of [tree.atn, tree.child2, tree.child1]) peer.start();
  await quietTree(stage, tree, 19);
  assert.deepEqual(tree.child2.counts, { pending: 0, persists: 6, clears: 6 });
  assert.deepEqual(tree.child1.counts, { pending: 0, persists: 15, clears: 15 });
}

async function noParent(stage: Stage): Promise<void> {
  const tree = makeTree(stage);
  await bothChildren(stage, tree);
  assert.deepEqual(tree.child1.counts, { pending: 14, persists: 14, clears: 0 });
  assert.deepEqual(tree.child2.counts, { pending: 0, persists: 6, clears: 6 });
}

async function messageExchange(stage: Stage): Promise<void> {
  const tree = makeTree(stage);
  const { child1, child2 } = tree;
  await bothChildren(stage, tree);
  await closeRelay(stage, tree);
  await persists(stage, child1, 16);
  await stage.until(() => isClear(child2), "child2 has nothing left");
  assert.equal(child2.tap.received.filter(({ type }) => type === SET_RELAY).length, 1);
  assert.equal(child1.tap.received.filter(({ type }) => type === RELAY_REPORT).length, 1);
  assert.deepEqual(child1.counts, { pending: 16, persists: 16, clears: 0 });
  assert.deepEqual(child2.counts, { pending: 0, persists: 7, clears: 7 });
}

async function parentLast(stage: Stage): Promise<void> {
  const tree = makeTree(stage);
  await bothChildren(stage, tree);
  tree.atn.start();
  await quietTree(stage, tree, 19);
}

async function eventForward(stage: Stage): Promise<void> {
  const tree = makeTree(stage);
  const { atn, child2 } = tree;
  await bothChildren(stage, tree);
  atn.start();
  await quietTree(stage, tree, 19);
  await closeRelay(stage, tree);
  await quietTree(stage, tree, 21);
  const relayTypes = atn.appliedTypes.filter((type) => type.startsWith(RELAY_REPORT));
  assert.deepEqual(relayTypes, [RELAY_REPORT, RELAY_REPORT_RECEIVED]);
  const report = child2.stored.find((row) => row.class === RELAY_REPORT)!;
  const { Src, MessageId } = JSON.parse(atn.appliedText(report.messageId)) as Record<string, unknown>;
  assert.deepEqual({ Src, MessageId }, { Src: CHILD2_NAMES.longName, MessageId: report.messageId });
}

/** Scenarios of the reference's test_tree.py. */
export const TREE: readonly Scenario[] = [
  { name: "A tree of three comes to rest (corrected)", run: basicTree },
  { name: "A child without a parent takes the events of its own child (corrected)", run: noParent },
  { name: "A command goes down the tree and its report comes up (corrected)", run: messageExchange },
  { name: "A parent that starts last gets the events of the whole tree", run: parentLast },
  { name: "An event of the lowest node reaches the highest once, with its own source and id", run: eventForward },
];
