/** Targets at the running agent: whatever a peer sends, only what is written here may come of it. */
import { strict as assert } from "node:assert";
import { decodeEnvelope, DEFAULT_REGISTRY, encodeTopic, topicName } from "../../src/protocol/mod.ts";
import { topicOwner } from "../../src/links/wire.ts";
import { type ScadaFacts, scadaFacts } from "../../src/scada/mod.ts";
import { agentLinks } from "../../src/testing/mod.ts";
import { addressOf, type AgentBench, agentBench, type AgentView, CONNECTIONS, type Deeds } from "./agent_bench.ts";
import type { PeerName } from "./agent_bench.ts";
import type { FuzzSeeds } from "./fuzz_seeds.ts";
import { bytesOf, type FuzzTarget, textOf } from "./fuzz_target.ts";
import { makeSeed, type Sample } from "./mutate.ts";

/** Inputs between two looks at the clock: time stands still while inputs are judged. */
const INPUTS_PER_PASS = 50;
/** Virtual time that passes then, in ms. */
const PASS_MS = 2_000;
/** Most problem events that foreign input may record in an hour: the links' kinds, and some of actors. */
export const PROBLEMS_PER_HOUR_MAX = 300;
const HOUR_MS = 3_600_000;

/** A command to the log, which a link's peer may give: it is answered by an event, a bounded number a minute. */
export const DBG = "gridworks.proactor.dbg";
/** The event that answers it. */
export const DBG_ANSWER = "gridworks.event.proactor.dbg";
const QUESTIONS: readonly string[] = ["send.snap", "send.control.capabilities", "send.layout"];
const COMMANDS: readonly string[] = ["admin.dispatch", "admin.keep.alive", "admin.release.control"];

/** What the protocol says that a message is. */
type Verdict =
  | { readonly kind: "foreign" | "undecodable" }
  | {
    readonly kind: "unknown_type" | "ack" | "ping" | "question" | "command" | "log_command" | "unexpected";
    readonly type: string;
    /** Id that is acked, "" for none. */
    readonly ackId: string;
    /** Id that it acks. */
    readonly acks?: string;
  };

interface Arriving {
  readonly connection: string;
  readonly topic: string;
  readonly bytes: Uint8Array;
}

function verdictOf({ connection, topic, bytes }: Arriving, facts: ScadaFacts): Verdict {
  const links = agentLinks(facts, true).links.filter((link) => link.connection === connection);
  if (topicOwner(topic, links).kind === "nobody") return { kind: "foreign" };
  const decoded = decodeEnvelope(bytes, DEFAULT_REGISTRY);
  if (decoded.kind === "undecodable") return { kind: "undecodable" };
  const { type, ackRequired, messageId, payload } = decoded.message;
  const ackId = ackRequired ? messageId : "";
  if (decoded.kind === "unknown_type") return { kind: "unknown_type", type, ackId };
  if (type === "gridworks.ack") {
    const { AckMessageID } = payload as { readonly AckMessageID: string };
    // Events go to the LTN: nobody else can ack one.
    return { kind: "ack", type, ackId: "", ...(connection === CONNECTIONS.ltn ? { acks: AckMessageID } : {}) };
  }
  if (type === "gridworks.ping") return { kind: "ping", type, ackId };
  if (QUESTIONS.includes(type)) return { kind: "question", type, ackId };
  if (type === DBG) return { kind: "log_command", type, ackId };
  if (connection === CONNECTIONS.admin && COMMANDS.includes(type)) return { kind: "command", type, ackId };
  return { kind: "unexpected", type, ackId };
}

