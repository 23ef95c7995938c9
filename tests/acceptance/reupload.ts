import { strict as assert } from "node:assert";
import { assertAcksConsistent } from "./acks.ts";
import { type Pair, pair, persists, quiet, reaches, type Scenario, SOME_EVENT } from "./scenario.ts";
import type { Stage } from "./stage.ts";

/** Events of one kind of damage, and of none between them. */
const GROUP = 10;

async function childAlone(stage: Stage, both: Pair): Promise<void> {
  both.child.start();
  await reaches(stage, both.child, "awaiting_peer");
  await persists(stage, both.child, 3);
}

async function basic(stage: Stage): Promise<void> {
  const both = pair(stage);
  const { child, parent } = both;
  await childAlone(stage, both);
  assert.deepEqual(child.counts, { pending: 3, persists: 3, clears: 0 });
  assert.equal(child.link().reuploading, false);
  assert.equal(child.retrieves, 0);
  parent.start();
  await quiet(stage, both);
  assert.equal(child.link().reuploading, false);
  assert.deepEqual(child.counts, { pending: 0, persists: 4, clears: 4 });
  assert.ok(child.retrieves >= 3, `${child.retrieves} rows were read`);
  assert.equal(parent.held, 8);
}

async function flowControlSimple(stage: Stage): Promise<void> {
  const both = pair(stage);
  const { child, parent } = both;
  await childAlone(stage, both);
  for (let made = 1; made <= 10; made++) {
    child.emit(SOME_EVENT);
    await persists(stage, child, 3 + made);
    assert.deepEqual(child.counts, { pending: 3 + made, persists: 3 + made, clears: 0 });
  }
  parent.start();
  await quiet(stage, both);
  assert.equal(parent.held, 18);
}

async function flowControlDetail(stage: Stage): Promise<void> {
  const both = pair(stage, { child: { bounds: { ackTimeoutMs: 1_000_000, pollMs: 1_000_000 } } });
  const { child, parent } = both;
  await childAlone(stage, both);
  child.emit(SOME_EVENT, 10);
  await persists(stage, child, 13);
  parent.tap.pause();
  parent.start();
  await stage.until(() => parent.tap.held.length === 1, "the parent's ping is held");
  parent.tap.release(1);
  await persists(stage, child, 14);
  await stage.until(() => parent.tap.held.length === 5, "the acks of the first window are held");
  assert.equal(child.state(), "active");
  assert.equal(child.link().reuploading, true);
  assert.equal(child.tap.inFlight.size, 5);
  assert.equal(child.retrieves, 13);
  for (let acked = 1; acked <= 14; acked++) {
    await stage.until(() => parent.tap.held.length > 0, "an ack is held");
    parent.tap.release(1);
    const pending = 14 - acked;
    await stage.until(() => child.counts.clears === acked, `${acked} events are acked`);
    assert.deepEqual(child.counts, { pending, persists: 14, clears: acked });
    await stage.until(() => child.tap.inFlight.size >= Math.min(5, pending), "the window is full again");
    await assertAcksConsistent(stage, both);
  }
  assert.equal(child.link().reuploading, false);
  assert.equal(child.link().timeouts, 0);
  assert.equal(parent.held, 18);
}

async function reuploadErrors(stage: Stage): Promise<void> {
  const both = pair(stage);
  const { child, parent } = both;
  await childAlone(stage, both);
  child.emit(SOME_EVENT, 6 * GROUP);
  await persists(stage, child, 3 + 6 * GROUP);
  const rows = child.stored.slice(3);
  const text = new TextEncoder();
  for (const [index, { messageId, bytes }] of rows.entries()) {
    const group = Math.floor(index / GROUP);
    if (group === 0) child.damaged.set(messageId, bytes.slice(0, bytes.length / 2));
    if (group === 2) child.damaged.set(messageId, text.encode(""));
    if (group === 4) child.damaged.set(messageId, text.encode("7"));
  }
  parent.start();
  await quiet(stage, both);
  assert.deepEqual(child.counts, { pending: 0, persists: 64, clears: 64 });
  const arrived = parent.appliedTypes.slice(3, 3 + 6 * GROUP);
  const expected = rows.map((_row, index) =>
    Math.floor(index / GROUP) % 2 === 0 ? "gridworks.event.problem" : SOME_EVENT
  );
  assert.deepEqual(arrived, expected);
  assert.equal(parent.held, 68);
}

/** Scenarios of the reference's test_reupload.py. */
export const REUPLOAD: readonly Scenario[] = [
  { name: "What was stored without a parent is delivered when it comes (corrected)", run: basic },
  { name: "A backlog larger than the window is delivered whole (corrected)", run: flowControlSimple },
  {
    name: "Each ack of a backlog clears one event and frees its place in the window (corrected)",
    run: flowControlDetail,
  },
  { name: "Damaged events arrive as problems in their places and hold nothing up (corrected)", run: reuploadErrors },
];
