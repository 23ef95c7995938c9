/** Records the traces and the store of this version: `deno run -A tests/sim/make_fixtures.ts`. Only for a release; see the README beside. */
import { DatabaseSync } from "node:sqlite";
import manifest from "../../deno.json" with { type: "json" };
import type { NodeName } from "../../src/testing/fault_plan.ts";
import { openSqliteEngine } from "../../src/store/sqlite_engine.ts";
import { makeStage, playStory } from "./recorded_story.ts";
import { dumpSql } from "./sql_dump.ts";
import { type StoreRecord, storeRecord, txnOf } from "./store_record.ts";
import { recordingBroker, type WireLine } from "./wire_record.ts";
import type { SimulatedBroker } from "../../src/testing/simulated_broker.ts";

/** When the agent's store is written down: in the outage, with a backlog. */
const STORE_MS = 125_000;

function recordTrace(name: NodeName): readonly WireLine[] {
  const lines: WireLine[] = [];
  const write = (line: WireLine) => void lines.push(line);
  let broker: SimulatedBroker | undefined;
  const stage = makeStage((inner, clock) => broker = recordingBroker(inner, clock, { client: name, write }));
  const own = stage.node(name, write);
  const peer = stage.node(name === "agent" ? "ltn" : "agent");
  own.start();
  peer.start();
  playStory(stage, broker!, peer);
  return lines;
}

function recordStore(): StoreRecord {
  const stage = makeStage((broker) => broker);
  const agent = stage.node("agent");
  agent.start();
  stage.clock.runUntil(STORE_MS);
  // Ids count up from the same first one in every story: those of a record are of a boot of their own.
  const text = JSON.stringify(storeRecord(agent.disk.openEngine())).replaceAll("-4000-8000-", "-4000-8aaa-");
  return JSON.parse(text) as StoreRecord;
}

/** The record as a file of this version's schema, as SQL text. */
function storeSql(record: StoreRecord): string {
  const folder = Deno.makeTempDirSync();
  try {
    const path = `${folder}/store.db`;
    const options = {
      path,
      owner: "agent",
      bytesMax: 50_000_000,
      wallMs: () => 1_763_683_200_000,
      newId: () => STORE_ID,
    };
    using engine = openSqliteEngine(options);
    engine.open("recorded", 1);
    engine.commit([txnOf(record)]);
    engine[Symbol.dispose]();
    using db = new DatabaseSync(path, { readOnly: true });
    return dumpSql(db);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const STORE_ID = "00000000-0000-4000-8000-000000000000";

if (import.meta.main) {
  const folder = new URL(`fixtures/${manifest.version}/`, import.meta.url);
  Deno.mkdirSync(folder, { recursive: true });
  for (const name of ["agent", "ltn"] as const) {
    const text = recordTrace(name).map((line) => `${JSON.stringify(line)}\n`).join("");
    Deno.writeTextFileSync(new URL(`${name}_wire.jsonl`, folder), text);
  }
  const record = recordStore();
  Deno.writeTextFileSync(new URL("agent_store.jsonl", folder), `${JSON.stringify(record)}\n`);
  Deno.writeTextFileSync(new URL("agent_store.sql", folder), storeSql(record));
}