function judgeStore(verdict: Verdict, { txns }: Deeds, pending: ReadonlyMap<number, string>): void {
  for (const { append, deletes, keep, inbox, journal, journalClearBeforeWallMs } of txns) {
    assert.equal(inbox.length, 0, "an inbox row was written");
    for (const seq of deletes) {
      assert.equal(verdict.kind, "ack", "rows were deleted without an ack");
      if (verdict.kind === "ack") assert.equal(pending.get(seq), verdict.acks, "a row of another id was deleted");
    }
    if (verdict.kind === "command") continue;
    assert.deepEqual(keep.map(({ key }) => key), [], "state was kept");
    assert.equal(journal.length, 0, "readings were journalled");
    assert.equal(journalClearBeforeWallMs, undefined, "readings were cleared");
    const mayComplain = ["foreign", "undecodable", "unknown_type", "log_command"].includes(verdict.kind);
    const expected = [mayComplain ? "gridworks.event.problem" : "", verdict.kind === "log_command" ? DBG_ANSWER : ""];
    const others = append.map((row) => row.class).filter((type) => !expected.includes(type));
    assert.deepEqual(others, [], "events were recorded");
  }
}

function judgePublished(verdict: Verdict, { published }: Deeds, arriving: Arriving): void {
  let acks = 0;
  let answers = 0;
  for (const { connection, topic, bytes } of published) {
    const sent = decodeEnvelope(bytes, DEFAULT_REGISTRY);
    assert.notEqual(sent.kind, "undecodable", `what was sent cannot be read: ${topic}`);
    if (topic.endsWith("/gridworks-ack")) {
      acks++;
      const ackId = "ackId" in verdict ? verdict.ackId : "";
      assert.equal(connection, arriving.connection, "the ack goes to somebody else");
      const { AckMessageID } = (sent as { readonly message: { readonly payload: { AckMessageID: string } } }).message
        .payload;
      assert.equal(AckMessageID, ackId, "the ack is of another message");
    } else if (!topic.endsWith("/gridworks-event-problem") && verdict.kind !== "ack" && verdict.kind !== "command") {
      answers++;
    }
  }
  const wanted = "ackId" in verdict && verdict.ackId !== "" ? 1 : 0;
  assert.equal(acks, wanted, "number of acks");
  const mayAnswer = verdict.kind === "question" || verdict.kind === "log_command";
  assert.ok(answers <= (mayAnswer ? 1 : 0), `${answers} answers to ${verdict.kind}`);
}

function judgeView(verdict: Verdict, before: AgentView, after: AgentView): void {
  for (const key of ["restarts", "dropped", "lost"] as const) {
    assert.equal(after[key], before[key], `${key} changed`);
  }
  const isDelivered = ["question", "command", "log_command", "unexpected"].includes(verdict.kind);
  assert.equal(after.received - before.received, isDelivered ? 1 : 0, "messages delivered");
  if (verdict.kind !== "command") assert.equal(after.ruled, before.ruled, "outputs, control or links changed");
  const { generated, acked, pending, tombstoned } = after.account;
  assert.equal(generated, acked + pending + tombstoned, "the account is exact");
  if (verdict.kind !== "ack") assert.equal(acked, before.account.acked, "events were acked");
}

/** One agent for all inputs of a target. */
class AgentTarget {
  readonly #facts: ScadaFacts;
  #bench: AgentBench | undefined;
  #inputs = 0;
  #passes = 0;
  #problems = 0;
  #hour = 0;
  #before: AgentView | undefined;

  constructor(facts: ScadaFacts) {
    this.#facts = facts;
  }

