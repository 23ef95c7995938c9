import { strict as assert } from "node:assert";
import type { Peer } from "./peer.ts";
import { pair, persists, quiet, reaches, type Scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";

/** Waits until the broker's answer to a subscribe is held, then hands it on. */
async function answer(stage: Stage, child: Peer, how: "granted" | "refused"): Promise<void> {
  await stage.until(() => child.tap.subacksHeld > 0, "the answer to a subscribe is held");
  child.tap.answerSuback(how);
}

/** Cuts the child and waits until it is connected again. */
async function reconnect(stage: Stage, child: Peer): Promise<void> {
  const { conn } = child.comm;
  child.cut();
  await stage.until(() => child.comm.conn === conn + 1, "the child is connected again");
  await reaches(stage, child, "awaiting_setup_and_peer");
}

async function happyPath(stage: Stage): Promise<void> {
  const { child } = pair(stage);
  child.tap.holdsSubacks = true;
  child.start();
  await reaches(stage, child, "awaiting_setup_and_peer");
  await persists(stage, child, 2);
  assert.deepEqual(child.comm, { conn: 1, sub: 0, disc: 0, active: 0 });
  await answer(stage, child, "granted");
  await reaches(stage, child, "awaiting_peer");
  await persists(stage, child, 3);
  assert.deepEqual(child.comm, { conn: 1, sub: 1, disc: 0, active: 0 });
  await reconnect(stage, child);
  await persists(stage, child, 5);
  assert.deepEqual(child.comm, { conn: 2, sub: 1, disc: 1, active: 0 });
  await reconnect(stage, child);
  await persists(stage, child, 7);
  assert.deepEqual(child.comm, { conn: 3, sub: 1, disc: 2, active: 0 });
  await answer(stage, child, "granted");
  await reaches(stage, child, "awaiting_peer");
  await persists(stage, child, 8);
  assert.deepEqual(child.comm, { conn: 3, sub: 2, disc: 2, active: 0 });
  assert.deepEqual(child.counts, { pending: 8, persists: 8, clears: 0 });
  assert.equal(child.tap.inFlight.size, 0);
}

async function cornerCases(stage: Stage): Promise<void> {
  const { child, parent } = pair(stage);
  child.tap.holdsSubacks = true;
  child.start();
  for (let refusal = 1; refusal <= 2; refusal++) {
    await answer(stage, child, "refused");
    await stage.until(() => child.tap.subacksHeld > 0, "the child asks again");
    assert.equal(child.state(), "awaiting_setup_and_peer");
    assert.deepEqual(child.recorded.slice(2), ["gridworks.event.problem"]);
  }
  await answer(stage, child, "granted");
  await reaches(stage, child, "awaiting_peer");
  await persists(stage, child, 4);
  await reconnect(stage, child);
  await persists(stage, child, 6);
  await answer(stage, child, "refused");
  parent.start();
  await reaches(stage, child, "awaiting_setup");
  await stage.until(() => child.tap.subacksHeld > 0, "the child asks again");
  assert.equal(child.state(), "awaiting_setup");
  assert.deepEqual(child.counts, { pending: 6, persists: 6, clears: 0 });
  assert.equal(child.recorded.length, 6);
}

async function awaitingSetupState(stage: Stage): Promise<void> {
  const { child, parent } = pair(stage);
  child.tap.holdsSubacks = true;
  child.start();
  await answer(stage, child, "refused");
  parent.start();
  await reaches(stage, child, "awaiting_setup");
  await persists(stage, parent, 4);
  await answer(stage, child, "refused");
  parent.send("s", { TypeName: "send.snap", FromGNodeAlias: "d1.isone", Version: "000" });
  await stage.until(() => child.tap.received.some(({ type }) => type === "send.snap"), "the child gets the message");
  await stage.until(() => child.tap.subacksHeld > 0, "the child asks again");
  assert.equal(child.state(), "awaiting_setup");
  assert.deepEqual(child.counts, { pending: 3, persists: 3, clears: 0 });
  await reconnect(stage, child);
  await persists(stage, child, 5);
  assert.deepEqual(child.comm, { conn: 2, sub: 0, disc: 1, active: 0 });
  await answer(stage, child, "refused");
  parent.cut();
  await reaches(stage, child, "awaiting_setup");
  await persists(stage, parent, 8);
  await answer(stage, child, "granted");
  await quiet(stage, { child, parent });
  assert.deepEqual(child.comm, { conn: 2, sub: 1, disc: 1, active: 1 });
  assert.deepEqual(child.counts, { pending: 0, persists: 7, clears: 7 });
  assert.equal(parent.held, 15);
}

/** Scenarios of the reference's test_awaiting_setup.py. */
export const AWAITING_SETUP: readonly Scenario[] = [
  { name: "A child whose subscribe is not answered waits for it, also over disconnects", run: happyPath },
  {
    name:
      "Refused topics leave a child awaiting setup and are told, and a peer's message changes only the state (corrected)",
    run: cornerCases,
  },
  {
    name: "A child that hears its parent before it is subscribed becomes active with the last grant (corrected)",
    run: awaitingSetupState,
  },
];
