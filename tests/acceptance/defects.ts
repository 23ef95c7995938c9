import { strict as assert } from "node:assert";
import { assertAcksConsistent } from "./acks.ts";
import {
  isClear,
  pair,
  PARENT_LINK,
  persists,
  quiet,
  quietPair,
  reaches,
  type Scenario,
  SOME_EVENT,
  times,
} from "./scenario.ts";
import type { Stage } from "./stage.ts";

/** An upstream link and another one, each over a connection of its own. */
const LINKS = [
  { name: "parent", role: "upstream", peerLongName: "d1.isone", peerShortName: "a" },
  { name: "admin", role: "other", peerLongName: "dummy.admin", peerShortName: "admin" },
] as const;

async function otherLinkLost(stage: Stage): Promise<void> {
  const bounds = { ackTimeoutMs: 1_000_000, pollMs: 1_000_000 };
  const both = pair(stage, { child: { links: LINKS, bounds } });
  const { child, parent } = both;
  const adminLink = { ...PARENT_LINK, name: "scada" };
  const admin = stage.peer({ longName: "dummy.admin", shortName: "admin", links: [adminLink] });
  admin.start();
  child.start();
  await reaches(stage, child, "active", "admin");
  child.emit(SOME_EVENT, 20);
  await persists(stage, child, child.recorded.length + 20);
  parent.tap.pause();
  parent.start();
  await stage.until(() => parent.tap.held.length === 1, "the parent's ping is held");
  parent.tap.release(1);
  await stage.until(() => child.tap.inFlight.size === 5, "the first window is in flight");
  const inFlight = [...child.tap.inFlight];
  child.cut("admin");
  await stage.until(() => child.state("admin") !== "active", "the other link is lost");
  assert.equal(child.state("parent"), "active");
  assert.equal(child.link("parent").reuploading, true);
  assert.deepEqual([...child.tap.inFlight], inFlight);
  await assertAcksConsistent(stage, both);
  parent.tap.resume();
  await stage.until(() => child.state("admin") === "active" && isClear(child), "both links work and all is delivered");
  assert.deepEqual(child.moves.filter((move) => move.startsWith("parent: active>")), []);
}

async function olderPing(stage: Stage): Promise<void> {
  const both = pair(stage, { child: { bounds: { ackTimeoutMs: 1_500, pollMs: 1_000 } } });
  const { child, parent } = both;
  child.start();
  await reaches(stage, child, "awaiting_peer");
  const pings = (): number => child.tap.sent.filter(({ type }) => type === "gridworks.ping").length;
  assert.equal(pings(), 1);
  parent.start();
  await quiet(stage, both);
  await stage.until(() => pings() >= 4, "silence is pinged after the time-out of the first ping");
  assert.equal(child.link().timeouts, 0);
  assert.equal(child.comm.active, 1);
  assert.deepEqual(child.counts, { pending: 0, persists: 4, clears: 4 });
}

async function deadPeer(stage: Stage): Promise<void> {
  const snap = { TypeName: "send.snap", FromGNodeAlias: "d1.isone", Version: "000" };
  const both = await quietPair(stage, { child: { bounds: { ackTimeoutMs: 1_000, pollMs: 1_000 } } });
  const { child, parent } = both;
  parent.end();
  let sent = 0;
  await stage.until(() => {
    if (child.state() === "active" && ++sent) child.send("a", snap);
    return child.state() === "awaiting_peer";
  }, "the child finds that nobody answers, while it sends all the time");
  assert.ok(sent > 10, `${sent} messages were sent`);
  await persists(stage, child, 5);
  assert.equal(child.recorded.at(-1), "gridworks.event.comm.response.timeout");
}

async function unknownType(stage: Stage): Promise<void> {
  const both = await quietPair(stage);
  const { child, parent } = both;
  parent.send("s", { TypeName: "gridworks.no.such.type" });
  await stage.until(() => child.recorded.includes("gridworks.event.problem"), "the child tells of it");
  await quiet(stage, both);
  assert.equal(child.comm.active + parent.comm.active, 2);
  assert.equal(child.link().timeouts + parent.link().timeouts, 0);
  assert.equal(parent.held, 9);
}

async function killed(stage: Stage): Promise<void> {
  const bounds = { windowInitial: 50, windowRowsMax: 50 };
  const both = await quietPair(stage, { child: { bounds } });
  const { child, parent } = both;
  parent.tap.pause();
  child.emit(SOME_EVENT, 60);
  await persists(stage, child, 64);
  await stage.until(() => child.tap.inFlight.size === 50 && parent.held === 58, "50 events are with the parent");
  // Whatever was to be deleted would ride in the commit of one more.
  child.emit(SOME_EVENT);
  await persists(stage, child, 65);
  assert.deepEqual(child.counts, { pending: 61, persists: 65, clears: 4 });
  child.kill();
  parent.tap.discard();
  child.start();
  await quiet(stage, both);
  assert.deepEqual(child.counts, { pending: 0, persists: 69, clears: 69 });
  const ids = child.stored.slice(4, 65).map(({ messageId }) => messageId);
  assert.deepEqual(times(ids, parent.tap.received), ids.map((_id, index) => index < 50 ? 2 : 1));
  assert.deepEqual(times(ids, parent.handed), ids.map(() => 1));
  assert.equal(parent.held, 73);
}

/** Scenarios of what is wrong in the reference (its known defects B2, B3, B4, B6 and B11), and must not be here. */
export const DEFECTS: readonly Scenario[] = [
  { name: "Losing another link leaves a re-upload alone (corrected)", run: otherLinkLost },
  { name: "The ping that a late parent missed does not cost the link that it made active (corrected)", run: olderPing },
  { name: "A dead peer is found although much is sent to it (corrected)", run: deadPeer },
  { name: "Events in flight outlive a kill and count once (corrected)", run: killed },
  { name: "An unknown type is told and costs no link (corrected)", run: unknownType },
];