  run(given: Arriving): string {
    const bench = this.#bench ??= agentBench(this.#facts);
    if (++this.#inputs % INPUTS_PER_PASS === 0) this.#pass(bench);
    const before = this.#before ??= bench.view();
    const arriving = { ...given, bytes: aimed(given.bytes, bench) };
    const verdict = verdictOf(arriving, this.#facts);
    const pending = verdict.kind === "ack" ? pendingIds(bench) : new Map<number, string>();
    bench.input({ kind: "message", ...arriving });
    const deeds = bench.take();
    const after = bench.view();
    // The next input is judged for itself, also when this one fails and is made smaller.
    this.#before = after;
    judgeView(verdict, before, after);
    judgeStore(verdict, deeds, pending);
    judgePublished(verdict, deeds, arriving);
    assert.deepEqual(deeds.errors, [], "errors were logged");
    assert.equal(deeds.connects, 0, "a connection was asked for or ended");
    if (verdict.kind !== "command") assert.deepEqual(deeds.switched, [], "an output was switched");
    this.#countProblems(deeds, bench);
    if (verdict.kind === "command" && deeds.switched.length > 0) return `${verdict.kind}: ${verdict.type}, switched`;
    if (verdict.kind === "command" || verdict.kind === "question") return `${verdict.kind}: ${verdict.type}`;
    return deeds.txns.some(({ deletes }) => deletes.length > 0) ? "ack of a row" : verdict.kind;
  }

  end(): void {
    const view = this.#bench?.view();
    if (view !== undefined) assert.equal(view.restarts, 0, "no actor was restarted");
  }

  #pass(bench: AgentBench): void {
    const { src, dst } = addressOf("admin", this.#facts);
    const type = "admin.release.control";
    const Header = { Src: src, Dst: dst, MessageType: type };
    const text = JSON.stringify({ Header, Payload: { TypeName: type, Version: "000" } });
    const topic = encodeTopic({ src, dst, type });
    bench.input({ kind: "message", connection: CONNECTIONS.admin, topic, bytes: bytesOf(text) });
    assert.equal(bench.view().top, "Auto", "control was not given back");
    // Every other time, so that some events wait for their ack meanwhile; the time-out is longer than two.
    bench.pass(PASS_MS, ++this.#passes % 2 === 0);
    bench.take();
    const view = bench.view();
    assert.equal(view.restarts, 0, "an actor was restarted while time passed");
    assert.equal(view.account.pending, bench.pending.size, "the account is not what the store holds");
    this.#before = view;
  }

  #countProblems({ txns }: Deeds, { clock }: AgentBench): void {
    const hour = Math.floor(clock.nowMs / HOUR_MS);
    if (hour !== this.#hour) this.#problems = 0;
    this.#hour = hour;
    for (const { append } of txns) {
      this.#problems += append.filter((row) => row.class === "gridworks.event.problem").length;
    }
    assert.ok(this.#problems <= PROBLEMS_PER_HOUR_MAX, `more than ${PROBLEMS_PER_HOUR_MAX} problems in an hour`);
  }
}

/** Id in the seeds that stands for one of an event that waits for its ack: what waits is not known before the run. */
const AIMED_ID = "97eba574-bd20-45b5-bf82-9ba2f492d8f6";
const ACK_KEY = "AckMessageID";

function aimed(bytes: Uint8Array, { pending }: AgentBench): Uint8Array {
  const text = new TextDecoder("latin1").decode(bytes);
  const [oldest] = pending.values();
  if (oldest === undefined || !text.includes(ACK_KEY) || !text.includes(AIMED_ID)) return bytes;
  // Byte by byte, as the rest need not be text. An id has the same length.
  const at = text.indexOf(AIMED_ID, text.indexOf(ACK_KEY));
  if (at < 0 || oldest.messageId.length !== AIMED_ID.length) return bytes;
  const changed = bytes.slice();
  changed.set(new TextEncoder().encode(oldest.messageId), at);
  return changed;
}

function pendingIds({ pending }: AgentBench): ReadonlyMap<number, string> {
  return new Map([...pending].map(([seq, { messageId }]) => [seq, messageId]));
}

function peerTarget(peer: PeerName, facts: ScadaFacts, seeds: FuzzTarget["seeds"]): FuzzTarget {
  const agent = new AgentTarget(facts);
  const { src, dst } = addressOf(peer, facts);
  const topic = encodeTopic({ src, dst, type: "gridworks.ping" });
  return {
    name: `agent, from ${peer === "ltn" ? "its LTN" : "its admin"}`,
    weight: 20,
    seeds,
    run: (sample) => agent.run({ connection: CONNECTIONS[peer], topic, bytes: bytesOf(sample) }),
    end: () => agent.end(),
  };
}

/** Right messages on topics that are not the agent's: nothing but the topic may refuse them. */
function topicTarget(facts: ScadaFacts, topics: readonly string[]): FuzzTarget {
  const agent = new AgentTarget(facts);
  const own = (["ltn", "admin"] as const).map((peer) => encodeTopic({ ...addressOf(peer, facts), type: "send.snap" }));
  const payload = { FromGNodeAlias: facts.ltnAlias, TypeName: "send.snap", Version: "000" };
  const Header = { Src: facts.ltnAlias, Dst: "s", MessageType: "send.snap", MessageId: "id", AckRequired: true };
  const bytes = bytesOf(JSON.stringify({ Header, Payload: payload, TypeName: "gw" }));
  function run(sample: Sample): string {
    const topic = textOf(sample);
    const isAdmin = topicName(topic).includes("admin");
    return agent.run({ connection: isAdmin ? CONNECTIONS.admin : CONNECTIONS.ltn, topic, bytes });
  }
  const seeds = [...own, ...own, ...topics].map((topic) => makeSeed(topic, false));
  return { name: "agent, any topic", weight: 4, seeds, run, end: () => agent.end() };
}

const CLOCK_KEYS = ["clock/offsets", "guard/safety.compressor_last_off"];

/** What an earlier life kept may be anything: the agent starts, and its actors run. */
function keptTarget(facts: ScadaFacts): FuzzTarget {
  const keys = ["s/admin_until", "lc/state", "guard/compressor_off", "guard/", "load/x", "/", "", "nobody/x"];
  const values = ["0", "1763683300000", '"text"', '{"boot":{"offsetMs":1,"houseMs":2}}', "[]", '{"offWallMs":1}'];
  function run(sample: Sample): string {
    const value = textOf(sample);
    const rows = [...keys, ...CLOCK_KEYS].map((key) => ({ key, version: 1, value, expiresWallMs: 0 }));
    const { restarts, account } = agentBench(facts, rows).view();
    assert.equal(restarts, 0, "an actor was restarted");
    assert.ok(account.generated > 0, "the agent did not start");
    return "started";
  }
  return { name: "kept state", weight: 0.15, seeds: values.map((text) => makeSeed(text, true)), run };
}

/** All that an admin may ask or tell: each relay both ways. */
function commandTexts(facts: ScadaFacts): readonly string[] {
  const id = AIMED_ID;
  function text(payload: Readonly<Record<string, unknown>>): string {
    const Header = { Src: "admin", Dst: facts.scadaAlias, MessageType: payload["TypeName"], MessageId: id };
    return JSON.stringify({ Header: { ...Header, AckRequired: true }, Payload: payload, TypeName: "gw" });
  }
  const dispatches = facts.relays.flatMap((relay) =>
    [relay.energizingEvent, relay.deEnergizingEvent].map((EventName) => ({
      DispatchTrigger: {
        FromHandle: "admin",
        ToHandle: `admin.${relay.name}`,
        EventType: relay.eventType,
        EventName,
        SendTimeUnixMs: 1_763_683_200_000,
        TriggerId: id,
        TypeName: "fsm.event",
        Version: "000",
      },
      TimeoutSeconds: 30,
      TypeName: "admin.dispatch",
      Version: "000",
    }))
  );
  return [
    ...dispatches,
    { AckMessageID: AIMED_ID, TypeName: "gridworks.ack" },
    { MessageId: AIMED_ID, TypeName: "gridworks.ping" },
    { AdminTimeoutSeconds: 30, TypeName: "admin.keep.alive", Version: "000" },
    { TypeName: "admin.release.control", Version: "000" },
    { FromGNodeAlias: "admin", TypeName: "send.snap", Version: "000" },
  ].map(text);
}

/** The targets at the running agent. */
export function agentTargets({ envelopes, layouts, topics }: FuzzSeeds): readonly FuzzTarget[] {
  const facts = scadaFacts(JSON.parse(layouts[0]!));
  const seeds = envelopes.map((text) => makeSeed(text, true));
  const asked = commandTexts(facts).map((text) => makeSeed(text, true));
  // What an admin may say must not be lost among the types that it may not.
  const more = Array.from({ length: Math.ceil(seeds.length / asked.length / 2) }, () => asked).flat();
  return [
    peerTarget("ltn", facts, [...seeds, ...more]),
    peerTarget("admin", facts, [...seeds, ...more]),
    topicTarget(facts, topics),
    keptTarget(facts),
  ];
}
