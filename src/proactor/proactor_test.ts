import { strict as assert } from "node:assert";
import type { Message } from "../core/message.ts";
import type { Links, LinksContext } from "../links/port.ts";
import type { Counters, FromStore, KeepRow, StoreTxn } from "../store/port.ts";
import type { Actor, ActorContext, ActorInput } from "./actor.ts";
import { noOutputs, type ProactorConfig } from "./config.ts";
import { makeProactor } from "./proactor.ts";
import type { ProactorEffect, ProactorInput } from "./world.ts";

const COUNTERS: Counters = { generated: 0, acked: 0, tombstoned: 0, pending: 0, applied: 0 };

type Behaviour = (input: ActorInput, ctx: ActorContext) => void;

function event(messageId: string, type = "gridworks.event.x", dst = "hub"): Message {
  return { src: "peer", dst, type, messageId, ackRequired: true, payload: {} };
}

/** A proactor with fake links, actors and world; `said` is everything that left it, in order, as short texts. */
function bench(behaviours: Readonly<Record<string, Behaviour>> = {}, more: Partial<ProactorConfig> = {}) {
  const said: string[] = [];
  const heard: string[] = [];
  const effects: ProactorEffect[] = [];
  const txns: StoreTxn[] = [];
  const applied = new Set<string>();
  let ids = 0;
  let realMs = 0;
  let linksContext: LinksContext;
  const links: Links = {
    start(ctx) {
      linksContext = ctx;
      said.push("links start");
    },
    stop: () => void said.push("links stop"),
    input(input, ctx) {
      if (input.kind !== "message") return;
      const text = new TextDecoder().decode(input.bytes);
      ctx.deliver("up", JSON.parse(text), text);
    },
    timer: (name) => void said.push(`links ${name}`),
    committed: (rows) => void said.push(`links committed ${rows.map((row) => row.class)}`),
    rowsRead: (rows, end) => void said.push(`links rows ${rows.length} ${end}`),
    evicted() {},
    clockStepped: () => void said.push("links clock stepped"),
    send: (link, message) => said.push(`send ${message.type} to ${message.dst} over ${link}`) > 0,
    ack: (_link, message) => void said.push(`ack ${message.messageId}`),
    snapshot: () => [],
  };
  function effect(one: ProactorEffect): void {
    effects.push(one);
    if (one.kind === "stopped") said.push("stopped");
    if (one.kind === "bus") said.push(`bus ${one.message.kind}`);
    if (one.kind !== "store") return;
    if (one.message.kind !== "txn") return void said.push(`store ${one.message.kind}`);
    const { txn } = one.message;
    txns.push(txn);
    said.push(`txn ${txn.txn} ${txn.append.map((row) => row.class.split(".").at(-1))}`.trim());
  }
  const actors = Object.entries({ hub: () => {}, ...behaviours }).map(([name, step]) => (): Actor => ({
    name,
    listensTo: ["*"],
    step(input, ctx) {
      heard.push(`${name} ${input.kind === "message" ? input.message.type : input.kind}`);
      (step as Behaviour)(input, ctx);
    },
    snapshot: () => null,
  }));
  const inbox = {
    isNew: (_peer: string, id: string) => !applied.has(id) && applied.add(id).size > 0,
    restore: (ids: readonly string[]) => ids.forEach((id) => applied.add(id)),
  };
  const config: ProactorConfig = {
    longName: "me",
    boot: "boot",
    life: 1,
    actors,
    links,
    guard: noOutputs(),
    inbound: { "": "hub" },
    routes: { peer: "up" },
    peers: { up: "peer" },
    inbox,
    ...more,
  };
  const proactor = makeProactor(config, {
    realMs: () => realMs,
    realWallMs: () => 1_700_000_000_000,
    houseMs: () => realMs,
    houseWallMs: () => 1_700_000_000_000,
    newId: () => `id${++ids}`,
    random: () => 0.5,
    effect,
  });
  const at = {
    proactor,
    effects,
    txns,
    post(input: ProactorInput) {
      proactor.post(input);
      proactor.drain(100);
    },
    store: (message: FromStore) => at.post({ kind: "store", message }),
    open: (lastSeq = 0, kept: readonly KeepRow[] = []) =>
      at.store({
        kind: "opened",
        boot: "boot",
        life: 1,
        lastSeq,
        kept,
        counters: COUNTERS,
        journal: [],
        appliedIds: [],
      }),
    commit: (txn: number) => at.store({ kind: "committed", txn, counters: COUNTERS }),
    receive(message: Message) {
      const bytes = new TextEncoder().encode(JSON.stringify(message));
      at.post({ kind: "connection", input: { kind: "message", connection: "c", topic: "gw/peer/to/me/x", bytes } });
    },
    fire(name: string, epochBack = 0) {
      const started = effects.flatMap((one) => one.kind === "timer" && one.name === name ? [one.epoch] : []);
      at.post({ kind: "timer", name, epoch: started.at(-1 - epochBack)! });
    },
    pass: (ms: number) => void (realMs += ms),
    said: () => said.splice(0),
    heard: () => heard.splice(0),
    askRead: () => linksContext.readRows({ afterSeq: 0, lanes: [2], rowsMax: 5, bytesMax: 100 }),
  };
  return at;
}

