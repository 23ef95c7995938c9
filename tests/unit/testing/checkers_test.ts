import { strict as assert } from "node:assert";
import type { LinkSnapshot } from "../../../src/links/port.ts";
import {
  IN_FLIGHT_EXTRA,
  makeCheckers,
  SILENCE_MS_MAX,
  STORE_WAITING_BOUND,
  TIMERS_BOUND,
} from "../../../src/testing/checkers.ts";
import type { LedgerFacts, LifeFacts, NodeFacts, WorldFacts } from "../../../src/testing/world_facts.ts";

const BYTES = new Uint8Array([1, 2, 3]);
const EVENT = { seq: 1, messageId: "e1", class: "c", bytes: BYTES };

function link(part: Partial<LinkSnapshot> = {}): LinkSnapshot {
  const counts = { timeouts: 0, received: 0, sent: 0, heldBack: 0 };
  return { name: "up", state: "active", inFlight: 0, window: 5, reuploading: false, ...counts, ...part };
}

function life(part: Partial<LifeFacts["snapshot"]> = {}, timers: readonly string[] = []): LifeFacts {
  const counters = { generated: 0, acked: 0, tombstoned: 0, pending: 0, applied: 0 };
  const none = { received: 0, applied: 0, restarts: 0, storeCode: "", storeWaiting: 0, dropped: 0, lost: {} };
  return { snapshot: { name: "n", links: [link()], counters, actors: {}, outputs: {}, ...none, ...part }, timers };
}

/** One event that was made and is stored. */
function ledger(part: Partial<LedgerFacts> = {}): LedgerFacts {
  return {
    events: new Map([[1, EVENT]]),
    promised: new Map([["e1", EVENT]]),
    stored: new Set([1]),
    tombstoned: new Set(),
    deleted: 0,
    applied: new Map(),
    faults: [],
    onDisk: [1],
    counters: { generated: 1, acked: 0, tombstoned: 0, pending: 1, applied: 0 },
    ...part,
  };
}

function node(name: string, part: Partial<NodeFacts> = {}): NodeFacts {
  return {
    name,
    ledger: ledger(),
    life: life(),
    link: { state: "active", mayBeActive: true, heardMs: 99_000, faults: [] },
    ...part,
  };
}

function good(part: Partial<WorldFacts> = {}): WorldFacts {
  const view = { timeMs: 1, readings: { oat: 2 } };
  return {
    nowMs: 100_000,
    agent: node("agent"),
    ltn: node("ltn", { ledger: ledger({ applied: new Map([["e1", BYTES]]) }) }),
    switches: [],
    unsafe: [],
    agentDownSinceMs: undefined,
    safeAfterMs: 2_500,
    zoneC: 20,
    sentView: view,
    shownView: view,
    ...part,
  };
}

/** The answer of one checker. */
function ask(name: string, facts: WorldFacts): string | undefined {
  const checker = makeCheckers().find((one) => one.name === name);
  assert(checker, `no checker "${name}"`);
  return checker.check(facts);
}

function agentWith(part: Partial<NodeFacts>): WorldFacts {
  return good({ agent: node("agent", part) });
}

const NOT_STORED = {
  stored: new Set<number>(),
  onDisk: [],
  deleted: 1,
  counters: { generated: 1, acked: 1, tombstoned: 0, pending: 0, applied: 0 },
};

Deno.test("makeCheckers() find nothing when all is well", () => {
  assert.deepEqual(makeCheckers().map(({ name, check }) => [name, check(good())]).filter(([, wrong]) => wrong), []);
});

Deno.test("checker ledger fires when a row was deleted before its ack", () => {
  assert.equal(ask("ledger", agentWith({ ledger: ledger({ faults: ["early"] }) })), "agent: early");
});

Deno.test("checker events_kept fires when an event is in no place", () => {
  const ltn = node("ltn", { ledger: ledger({ applied: new Map() }) });
  const facts = good({ agent: node("agent", { ledger: ledger(NOT_STORED) }), ltn });
  assert.match(ask("events_kept", facts)!, /neither stored nor applied nor tombstoned: e1/);
});

