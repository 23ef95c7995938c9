import { strict as assert } from "node:assert";
import {
  isClear,
  type Pair,
  pair,
  persists,
  quiet,
  quietPair,
  reaches,
  type Scenario,
  SOME_EVENT,
} from "./scenario.ts";
import { BACK_OFF_MS_MIN } from "../../src/links/mod.ts";
import type { Stage } from "./stage.ts";

/** Events of a start of either end: startup, connect, fully subscribed, peer active. */
const START_EVENTS = 4;

async function basicConnection(stage: Stage): Promise<void> {
  const { child, parent } = pair(stage);
  child.start();
  parent.start();
  await quiet(stage, { child, parent });
  assert.deepEqual(child.counts, { pending: 0, persists: START_EVENTS, clears: START_EVENTS });
  assert.deepEqual(parent.counts, { pending: START_EVENTS, persists: START_EVENTS, clears: 0 });
  assert.equal(parent.held, 8);
  assert.equal(parent.retrieves, 0);
}

async function noParent(stage: Stage): Promise<void> {
  const { child } = pair(stage);
  child.start();
  await reaches(stage, child, "awaiting_peer");
  await persists(stage, child, 3);
  assert.deepEqual(child.comm, { conn: 1, sub: 1, disc: 0, active: 0 });
  assert.deepEqual(child.counts, { pending: 3, persists: 3, clears: 0 });
  assert.equal(child.tap.inFlight.size, 0);
  child.cut();
  await persists(stage, child, 6);
  assert.equal(child.state(), "awaiting_peer");
  assert.deepEqual(child.comm, { conn: 2, sub: 2, disc: 1, active: 0 });
  assert.deepEqual(child.counts, { pending: 6, persists: 6, clears: 0 });
}

async function childFirst(stage: Stage): Promise<void> {
  const { child, parent } = pair(stage);
  child.start();
  await reaches(stage, child, "awaiting_peer");
  await persists(stage, child, 3);
  parent.start();
  await quiet(stage, { child, parent });
  assert.deepEqual(child.comm, { conn: 1, sub: 1, disc: 0, active: 1 });
  assert.deepEqual(child.counts, { pending: 0, persists: START_EVENTS, clears: START_EVENTS });
  child.cut();
  await stage.until(() => child.comm.active === 2, "the child becomes active again");
  await quiet(stage, { child, parent });
  assert.deepEqual(child.comm, { conn: 2, sub: 2, disc: 1, active: 2 });
  assert.deepEqual(child.counts, { pending: 0, persists: 8, clears: 8 });
  assert.equal(parent.held, 12);
}

async function parentFirst(stage: Stage): Promise<void> {
  const { child, parent } = pair(stage);
  parent.start();
  await reaches(stage, parent, "awaiting_peer");
  child.start();
  await quiet(stage, { child, parent });
  assert.deepEqual(child.comm, { conn: 1, sub: 1, disc: 0, active: 1 });
  assert.equal(child.link().timeouts + parent.link().timeouts, 0);
}

/** Cuts the parent, and waits until it is active again. */
async function cutParent(stage: Stage, { child, parent }: Pair): Promise<void> {
  const { active } = parent.comm;
  const pings = (): number => child.tap.received.filter(({ type }) => type === "gridworks.ping").length;
  const before = pings();
  parent.cut();
  await stage.until(() => parent.comm.active === active + 1, "the parent becomes active again");
  await stage.until(() => pings() > before, "the child gets a ping of the parent");
}

async function parentCommLoss(stage: Stage): Promise<void> {
  const both = await quietPair(stage);
  const { child, parent } = both;
  child.cut();
  await stage.until(() => child.comm.active === 2, "the child becomes active again");
  await quiet(stage, both);
  assert.deepEqual(child.comm, { conn: 2, sub: 2, disc: 1, active: 2 });
  assert.deepEqual(child.counts, { pending: 0, persists: 8, clears: 8 });
  assert.equal(parent.held, 12);
  const moves = child.moves.length;
  await cutParent(stage, both);
  await quiet(stage, both);
  assert.equal(child.moves.length, moves);
  assert.deepEqual(child.counts, { pending: 0, persists: 8, clears: 8 });
  assert.equal(parent.held, 16);
  child.cut();
  parent.cut();
  await stage.until(() => child.comm.active === 3 && parent.comm.active === 3, "both become active again");
  await quiet(stage, both);
  assert.deepEqual(child.comm, { conn: 3, sub: 3, disc: 2, active: 3 });
  assert.deepEqual(child.counts, { pending: 0, persists: 12, clears: 12 });
  assert.equal(parent.held, 24);
}

async function postedEvent(stage: Stage): Promise<void> {
  const both = await quietPair(stage);
  const { child, parent } = both;
  child.emit(SOME_EVENT);
  await stage.until(() => parent.appliedTypes.includes(SOME_EVENT), "the parent has the event");
  await quiet(stage, both);
  assert.equal(parent.appliedTypes.filter((type) => type === SOME_EVENT).length, 1);
  assert.ok(isClear(child));
}

async function stopsAtOnce(stage: Stage): Promise<void> {
  const both = await quietPair(stage);
  const { child, parent } = both;
  parent.tap.pause();
  child.emit(SOME_EVENT, 3);
  await stage.until(() => child.tap.inFlight.size === 3, "events are in flight");
  child.cut();
  await reaches(stage, child, "connecting");
  const { nowMs } = stage;
  const stopMs = nowMs();
  child.stop("Asked");
  await stage.until(() => child.stopped, "the child has stopped");
  assert.ok(nowMs() - stopMs < BACK_OFF_MS_MIN, `stopped after ${nowMs() - stopMs} ms`);
  assert.equal(child.recorded.at(-1), "gridworks.event.shutdown");
  assert.equal(child.recorded.filter((type) => type === "gridworks.event.shutdown").length, 1);
  assert.deepEqual(child.counts, { pending: 5, persists: 9, clears: 4 });
  assert.equal(child.state(), "stopped");
  const shutdowns = (among: readonly { readonly type: string }[]): number =>
    among.filter(({ type }) => type === "gridworks.event.shutdown").length;
  assert.equal(shutdowns(child.tap.sent), 0);
  child.kill();
  parent.tap.discard();
  child.start();
  await quiet(stage, both);
  assert.equal(shutdowns(parent.tap.received), 1);
  assert.deepEqual(child.counts, { pending: 0, persists: 13, clears: 13 });
  assert.equal(parent.held, 17);
}

/** Scenarios of the reference's test_basic_comm.py, test_responsive_sleep.py and test_http_event_insertion.py. */
export const BASIC_COMM: readonly Scenario[] = [
  { name: "Both ends start and come to rest (corrected)", run: basicConnection },
  { name: "A child without a parent keeps its events, also over a disconnect", run: noParent },
  {
    name: "A child that starts first delivers when its parent comes, and after a disconnect (corrected)",
    run: childFirst,
  },
  { name: "A child that starts second becomes active at once", run: parentFirst },
  { name: "Losses of the child's, the parent's and both connections are made good (corrected)", run: parentCommLoss },
  {
    name: "A stop ends every wait at once, and its event is sent once, at the next start (corrected)",
    run: stopsAtOnce,
  },
  { name: "An event of an unknown type, posted at the rim, reaches the parent once", run: postedEvent },
];

/** Scenarios that need a broker with TLS. */
export const BASIC_COMM_TLS: readonly Scenario[] = [
  { name: "A child that starts second becomes active at once, over TLS", run: parentFirst },
];