function started(behaviours: Readonly<Record<string, Behaviour>> = {}, more: Partial<ProactorConfig> = {}) {
  const at = bench(behaviours, more);
  at.open();
  at.commit(1);
  at.said();
  at.heard();
  return at;
}

Deno.test("makeProactor() starts when the store is open: startup event first, actors, then links", () => {
  const at = bench({
    other: (input, ctx) => {
      if (input.kind === "start") {
        ctx.log({
          level: "info",
          event: "other.kept",
          fields: { k: String(input.kept.get("k")), size: input.kept.size },
        });
      }
    },
  });
  at.post({ kind: "post", message: event("1") });
  assert.deepEqual([at.heard(), at.proactor.started], [[], false]);
  const row = { key: "other/k", version: 1, value: "7", expiresWallMs: 0 };
  at.open(4, [row, { ...row, key: "other/old", expiresWallMs: 5 }, { ...row, key: "other/bad", value: "{" }]);
  assert.deepEqual(at.heard(), ["hub start", "other start"]);
  assert.deepEqual(at.said(), ["links start", "txn 1 problem,startup"]);
  assert.deepEqual(at.txns[0]!.append.map(({ seq }) => seq), [5, 6]);
  const log = at.effects.find((one) => one.kind === "log" && one.record.event === "other.kept");
  assert.deepEqual(log?.kind === "log" && log.record.fields, { k: "7", size: 1 });
});

Deno.test("makeProactor() answers a peer's command to its log with an event, and tells no actor", () => {
  const at = started();
  const payload = {
    Levels: { message_summary: 20, lifecycle: -1, comm_event: -1, io_loop: 20 },
    Command: null,
    TypeName: "gridworks.proactor.dbg",
  };
  at.receive({ ...event("", "gridworks.proactor.dbg"), ackRequired: false, payload });
  assert.deepEqual([at.heard(), at.said()], [[], ["txn 2 dbg"]]);
  const { bytes } = at.txns.at(-1)!.append[0]!;
  const { Command, Path, Count } = JSON.parse(new TextDecoder().decode(bytes));
  assert.deepEqual([Command, Path, Count], [payload, "0x00000005", 1]);
  at.receive({ ...event("", "send.snap"), ackRequired: false });
  assert(at.effects.some((one) => one.kind === "log" && one.record.event === "proactor.message" && one.record.wanted));
});

Deno.test("makeProactor() routes by destination: to an actor, over the link that leads there, else a problem", () => {
  const at = started({
    a: (input, ctx) => {
      if (input.kind !== "timer" && input.kind !== "message") return;
      if (input.kind === "message" && input.message.type !== "go") return;
      ctx.send({ dst: "b", type: "inside", payload: {} });
      ctx.send({ dst: "peer", type: "outside", payload: {} });
      ctx.send({ dst: "nobody", type: "lost", payload: {} });
    },
    b: () => {},
  });
  at.receive({ ...event("", "go", "a"), ackRequired: false });
  assert.deepEqual(at.heard(), ["a go", "b inside"]);
  assert.deepEqual(at.said(), ["txn 2 problem"], "the send waits for the rows of its step");
  at.commit(2);
  assert.deepEqual(at.said(), ["send outside to peer over up", "links committed gridworks.event.problem"]);
  at.receive({ ...event("", "news", "elsewhere"), ackRequired: false });
  assert.deepEqual(at.heard(), ["hub news"]);
});

