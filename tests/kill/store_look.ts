import { DatabaseSync } from "node:sqlite";
import type { Ledger, LoadReading } from "./load_types.ts";
import { isLoad, LEDGER_KEY, LOAD_SLOT_TYPE, type LoadEvent } from "./load_types.ts";

/** One event as a file holds it; `load` says which one of the load it is. */
export interface SeenEvent {
  readonly id: string;
  readonly load?: Pick<LoadEvent, "Life" | "N" | "Readings">;
}

/** The agent's file at one moment. */
export interface AgentLook {
  readonly generated: number;
  readonly acked: number;
  readonly tombstoned: number;
  /** Generated events of the load. */
  readonly loadGenerated: number;
  readonly pending: readonly SeenEvent[];
  readonly journal: readonly LoadReading[];
}

/** The LTN's file at one moment. */
export interface LtnLook {
  /** Events applied, in all lives, by the account. */
  readonly applied: number;
  /** Rows of the inbox after the one that was asked for; `n` is the row's number. */
  readonly rows: readonly (SeenEvent & { readonly n: number })[];
  readonly ledger: Ledger;
}

type Row = Readonly<Record<string, unknown>>;

/** Longest wait for a writer, in ms. */
const BUSY_MS = 5_000;

/** Reads in one transaction, so that all answers are of one moment; the file is never written. */
function inSnapshot<Found>(path: string, read: (all: (sql: string, ...args: number[]) => Row[]) => Found): Found {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    db.exec(`PRAGMA busy_timeout=${BUSY_MS}; BEGIN`);
    const found = read((sql, ...args) => db.prepare(sql).all(...args) as Row[]);
    db.exec("COMMIT");
    return found;
  } finally {
    db.close();
  }
}

function seen(id: unknown, type: unknown, bytes: unknown): SeenEvent {
  if (!isLoad(String(type))) return { id: String(id) };
  const { Life, N, Readings } = JSON.parse(new TextDecoder().decode(bytes as Uint8Array)) as LoadEvent;
  return { id: String(id), load: { Life, N, ...(type === LOAD_SLOT_TYPE ? { Readings: Readings ?? [] } : {}) } };
}

/** Looks into the agent's file. @throws {Error} SQLite's, when it is missing or damaged. */
export function lookAtAgent(path: string): AgentLook {
  return inSnapshot(path, (all) => {
    const [sums = {}] = all(
      `SELECT ifnull(sum(generated), 0) AS generated, ifnull(sum(acked), 0) AS acked,
         ifnull(sum(tombstoned), 0) AS tombstoned,
         ifnull(sum(CASE WHEN class LIKE 'gridworks.event.load%' THEN generated END), 0) AS load FROM counters`,
    );
    return {
      generated: Number(sums["generated"]),
      acked: Number(sums["acked"]),
      tombstoned: Number(sums["tombstoned"]),
      loadGenerated: Number(sums["load"]),
      pending: all("SELECT message_id, class, bytes FROM events ORDER BY seq")
        .map((row) => seen(row["message_id"], row["class"], row["bytes"])),
      journal: all("SELECT channel, value FROM journal").map((row) => [String(row["channel"]), Number(row["value"])]),
    };
  });
}

/** Looks into the LTN's file. @param afterN Number of the last row that is known already. @throws {Error} SQLite's. */
export function lookAtLtn(path: string, afterN: number): LtnLook {
  return inSnapshot(path, (all) => {
    const [owner = {}] = all("SELECT applied FROM owners");
    const [kept] = all(`SELECT value FROM state WHERE key='${LEDGER_KEY}'`);
    return {
      applied: Number(owner["applied"] ?? 0),
      rows: all("SELECT n, message_id, type, bytes FROM inbox WHERE n>? ORDER BY n", afterN)
        .map((row) => ({ n: Number(row["n"]), ...seen(row["message_id"], row["type"], row["bytes"]) })),
      ledger: kept === undefined ? { events: 0, sum: 0 } : JSON.parse(String(kept["value"])) as Ledger,
    };
  });
}