Deno.test("checker events_kept is content when an event is applied or tombstoned", () => {
  assert.equal(ask("events_kept", agentWith({ ledger: ledger(NOT_STORED) })), undefined);
  const tombstoned = ledger({ stored: new Set(), tombstoned: new Set([1]) });
  const ltn = node("ltn", { ledger: ledger({ applied: new Map() }) });
  assert.equal(ask("events_kept", good({ agent: node("agent", { ledger: tombstoned }), ltn })), undefined);
});

Deno.test("checker events_kept fires when the LTN loses an event of its own", () => {
  const ltn = node("ltn", { ledger: ledger({ ...NOT_STORED, applied: new Map([["e1", BYTES]]) }) });
  assert.match(ask("events_kept", good({ ltn }))!, /neither stored/);
});

Deno.test("checker content_equal fires when bytes changed or were never made", () => {
  const changed = node("ltn", { ledger: ledger({ applied: new Map([["e1", new Uint8Array([1, 2, 4])]]) }) });
  assert.match(ask("content_equal", good({ ltn: changed }))!, /changed on its way/);
  const strange = node("ltn", { ledger: ledger({ applied: new Map([["e9", BYTES]]) }) });
  assert.match(ask("content_equal", good({ ltn: strange }))!, /never durable/);
});

Deno.test("checker content_equal is content when a problem event brings the whole text in the row's place", () => {
  const made = { ...EVENT, bytes: new TextEncoder().encode('{"a":"1"}') };
  const agent = node("agent", { ledger: ledger({ events: new Map([[1, made]]), promised: new Map([["e1", made]]) }) });
  function applied(details: string): WorldFacts {
    const text = JSON.stringify({ TypeName: "gridworks.event.problem", Details: `as found: ${details}` });
    const bytes = new TextEncoder().encode(text);
    return good({ agent, ltn: node("ltn", { ledger: ledger({ applied: new Map([["e1", bytes]]) }) }) });
  }
  assert.equal(ask("content_equal", applied(JSON.stringify('{"a":"1"}'))), undefined);
  assert.match(ask("content_equal", applied(JSON.stringify('{"a":"2"}')))!, /changed on its way/);
});

Deno.test("checker account fires when counters, ledger and disk differ", () => {
  const counters = { generated: 1, acked: 0, tombstoned: 0, pending: 1, applied: 0 };
  const wrong: readonly [Partial<LedgerFacts>, RegExp][] = [
    [{ counters: { ...counters, generated: 2 } }, /generated 2, but 1/],
    [{ counters: { ...counters, pending: 0 } }, /does not add up/],
    [{ counters: { ...counters, acked: 1, pending: 0 } }, /but seen were/],
    [{ onDisk: [] }, /the disk holds 0 rows/],
    [{ onDisk: [2] }, /the disk holds 1 rows/],
  ];
  for (const [part, message] of wrong) {
    assert.match(ask("account", agentWith({ ledger: ledger(part) }))!, message);
  }
});

Deno.test("checker bounded fires when a bound is passed", () => {
  const many = (count: number, prefix: string) => Array.from({ length: count }, (_, index) => `${prefix}${index}`);
  const wrong: readonly [LifeFacts, RegExp][] = [
    [life({ links: [link({ inFlight: 6 + IN_FLIGHT_EXTRA })] }), /in flight, window 5/],
    [life({ links: [link({ inFlight: 1 })] }, many(2, "link.ack.up/")), /2 ack timers, but 1 in flight/],
    [life({}, many(TIMERS_BOUND + 1, "t")), /timers are running/],
    [life({ storeWaiting: STORE_WAITING_BOUND + 1 }), /wait for the disk/],
    [life({ lost: { timer: 1 } }), /lost to full queues/],
  ];
  for (const [facts, message] of wrong) assert.match(ask("bounded", agentWith({ life: facts }))!, message);
});

Deno.test("checker link_table fires when a link moves or shows what it must not", () => {
  const wrong: readonly [NodeFacts["link"], RegExp][] = [
    [{ state: "active", mayBeActive: true, heardMs: 0, faults: ["outside"] }, /outside/],
    [
      { state: "connecting", mayBeActive: true, heardMs: 99_000, faults: [] },
      /shows active, but its moves lead to connecting/,
    ],
    [{ state: "active", mayBeActive: false, heardMs: 0, faults: [] }, /active without/],
  ];
  for (const [facts, message] of wrong) assert.match(ask("link_table", agentWith({ link: facts }))!, message);
});