Deno.test("makeProactor() acks an event after the commit of its inbox row, and a second delivery without a second effect", () => {
  const at = started();
  at.receive(event("e1"));
  at.receive(event("e1"));
  assert.deepEqual(at.heard(), ["hub gridworks.event.x"]);
  assert.deepEqual(at.said(), ["txn 2"]);
  assert.deepEqual(at.txns.at(-1)!.inbox.map(({ messageId }) => messageId), ["e1"]);
  at.commit(2);
  assert.deepEqual(at.said(), ["ack e1"], "one ack answers both copies");
  at.receive(event("e1"));
  assert.deepEqual(at.said(), ["ack e1"]);
  assert.deepEqual([at.proactor.snapshot().received, at.proactor.snapshot().applied], [3, 1]);
});

Deno.test("makeProactor() quarantines a poison message, records a problem and acks it", () => {
  const at = started({
    hub: (input) => {
      if (input.kind === "message") throw new Error("poison");
    },
  });
  at.receive(event("e1"));
  assert.deepEqual(at.said(), ["txn 2 problem"]);
  const { keep, inbox } = at.txns.at(-1)!;
  assert.deepEqual([keep.map(({ key }) => key), inbox.length], [["quarantine/0"], 1]);
  at.commit(2);
  assert.deepEqual(at.said(), ["ack e1", "links committed gridworks.event.problem"]);
});

Deno.test("makeProactor() drops a firing of a timer that was started again or cancelled", () => {
  const at = started({
    a: (input, ctx) => {
      if (input.kind !== "message") return;
      if (input.message.type === "cancel") ctx.cancel("t");
      else ctx.timer("t", 5);
    },
  });
  for (let n = 0; n < 2; n++) at.receive({ ...event("", "go", "a"), ackRequired: false });
  at.heard();
  at.fire("actor:a:t", 1);
  assert.deepEqual(at.heard(), []);
  at.fire("actor:a:t");
  at.fire("actor:a:t");
  assert.deepEqual(at.heard(), ["a timer"]);
  for (const type of ["go", "cancel"]) at.receive({ ...event("", type, "a"), ackRequired: false });
  at.heard();
  at.fire("actor:a:t");
  assert.deepEqual(at.heard(), []);
});

Deno.test("makeProactor() stops in order: outputs safe, actors, links, shutdown event kept for the next life, flush", () => {
  const at = started({
    a: (input, ctx) => {
      if (input.kind === "message") ctx.command("r1", 1, "a");
    },
  });
  const outputs = [{ name: "r1", safeValue: 0, holdMsMin: 0 }];
  at.post({ kind: "bus", bus: "b", message: { kind: "opened", bus: "b", outputs, channels: [] } });
  at.receive({ ...event("", "go", "a"), ackRequired: false });
  at.said();
  at.heard();
  at.post({ kind: "stop", reason: "test" });
  at.post({ kind: "stop", reason: "again" });
  assert.deepEqual(at.said(), ["bus write", "bus lease", "links stop", "txn 2 shutdown", "store flush"]);
  assert.deepEqual(at.heard(), ["hub stop", "a stop"]);
  at.commit(2);
  assert.deepEqual(at.said(), []);
  at.store({ kind: "flushed", id: 0 });
  assert.deepEqual([at.said(), at.proactor.stopped], [["stopped"], true]);
  at.fire("proactor.stop");
  assert.deepEqual(at.said(), []);
});

Deno.test("makeProactor() stops without a store: at once before it is open, after a while when it does not answer", () => {
  const early = bench();
  early.post({ kind: "stop", reason: "test" });
  early.open();
  assert.deepEqual(early.said(), ["stopped"]);
  const at = started();
  at.post({ kind: "stop", reason: "test" });
  at.said();
  at.open(1);
  assert.deepEqual(at.said(), ["txn 2 shutdown", "store flush"], "a replaced store is asked again");
  at.fire("proactor.stop");
  assert.deepEqual(at.said(), ["stopped"]);
});

Deno.test("makeProactor() asks a replaced store again, and hands over what it has not committed", () => {
  const at = started();
  at.askRead();
  at.receive(event("e1"));
  at.said();
  at.open(1);
  assert.deepEqual(at.said(), ["txn 2", "store read"]);
  at.store({ kind: "rows", id: 1, rows: [], end: true });
  at.store({ kind: "rows", id: 1, rows: [], end: true });
  assert.deepEqual(at.said(), ["links rows 0 true"]);
});

