import { DatabaseSync } from "node:sqlite";
import { errorText } from "../../src/core/errors.ts";
import type { EventRow, InboxRow } from "../../src/store/port.ts";
import { openSqliteEngine, type SqliteEngine } from "../../src/store/sqlite_engine.ts";
import { storeTxn } from "../../src/testing/mod.ts";
import { payloadOf } from "./mark.ts";
import type { StoreContent } from "./reference_store.ts";

/** Which store is opened, and with which bound. */
export interface StorePlace {
  readonly path: string;
  readonly owner: string;
  /** Most payload bytes of pending events. */
  readonly bytesMax: number;
}

/** A store as it was found; problems that need no comparison. */
export interface FoundStore {
  /** Undefined when it could not be opened. */
  readonly content?: StoreContent;
  /** Name of the damaged file that was set aside, if there was one. */
  readonly recovered?: string;
  readonly problems: readonly string[];
}

/** Wall clock of those who look, in ms; no kept value of the workload expires. */
const LOOK_WALL_MS = 1_763_683_200_000;
const ALL_LANES = [0, 1, 2, 3] as const;

function open({ path, owner, bytesMax }: StorePlace): SqliteEngine {
  return openSqliteEngine({ path, owner, bytesMax, newId: () => "found", wallMs: () => LOOK_WALL_MS });
}

function isIntact({ messageId, bytes }: EventRow | InboxRow): boolean {
  const expected = payloadOf(messageId, bytes.length);
  return bytes.every((byte, at) => byte === expected[at]);
}

function allEvents(engine: SqliteEngine): readonly EventRow[] {
  return engine.read({ kind: "read", id: 0, afterSeq: 0, lanes: ALL_LANES, rowsMax: 1e6, bytesMax: 1e12 }).rows;
}

function contentOf(engine: SqliteEngine, db: DatabaseSync): { content: StoreContent; damaged: number } {
  const { lastSeq, counters, kept, journal } = engine.open("look", 1);
  const events = allEvents(engine);
  const inbox = engine.inboxList(1e6);
  const tombstones = db.prepare("SELECT class, sum(count) AS count FROM tombstones GROUP BY class ORDER BY class")
    .all();
  const content = {
    lastSeq,
    counters,
    pending: events.map(({ bytes, ...row }) => ({ ...row, length: bytes.length })),
    kept,
    inbox: inbox.map(({ bytes, ...row }) => ({ ...row, length: bytes.length })),
    journal,
    tombstones: tombstones.map((row) => ({ class: String(row["class"]), count: Number(row["count"]) })),
  };
  return { content, damaged: [...events, ...inbox].filter((row) => !isIntact(row)).length };
}

/** What the file says of itself, beside what the engine makes of it. */
function fileProblems(db: DatabaseSync): string[] {
  const problems: string[] = [];
  const found = db.prepare("PRAGMA integrity_check(3)").all().map((row) => String(row["integrity_check"]));
  if (found.join() !== "ok") problems.push(`integrity_check: ${found.join("; ")}`);
  const twice = db.prepare("SELECT count(*) - count(DISTINCT owner || ' ' || seq) AS n FROM events").get()!;
  if (twice["n"] !== 0) problems.push(`${twice["n"]} seqs are in the file twice`);
  const pending = db.prepare(
    `SELECT pending_bytes - (SELECT ifnull(sum(length(bytes)), 0) FROM events e WHERE e.owner=c.owner AND e.class=c.class)
       AS n FROM counters c`,
  ).all();
  for (const { n } of pending) if (n !== 0) problems.push(`the account of pending bytes is off by ${n}`);
  return problems;
}

/** Opens a store, as a start after a cut would, and reads all of it. */
export function findStore(place: StorePlace): FoundStore {
  const problems: string[] = [];
  try {
    using engine = open(place);
    const db = new DatabaseSync(place.path);
    try {
      problems.push(...fileProblems(db));
      const { content, damaged } = contentOf(engine, db);
      if (damaged > 0) problems.push(`${damaged} payloads differ from what was stored`);
      return { content, problems, ...(engine.recovered === undefined ? {} : { recovered: engine.recovered }) };
    } finally {
      db.close();
    }
  } catch (thrown) {
    return { problems: [...problems, `the store does not open: ${errorText(thrown)}`] };
  }
}

/** Goes on with a store that was found: it takes an event, gives it back in its next life, and loses nothing for it. */
export function liveOn(place: StorePlace, found: StoreContent): readonly string[] {
  const seq = found.lastSeq + 1;
  const row = {
    seq,
    lane: 0,
    class: "class.0",
    messageId: "after-the-cut",
    bytes: payloadOf("after-the-cut", 0),
  } as const;
  const { pending, generated } = found.counters;
  try {
    {
      using engine = open(place);
      engine.open("next", 1);
      engine.commit([storeTxn(1, { append: [row] })]);
    }
    using engine = open(place);
    const { lastSeq, counters } = engine.open("next", 2);
    const isRight = lastSeq === seq && counters.pending === pending + 1 && counters.generated === generated + 1 &&
      allEvents(engine).at(-1)?.messageId === row.messageId;
    return isRight ? [] : [`an event after the cut is not kept: ${JSON.stringify({ lastSeq, counters })}`];
  } catch (thrown) {
    return [`the store does not live on: ${errorText(thrown)}`];
  }
}
