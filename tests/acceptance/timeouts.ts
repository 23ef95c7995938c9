import { strict as assert } from "node:assert";
import { type Pair, pair, persists, quiet, quietPair, reaches, type Scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";

/** Bounds of an end that never gives up in a scenario. */
const PATIENT = { bounds: { ackTimeoutMs: 100_000 } };
/** Rounds of the exchange that keeps a link busy. */
const ROUNDS = 50;

async function responseTimeout(stage: Stage): Promise<void> {
  const both = pair(stage, { child: { bounds: { ackTimeoutMs: 1_000, pollMs: 1_000 } }, parent: PATIENT });
  const { child, parent } = both;
  parent.tap.pause();
  parent.start();
  await reaches(stage, parent, "awaiting_peer");
  child.start();
  await stage.until(() => child.link().timeouts > 0, "the child's ping times out");
  await persists(stage, child, 3);
  assert.equal(child.state(), "awaiting_peer");
  assert.deepEqual(child.counts, { pending: 3, persists: 3, clears: 0 });
  assert.equal(child.retrieves, 0);
  parent.tap.resume();
  await quiet(stage, both);
  assert.deepEqual(child.counts, { pending: 0, persists: 4, clears: 4 });
  const { timeouts } = child.link();
  parent.tap.pause();
  await reaches(stage, child, "awaiting_peer");
  await persists(stage, child, 5);
  assert.ok(child.link().timeouts > timeouts);
  assert.deepEqual(child.counts, { pending: 1, persists: 5, clears: 4 });
  assert.equal(child.recorded.at(-1), "gridworks.event.comm.response.timeout");
  assert.ok(parent.tap.held.length > 0);
  parent.tap.resume();
  await stage.until(() => child.comm.active === 2, "the child becomes active again");
  await quiet(stage, both);
  assert.deepEqual(child.counts, { pending: 0, persists: 6, clears: 6 });
  assert.equal(parent.held, 10);
}

function pings({ child, parent }: Pair): readonly number[] {
  return [child, parent].map(({ tap }) => tap.sent.filter(({ type }) => type === "gridworks.ping").length);
}

async function ping(stage: Stage): Promise<void> {
  let rounds = 0;
  const snap = { TypeName: "send.snap", FromGNodeAlias: "d1.isone", Version: "000" };
  const both = await quietPair(stage, {
    child: {
      bounds: { ackTimeoutMs: 2_000, pollMs: 500 },
      onMessage: (_message, _link, ctx) => ctx.send({ dst: "a", type: snap.TypeName, payload: snap }),
    },
    parent: {
      onMessage(message, _link, ctx) {
        if (message.type === "send.snap" && ++rounds < ROUNDS) {
          ctx.send({ dst: "s", type: snap.TypeName, payload: snap });
        }
      },
    },
  });
  const { child, parent } = both;
  const idle = pings(both);
  await stage.until(() => pings(both)[0]! >= idle[0]! + 3, "an idle child pings again and again");
  assert.equal(child.state(), "active");
  assert.equal(pings(both)[1], idle[1], "the parent hears its child and need not ping");
  const busy = pings(both);
  parent.send("s", snap);
  await stage.until(() => rounds === ROUNDS, "the exchange ends");
  const during = pings(both).map((count, end) => count - busy[end]!);
  assert.ok(during.every((count) => count <= 2), `${during} pings during an exchange`);
  for (const { tap } of [child, parent]) {
    assert.equal(tap.received.filter(({ type }) => type === "send.snap").length, ROUNDS);
  }
  parent.tap.pause();
  await reaches(stage, child, "awaiting_peer");
  assert.ok(parent.tap.held.length > 0);
  parent.tap.discard();
  await stage.until(() => child.comm.active === 2, "the child's next ping revives the link");
  await quiet(stage, both);
  assert.deepEqual(child.counts, { pending: 0, persists: 6, clears: 6 });
  assert.equal(parent.held, 10);
}

/** Scenarios of the reference's test_timeout.py. */
export const TIMEOUTS: readonly Scenario[] = [
  {
    name: "A parent that does not answer costs the child its link, with one event, until it answers (corrected)",
    run: responseTimeout,
  },
  { name: "Silence is pinged, traffic is not, and a ping revives a link (corrected)", run: ping },
];