Deno.test("makeProactor() records a problem event when a damaged store was replaced, at its start and later", () => {
  const recovered = { movedTo: "/s.damaged-1", carriedOver: { rows: 7, eventsLost: 2 } };
  const opened = {
    kind: "opened",
    boot: "boot",
    life: 1,
    lastSeq: 0,
    kept: [],
    counters: COUNTERS,
    journal: [],
  } as const;
  function problems(at: ReturnType<typeof bench>): string[] {
    const rows = at.txns.splice(0).flatMap((txn) => txn.append).filter((row) => row.class.endsWith(".problem"));
    return rows.map((row) => {
      const { Summary, Details } = JSON.parse(new TextDecoder().decode(row.bytes));
      return `${Summary}. ${Details}`;
    });
  }
  const at = bench();
  at.store({ ...opened, appliedIds: [], recovered });
  const expected = 'A damaged store was replaced. It was moved to "/s.damaged-1"; rows carried over: 7; ' +
    "events lost, each with a tombstone: 2";
  assert.deepEqual(problems(at), [expected]);
  at.pass(600_000);
  at.store({ ...opened, life: 2, lastSeq: 5, appliedIds: [], recovered: { movedTo: "/s.damaged-2" } });
  assert.deepEqual(problems(at).at(-1), 'A damaged store was replaced. It was moved to "/s.damaged-2"');
});

Deno.test("makeProactor() hands over refused transactions again after a pause, and reports once", () => {
  const at = started();
  at.receive(event("e1"));
  at.receive(event("e2"));
  at.said();
  at.store({ kind: "failed", code: "EQUEUE", message: "full", refusedTxn: 2 });
  at.store({ kind: "failed", code: "EQUEUE", message: "full", refusedTxn: 2 });
  assert.deepEqual([at.said(), at.proactor.snapshot().storeCode], [[], "EQUEUE"]);
  at.fire("proactor.resend");
  assert.deepEqual(at.said(), ["txn 2", "txn 3", "txn 4 problem"]);
  at.commit(4);
  assert.deepEqual(at.said(), ["ack e1", "ack e2", "links committed gridworks.event.problem"]);
});

Deno.test("makeProactor() reports a slow step, and names what ran last", () => {
  const at = started({ slow: (input) => void (input.kind === "reading" && at.pass(501)) });
  at.post({ kind: "bus", bus: "b", message: { kind: "reading", channel: "t", value: 1 } });
  assert.equal(at.proactor.doing, "slow");
  const text = new TextDecoder().decode(at.txns.at(-1)!.append[0]!.bytes);
  assert.equal(JSON.parse(text).Details, '501 ms, last was "slow"');
  at.post({ kind: "store", message: { kind: "flushed", id: 9 } });
  assert.equal(at.proactor.doing, "store");
});

Deno.test("makeProactor() reports an event that is not plain data, and goes on", () => {
  const at = started({
    hub: (input, ctx) => {
      if (input.kind === "message") ctx.record({ TypeName: "gridworks.event.x", Value: 1n });
    },
  });
  at.receive({ ...event("", "go"), ackRequired: false });
  assert.deepEqual(at.said(), ["txn 2 problem"]);
});

Deno.test("makeProactor() lets no flooding link delay another one by more than a turn, though its actor answers itself", () => {
  const at = started({
    loud: (input, ctx) => {
      if (input.kind === "message" && input.link !== "internal") ctx.send({ dst: "loud", type: "again", payload: {} });
    },
    quiet: () => {},
  });
  function arrive(peer: string, count: number): void {
    const plain = { ...event("", "news", peer), ackRequired: false };
    const bytes = new TextEncoder().encode(JSON.stringify(plain));
    const input = { kind: "message", connection: peer, topic: `gw/${peer}/to/me/news`, bytes } as const;
    for (let n = 0; n < count; n++) at.proactor.post({ kind: "connection", input });
  }
  arrive("loud", 500);
  at.proactor.drain(10);
  arrive("quiet", 20);
  at.heard();
  // A turn: one message of each link, and one inside for each.
  at.proactor.drain(20 * 4);
  const heard = at.heard();
  const turns = heard.flatMap((one, at) => one === "quiet news" ? [at] : []);
  assert.equal(turns.length, 20);
  const gaps = turns.map((at, n) => at - (turns[n - 1] ?? 0));
  assert(Math.max(...gaps) <= 4, `inputs from one of the quiet link to the next: ${gaps}`);
  assert(heard.filter((one) => one === "loud news").length <= 41, "the loud link has its turns, and no more");
});
