import { strict as assert } from "node:assert";
import { makeAudit, type Outside } from "./audit.ts";
import type { LtnLook, SeenEvent } from "./store_look.ts";

function event(n: number, life = "a"): SeenEvent {
  return { id: `${life}${n}`, load: { Life: life, N: n } };
}

function ltn(events: readonly SeenEvent[], firstN = 1): LtnLook {
  const sum = events.reduce((all, { load }) => all + (load?.N ?? 0), 0);
  return {
    applied: events.length,
    rows: events.map((one, i) => ({ ...one, n: firstN + i })),
    ledger: { events: events.length, sum },
  };
}

/** Events 1 and 2 acked, 3 applied but not yet acked, 4 pending; one reading in the journal. */
function good(): Outside {
  const pending = [event(3), event(4)];
  return {
    sent: new Set(["a1", "a2", "a3"]),
    acked: new Set(["a1", "a2", "ping"]),
    agent: { generated: 4, acked: 2, tombstoned: 0, loadGenerated: 4, pending, journal: [["a", 1]] },
    ltn: ltn([event(1), event(2), event(3)]),
  };
}

/** All four applied. */
function goodEnd(): Outside {
  const { sent, acked, agent } = good();
  return { sent, acked, agent: { ...agent, acked: 4, pending: [] }, ltn: ltn([1, 2, 3, 4].map((n) => event(n))) };
}

function has(problems: readonly string[], text: string): void {
  assert.ok(problems.some((one) => one.includes(text)), `${text}: ${JSON.stringify(problems)}`);
}

Deno.test("take() finds nothing when all is well", () => {
  assert.deepEqual(makeAudit().take(good()), []);
  assert.deepEqual(makeAudit().takeLast(goodEnd()), []);
});

Deno.test("take() reads on from the last row and remembers what was applied", () => {
  const audit = makeAudit();
  audit.take(good());
  assert.deepEqual([audit.lastN, audit.applied], [3, 3]);
  const { agent, ...rest } = goodEnd();
  const later = { ...ltn([event(4)], 4), applied: 4, ledger: { events: 4, sum: 10 } };
  assert.deepEqual(audit.takeLast({ ...rest, agent, ltn: later }), []);
});

Deno.test("take() fires when one fact is wrong", () => {
  const { agent } = good();
  const cases: readonly [string, Partial<Outside>][] = [
    ["does not add up", { agent: { ...agent, generated: 5 } }],
    ["given up", { agent: { ...agent, generated: 5, tombstoned: 1 } }],
    ["but acked", { agent: { ...agent, generated: 5, acked: 3 } }],
    ["one id twice", { agent: { ...agent, generated: 5, pending: [...agent.pending, event(4)] } }],
    ["acked on the wire", { acked: new Set(["a4"]), sent: new Set(["a4"]) }],
    ["which no file holds", { sent: new Set(["a9"]) }],
    ["events of life a lost", { agent: { ...agent, pending: [event(3), event(5)] } }],
    ["events of life a twice", {
      agent: { ...agent, pending: [event(3), { ...event(4), id: "b" }, { ...event(4), id: "c" }] },
    }],
    ["readings of life a lost", { agent: { ...agent, journal: [["a", 2]] } }],
    ["readings of life a twice", { agent: { ...agent, journal: [["a", 1], ["a", 1]] } }],
    ["follows row 0", { ltn: ltn([event(1), event(2), event(3)], 2) }],
    ["applied twice", { ltn: ltn([event(1), event(2), event(3), event(3)]) }],
    ["was counted as", { ltn: { ...good().ltn, ledger: { events: 4, sum: 9 } } }],
  ];
  for (const [text, wrong] of cases) has(makeAudit().take({ ...good(), ...wrong }), text);
});

Deno.test("take() fires when a pending event is gone and not applied", () => {
  const audit = makeAudit();
  audit.take(good());
  const { agent, ltn: look, ...rest } = good();
  const next = { ...rest, ltn: { ...look, rows: [] }, agent: { ...agent, acked: 3, pending: [event(3)] } };
  has(audit.take(next), "deleted at the agent, not applied: a4");
});

Deno.test("take() fires when the account goes back", () => {
  const audit = makeAudit();
  audit.take({ ...good(), agent: { ...good().agent, generated: 9, acked: 7 } });
  const problems = audit.take({ ...good(), ltn: { ...good().ltn, rows: [] } });
  has(problems, "generated went back");
  has(problems, "acked went back");
});

Deno.test("takeLast() fires when something is left, missing, or counted wrong", () => {
  const end = goodEnd();
  has(makeAudit().takeLast(good()), "still pending");
  has(makeAudit().takeLast({ ...end, agent: { ...end.agent, loadGenerated: 5 } }), "generated 5 events");
  has(makeAudit().takeLast({ ...end, ltn: { ...end.ltn, applied: 5 } }), "account says 5");
});
