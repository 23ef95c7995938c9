import { strict as assert } from "node:assert";
import { assertAcksConsistent } from "./acks.ts";
import { type Pair, persists, quiet, quietPair, reaches, type Scenario, SOME_EVENT, times } from "./scenario.ts";
import type { Stage } from "./stage.ts";

/** The reference's buffer: here the window, fixed. */
const WINDOW = 50;
/** Bounds with that window; acks are waited for, and silence is borne, as long as a scenario lasts. */
const PATIENT = { windowInitial: WINDOW, windowRowsMax: WINDOW, ackTimeoutMs: 1_000_000, pollMs: 1_000_000 };
/** The same with acks that time out. */
const IMPATIENT = { windowInitial: WINDOW, windowRowsMax: WINDOW, ackTimeoutMs: 2_000, pollMs: 1_000 };
/** Events that the parent holds after a start: four of each end. */
const STARTED = 8;

async function happyPath(stage: Stage): Promise<void> {
  const both = await quietPair(stage);
  const { child, parent } = both;
  const { retrieves } = child;
  child.emit(SOME_EVENT, 40);
  await persists(stage, child, 44);
  for (let made = 1; made <= 40; made++) {
    await stage.until(() => child.counts.clears >= 4 + made, "one more is acked");
    child.emit(SOME_EVENT);
  }
  await persists(stage, child, 84);
  await quiet(stage, both);
  assert.deepEqual(child.counts, { pending: 0, persists: 84, clears: 84 });
  assert.equal(child.retrieves, retrieves, "what is sent at once is not read again");
  assert.equal(parent.held, STARTED + 80);
}

async function overflow(stage: Stage): Promise<void> {
  const both = await quietPair(stage);
  const { child, parent } = both;
  child.emit(SOME_EVENT, 100);
  await persists(stage, child, 104);
  await quiet(stage, both);
  assert.deepEqual(child.counts, { pending: 0, persists: 104, clears: 104 });
  assert.equal(child.link().timeouts, 0);
  assert.equal(parent.held, STARTED + 100);
}

/** Releases so many acks one after the other, and checks what the child has then. */
async function release(stage: Stage, { child, parent }: Pair, count: number): Promise<void> {
  const { pending, persists, clears } = child.counts;
  await stage.until(() => parent.tap.held.length >= count, `${count} acks are held`);
  parent.tap.release(count);
  await stage.until(() => child.counts.clears === clears + count, `${count} events are cleared`);
  const left = pending - count;
  assert.deepEqual(child.counts, { pending: left, persists, clears: clears + count });
  await stage.until(() => child.tap.inFlight.size === Math.min(WINDOW, left), "the window is as full as it can be");
  await assertAcksConsistent(stage, { child, parent });
}

async function flowControl(stage: Stage): Promise<void> {
  const both = await quietPair(stage, { child: { bounds: PATIENT } });
  const { child, parent } = both;
  parent.tap.pause();
  for (let made = 1; made <= WINDOW; made++) {
    child.emit(SOME_EVENT);
    await stage.until(() => child.tap.inFlight.size === made, `${made} are in flight`);
    assert.deepEqual(child.counts, { pending: made, persists: 4 + made, clears: 4 });
  }
  await stage.until(() => parent.held === STARTED + 50, "the parent has them");
  for (let made = 1; made <= WINDOW; made++) {
    await release(stage, both, 1);
    assert.equal(child.tap.inFlight.size, WINDOW - 1);
    child.emit(SOME_EVENT);
    await stage.until(() => child.tap.inFlight.size === WINDOW, "the window is full again");
  }
  await stage.until(() => parent.held === STARTED + 100, "the parent has them");
  child.emit(SOME_EVENT, 10);
  await persists(stage, child, 114);
  assert.deepEqual(child.counts, { pending: 60, persists: 114, clears: 54 });
  assert.equal(child.tap.inFlight.size, WINDOW, "what the window does not take waits in the store");
  await release(stage, both, 3);
  await release(stage, both, 30);
  assert.equal(child.tap.inFlight.size, 27);
  child.emit(SOME_EVENT, 60);
  await persists(stage, child, 174);
  for (const count of [17, 10, 3, 1, 30, 26]) await release(stage, both, count);
  assert.deepEqual(child.counts, { pending: 0, persists: 174, clears: 174 });
  assert.equal(child.link().timeouts, 0);
  assert.equal(parent.held, STARTED + 170);
}

/** Makes events while the parent is silent, and waits until the child gave its link up. @returns Their ids. */
async function loseLink(stage: Stage, { child, parent }: Pair, count: number): Promise<readonly string[]> {
  parent.tap.pause();
  child.emit(SOME_EVENT, count);
  await reaches(stage, child, "awaiting_peer");
  await persists(stage, child, 4 + count + 1);
  assert.deepEqual(child.counts, { pending: count + 1, persists: count + 5, clears: 4 });
  assert.equal(child.tap.inFlight.size, 0);
  assert.equal(child.recorded.at(-1), "gridworks.event.comm.response.timeout");
  assert.equal(parent.held, STARTED + Math.min(WINDOW, count));
  return child.stored.slice(4, 4 + count).map(({ messageId }) => messageId);
}

/** Checks that everything has arrived, and counts once. */
async function assertAppliedOnce(stage: Stage, both: Pair, ids: readonly string[]): Promise<void> {
  const { child, parent } = both;
  await stage.until(() => child.comm.active === 2, "the child becomes active again");
  await quiet(stage, both);
  const count = ids.length + 6;
  assert.deepEqual(child.counts, { pending: 0, persists: count, clears: count });
  assert.deepEqual(times(ids, parent.handed), ids.map(() => 1));
  assert.equal(parent.held, STARTED + ids.length + 2);
}

async function commLoss(stage: Stage): Promise<void> {
  const both = await quietPair(stage, { child: { bounds: IMPATIENT } });
  const ids = await loseLink(stage, both, 21);
  both.parent.tap.resume();
  await assertAppliedOnce(stage, both, ids);
}

async function overflowCommLoss(stage: Stage): Promise<void> {
  const both = await quietPair(stage, { child: { bounds: IMPATIENT } });
  const ids = await loseLink(stage, both, 100);
  both.parent.tap.discard();
  await assertAppliedOnce(stage, both, ids);
  const received = times(ids, both.parent.tap.received);
  assert.deepEqual(received, ids.map((_id, index) => index < WINDOW ? 2 : 1));
}

/** Scenarios of the reference's test_in_flight.py. */
export const IN_FLIGHT: readonly Scenario[] = [
  { name: "Events made on an active link are stored, sent at once and cleared (corrected)", run: happyPath },
  { name: "A hundred events at once all arrive without a time-out (corrected)", run: overflow },
  {
    name: "With acks held the window fills, the rest waits in the store, and each ack lets one more go (corrected)",
    run: flowControl,
  },
  { name: "Events in flight outlive a lost link and count once (corrected)", run: commLoss },
  {
    name: "Events in flight and waiting outlive a lost link, and what is received twice counts once (corrected)",
    run: overflowCommLoss,
  },
];
