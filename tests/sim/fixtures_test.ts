import { strict as assert } from "node:assert";
import { readdirSync, readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { decodeEnvelope, decodeTopic, DEFAULT_REGISTRY } from "../../src/protocol/mod.ts";
import { openSqliteEngine } from "../../src/store/sqlite_engine.ts";
import type { NodeName } from "../../src/testing/fault_plan.ts";
import type { SimulatedNode } from "../../src/testing/simulated_node.ts";
import { makeStage, STORY_MS } from "./recorded_story.ts";
import { type StoreRecord, storeRecord, txnOf } from "./store_record.ts";
import { replayBroker, type WireLine } from "./wire_record.ts";

/**
 * Transitions in which a version differs on purpose from one that recorded a trace: "version node", with the number of the
 * change in the README beside the traces. Such a trace is still read, but its moves are not compared.
 */
const CHANGED: Readonly<Record<string, string>> = {};

const FOLDER = new URL("fixtures/", import.meta.url);
const VERSIONS = readdirSync(FOLDER, { withFileTypes: true }).filter((one) => one.isDirectory()).map(({ name }) =>
  name
);
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();
const PROBLEM = "gridworks.event.problem";

function textOf(version: string, file: string): string {
  return readFileSync(new URL(`${version}/${file}`, FOLDER), "utf8");
}

function traceOf(version: string, node: NodeName): readonly WireLine[] {
  return textOf(version, `${node}_wire.jsonl`).trimEnd().split("\n").map((line) => JSON.parse(line) as WireLine);
}

function recordOf(version: string): StoreRecord {
  return JSON.parse(textOf(version, "agent_store.jsonl")) as StoreRecord;
}

/** Messages that a node heard. */
function heardOf(lines: readonly WireLine[]): readonly { readonly topic: string; readonly text: string }[] {
  return lines.flatMap((line) => "heard" in line && line.heard.kind === "message" ? [line.heard] : []);
}

function movesOf(lines: readonly WireLine[]): readonly string[] {
  return lines.flatMap((line) => "move" in line ? [line.move] : []);
}

/** Plays a trace to a node of today. @returns The node, and the moves of its link. */
function replay(
  lines: readonly WireLine[],
  name: NodeName,
): { readonly node: SimulatedNode; readonly moves: string[] } {
  const moves: string[] = [];
  const stage = makeStage((_broker, clock) => replayBroker(lines, clock));
  const node = stage.node(name, (line) => void ("move" in line && moves.push(line.move)));
  node.start();
  stage.clock.runUntil(STORY_MS);
  assert.deepEqual(node.ledger.faults, []);
  return { node, moves };
}

function openDump(sql: string): StoreRecord {
  const folder = Deno.makeTempDirSync();
  try {
    const path = `${folder}/store.db`;
    using made = new DatabaseSync(path);
    made.exec(sql);
    made.close();
    const options = { path, owner: "agent", bytesMax: 50_000_000, wallMs: () => 1_763_683_300_000, newId: () => "new" };
    using engine = openSqliteEngine(options);
    return storeRecord(engine);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

assert(VERSIONS.length > 0, "no version has a fixture");
for (const version of VERSIONS) {
  for (const name of ["agent", "ltn"] as const) {
    Deno.test(`every message that the ${name} of ${version} heard is read today, and means the same`, () => {
      const heard = heardOf(traceOf(version, name));
      for (const { topic, text } of heard) {
        const decoded = decodeEnvelope(ENCODER.encode(text), DEFAULT_REGISTRY);
        assert(decoded.kind === "message", `${topic}: ${JSON.stringify(decoded)}`);
        const named = decodeTopic(topic);
        assert.equal(named.kind === "topic" && named.type, decoded.message.type);
        assert.deepEqual(decoded.message.payload, (JSON.parse(text) as { readonly Payload: unknown }).Payload, topic);
      }
      assert(heard.length > 30, `${heard.length} messages`);
    });

    const change = CHANGED[`${version} ${name}`];
    Deno.test({
      name: `the ${name} of today makes the moves of ${version} on its wire${change ? ` (changed: ${change})` : ""}`,
      ignore: change !== undefined,
      fn() {
        const lines = traceOf(version, name);
        const { moves } = replay(lines, name);
        assert.deepEqual(moves, movesOf(lines));
        assert(moves.length > 10, `${moves.length} moves`);
      },
    });
  }

  Deno.test(`an LTN of today applies every event of an agent of ${version}, once, as it was sent`, () => {
    const lines = traceOf(version, "ltn");
    const { node } = replay(lines, "ltn");
    const events = heardOf(lines).filter(({ text }) => text.includes('"TypeName":"gridworks.event'));
    const sent = new Map(events.map(({ text }) => {
      const { Payload } = JSON.parse(text) as { readonly Payload: { readonly MessageId: string } };
      return [Payload.MessageId, JSON.stringify(Payload)] as const;
    }));
    assert(sent.size > 25, `${sent.size} events`);
    for (const [id, text] of sent) assert.equal(DECODER.decode(node.ledger.applied.get(id)), text, id);
  });

  Deno.test(`the store of an agent of ${version} is opened today, and holds what it held`, () => {
    const found = openDump(textOf(version, "agent_store.sql"));
    const { rows, kept, journal } = recordOf(version);
    const withoutSeq = (record: StoreRecord["rows"]) => record.map(({ seq: _, ...row }) => row);
    assert.deepEqual(withoutSeq(found.rows), withoutSeq(rows));
    assert.deepEqual([found.kept, found.journal], [kept, journal]);
    assert(rows.length > 10 && kept.length > 0 && journal.length > 0);
  });

  Deno.test(`an agent of today goes on where ${version} ended, and delivers its backlog`, () => {
    const record = recordOf(version);
    const stage = makeStage((broker) => broker);
    const [agent, ltn] = [stage.node("agent"), stage.node("ltn")];
    const engine = agent.ledger.wrap(agent.disk.openEngine());
    engine.open("recorded", 1);
    engine.commit([txnOf(record)]);
    agent.start();
    ltn.start();
    stage.clock.run(60_000);
    for (const { messageId, text } of record.rows) {
      assert.equal(DECODER.decode(ltn.ledger.applied.get(messageId)), text, messageId);
    }
    const known = new Set(record.rows.map(({ messageId }) => messageId));
    const problems = [...agent.ledger.events.values()].filter(({ messageId, bytes }) =>
      !known.has(messageId) && DECODER.decode(bytes).includes(PROBLEM) && !DECODER.decode(bytes).includes("load ")
    );
    assert.deepEqual(problems.map(({ bytes }) => DECODER.decode(bytes)), []);
    assert.deepEqual([agent.ledger.faults, ltn.ledger.faults], [[], []]);
  });
}