Deno.test("checker no_actor_threw fires when an actor was restarted", () => {
  assert.match(ask("no_actor_threw", agentWith({ life: life({ restarts: 1 }) }))!, /threw/);
});

Deno.test("checker minimum_hold fires when a commanded switch follows too fast, over two looks", () => {
  const base = { output: "relay1", life: 1, leaseEndMs: 0, outcome: "written" } as const;
  const on = { ...base, value: 1, atMs: 50_000, because: "command" } as const;
  const off = { ...base, value: 0, atMs: 59_999, because: "command" } as const;
  const checker = makeCheckers().find(({ name }) => name === "minimum_hold")!;
  assert.equal(checker.check(good({ switches: [on] })), undefined);
  assert.match(checker.check(good({ switches: [off] }))!, /relay1 switched after 9999 ms, minimum 10000 ms/);
  assert.equal(ask("minimum_hold", good({ switches: [on, { ...off, because: "lapse" }] })), undefined);
  assert.equal(ask("minimum_hold", good({ switches: [on, { ...off, atMs: 60_000 }] })), undefined);
});

Deno.test("checker one_commander fires when an output is told two values in one instant", () => {
  const base = { output: "relay1", life: 1, leaseEndMs: 0, outcome: "written", atMs: 50_000 } as const;
  const on = { ...base, value: 1, because: "command" } as const;
  const off = { ...base, value: 0, because: "command" } as const;
  assert.equal(ask("one_commander", good({ switches: [on, off] })), "relay1 was told 1 and 0 in one instant");
  assert.equal(ask("one_commander", good({ switches: [on, { ...off, because: "lapse" }] })), undefined);
  assert.equal(ask("one_commander", good({ switches: [on, { ...off, output: "relay2" }] })), undefined);
});

Deno.test("checker outputs_safe fires when an output outlives its agent's lease", () => {
  const facts = { unsafe: ["relay3"], agentDownSinceMs: 97_499 };
  assert.match(ask("outputs_safe", good(facts))!, /relay3 not safe 2501 ms/);
  assert.equal(ask("outputs_safe", good({ ...facts, agentDownSinceMs: 97_500 })), undefined);
});

Deno.test("liveness checkers fire when something has not come back", () => {
  const stuck = agentWith({ life: life({ links: [link({ state: "awaiting_peer" })] }) });
  assert.match(ask("links_active", stuck)!, /agent: link is awaiting_peer/);
  assert.match(ask("links_soon_active", stuck)!, /agent: link is awaiting_peer/);
  assert.match(ask("links_active", agentWith({ life: undefined }))!, /undefined/);
  const counters = { generated: 6, acked: 0, tombstoned: 0, pending: 6, applied: 0 };
  assert.match(ask("drained", agentWith({ ledger: ledger({ counters }) }))!, /6 events pending, window 5/);
  const promised = new Map(Array.from({ length: 7 }, (_, index) => [`p${index}`, { ...EVENT, seq: 2 + index }]));
  assert.match(ask("drained", agentWith({ ledger: ledger({ promised }) }))!, /7 events were never applied/);
  assert.match(ask("view", good({ shownView: { timeMs: 1, readings: { oat: 3 } } }))!, /the LTN shows/);
  assert.match(ask("view", good({ sentView: undefined }))!, /sent no snapshot/);
  assert.match(ask("house_warm", good({ zoneC: 9 }))!, /9.0 °C/);
});

Deno.test("checker peer_heard fires when a link stays active with a peer that is silent", () => {
  const link = { state: "active", mayBeActive: true, heardMs: 1, faults: [] };
  assert.equal(ask("peer_heard", { ...agentWith({ link }), nowMs: SILENCE_MS_MAX + 1 }), undefined);
  assert.match(ask("peer_heard", { ...agentWith({ link }), nowMs: SILENCE_MS_MAX + 2 })!, /silent for 150001 ms/);
});
