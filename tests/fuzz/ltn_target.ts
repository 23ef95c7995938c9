/** A target at the running LTN: each event enters the inbox once, whatever comes between. */
import { strict as assert } from "node:assert";
import { decodeEnvelope, DEFAULT_REGISTRY, encodeTopic } from "../../src/protocol/mod.ts";
import { type ScadaFacts, scadaFacts } from "../../src/scada/mod.ts";
import { type AgentBench, type Deeds, ltnBench, scadaAddress } from "./agent_bench.ts";
import { CONNECTIONS } from "./agent_bench.ts";
import { DBG, DBG_ANSWER } from "./agent_targets.ts";
import type { FuzzSeeds } from "./fuzz_seeds.ts";
import { bytesOf, type FuzzTarget } from "./fuzz_target.ts";
import { makeSeed, type Sample } from "./mutate.ts";

const INPUTS_PER_PASS = 50;
const PASS_MS = 2_000;

function isEvent(type: string): boolean {
  return type.startsWith("gridworks.event") || type === "report.event";
}

/** What the protocol says that a message is, and the id of the ack that it must get. */
function verdictOf(bytes: Uint8Array): { readonly kind: string; readonly ackId: string; readonly eventId: string } {
  const decoded = decodeEnvelope(bytes, DEFAULT_REGISTRY);
  if (decoded.kind === "undecodable") return { kind: "undecodable", ackId: "", eventId: "" };
  const { type, ackRequired, messageId } = decoded.message;
  const ackId = ackRequired ? messageId : "";
  if (decoded.kind === "unknown_type") return { kind: "unknown type", ackId, eventId: "" };
  if (type === "gridworks.ack") return { kind: "ack", ackId: "", eventId: "" };
  if (type === "gridworks.ping") return { kind: "ping", ackId, eventId: "" };
  if (type === DBG) return { kind: "log command", ackId, eventId: "" };
  return isEvent(type) ? { kind: "event", ackId, eventId: messageId } : { kind: "message", ackId, eventId: "" };
}

function ackIds({ published }: Deeds): readonly string[] {
  return published.filter(({ topic }) => topic.endsWith("/gridworks-ack")).map(({ bytes }) => {
    const { Payload } = JSON.parse(new TextDecoder().decode(bytes)) as { readonly Payload: { AckMessageID: string } };
    return Payload.AckMessageID;
  });
}

class LtnTarget {
  readonly #facts: ScadaFacts;
  readonly #topic: string;
  /** Ids of events that were applied: far fewer than the LTN remembers. */
  readonly #applied = new Set<string>();
  #bench: AgentBench | undefined;
  #inputs = 0;

  constructor(facts: ScadaFacts) {
    this.#facts = facts;
    this.#topic = encodeTopic({ ...scadaAddress(facts), type: "gridworks.ping" });
  }

  run(sample: Sample): string {
    const bench = this.#bench ??= ltnBench(this.#facts);
    if (++this.#inputs % INPUTS_PER_PASS === 0) bench.pass(PASS_MS, true);
    bench.take();
    const bytes = bytesOf(sample);
    const { kind, ackId, eventId } = verdictOf(bytes);
    const isNew = eventId !== "" && !this.#applied.has(eventId);
    bench.input({ kind: "message", connection: CONNECTIONS.ltn, topic: this.#topic, bytes });
    const deeds = bench.take();
    if (isNew) this.#applied.add(eventId);
    const entered = deeds.txns.flatMap(({ inbox }) => inbox.map(({ messageId }) => messageId));
    assert.deepEqual(entered, isNew ? [eventId] : [], "what enters the inbox");
    assert.deepEqual(ackIds(deeds), ackId === "" ? [] : [ackId], "what is acked");
    for (const { keep, journal, append } of deeds.txns) {
      assert.equal(keep.length + journal.length, 0, "state was kept");
      const mayComplain = ["undecodable", "unknown type", "log command"].includes(kind);
      const expected = [mayComplain ? "gridworks.event.problem" : "", kind === "log command" ? DBG_ANSWER : ""];
      const others = append.map((row) => row.class).filter((type) => !expected.includes(type));
      assert.deepEqual(others, [], "events were recorded");
    }
    const { restarts, dropped, lost } = bench.view();
    assert.deepEqual({ restarts, dropped, lost }, { restarts: 0, dropped: 0, lost: 0 });
    assert.deepEqual(deeds.errors, [], "errors were logged");
    return kind === "event" && !isNew ? "event again" : kind;
  }
}

/** The target at the running LTN. */
export function ltnTarget({ envelopes, layouts }: FuzzSeeds): FuzzTarget {
  const target = new LtnTarget(scadaFacts(JSON.parse(layouts[0]!)));
  const seeds = envelopes.map((text) => makeSeed(text, true));
  return { name: "LTN", weight: 8, seeds, run: (sample) => target.run(sample) };
}
