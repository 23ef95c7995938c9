import { invariant } from "../core/invariant.ts";
import type { Account } from "./account.ts";
import { eventId, eventPlace, SEQ_MAX } from "./event_place.ts";
import type { EventRow, FromStore, Lane, ToStore } from "./port.ts";
import { rowChecksum } from "./row_checksum.ts";
import type { SqlDatabase, SqlRow, SqlStatement } from "./sql_port.ts";
import { sqliteCounters } from "./sqlite_counters.ts";
import { type EvictBounds, sqliteEvict } from "./sqlite_evict.ts";
import { takeEvents } from "./take_events.ts";
import { windowCount } from "./window_count.ts";

/** Most damaged rows that are known at a time; further ones are found when these are gone. */
const DAMAGED_MAX = 1_024;

type Evicted = Extract<FromStore, { kind: "evicted" }>;
type ReadRequest = Extract<ToStore, { kind: "read" }>;
type ReadRows = Extract<FromStore, { kind: "rows" }>;

/** The events of one owner in SQLite, with their counters and tombstones. Runs inside the engine's transaction. */
export interface SqliteEvents {
  /** A transaction begins. */
  begin(): void;
  /** Adds a row, unless its seq is known already: then it was sent twice. */
  append(account: Account, row: EventRow): void;
  /** Deletes acked rows; an unknown seq changes nothing. */
  ack(account: Account, seqs: readonly number[]): void;
  /**
   * The last step of a transaction. Gives up what is damaged, then what is too old, then the oldest rows of the least
   * urgent lane, and writes the counters.
   */
  finish(account: Account, bounds: EvictBounds): readonly Evicted[];
  /** Rows whose checksum is wrong are left out. */
  read(request: ReadRequest): ReadRows;
  /** The transaction is durable. */
  settled(): void;
  /** Rows that were read with a wrong checksum and are still there. */
  readonly damagedCount: number;
}

interface Place {
  readonly id: number;
  readonly size: number;
}

function prepareAll(db: SqlDatabase) {
  return {
    insert: db.prepare("INSERT INTO events(id, class, message_id, checksum, bytes) VALUES(?, ?, ?, ?, ?)"),
    window: db.prepare(
      "SELECT id, length(bytes) AS size FROM events WHERE id>? AND id<=? ORDER BY id LIMIT ?",
    ),
    row: db.prepare("SELECT class, message_id AS messageId, checksum, bytes FROM events WHERE id=?"),
  };
}

function rowOf(id: number, { class: name, messageId, bytes }: SqlRow): EventRow {
  return { ...eventPlace(id), class: name as string, messageId: messageId as string, bytes: bytes as Uint8Array };
}

/** What may be in a window of these lanes, by seq. */
function placesOf(window: SqlStatement, owner: number, { lanes, afterSeq, rowsMax }: ReadRequest): readonly Place[] {
  const found = lanes.flatMap((lane) => {
    return window.all(eventId(owner, lane, afterSeq), eventId(owner, lane, SEQ_MAX), rowsMax + 1);
  }) as unknown as Place[];
  return lanes.length > 1 ? found.sort((a, b) => eventPlace(a.id).seq - eventPlace(b.id).seq) : found;
}

/** Prepares the event statements. @param owner Number of the owner in `owners`. */
export function sqliteEvents(db: SqlDatabase, owner: number): SqliteEvents {
  const sql = prepareAll(db);
  const counters = sqliteCounters(db, owner);
  const damaged = new Set<number>();

  const { ack, giveUp } = takeEvents(db, owner, counters);
  const evict = sqliteEvict(db, owner, giveUp);

  /** Undefined when the row is not what was written. */
  function intact({ id }: Place): EventRow | undefined {
    const raw = sql.row.get(id)!;
    const row = rowOf(id, raw);
    if (raw.checksum === rowChecksum(row)) return row;
    if (damaged.size < DAMAGED_MAX) damaged.add(id);
    return undefined;
  }

  return {
    get damagedCount() {
      return damaged.size;
    },
    settled: () => damaged.clear(),
    begin: () => counters.clear(),
    append(account, row) {
      const { lane, seq, class: name, messageId, bytes } = row;
      if (seq <= account.lastSeq) return;
      invariant(seq <= SEQ_MAX, `store: seq ${seq} is at most ${SEQ_MAX}`);
      sql.insert.run(eventId(owner, lane, seq), name, messageId, rowChecksum(row), bytes);
      counters.add(name, { generated: 1, bytes: bytes.length, seq });
      account.lastSeq = seq;
      account.generated++;
      account.pendingBytes += bytes.length;
    },
    ack,
    finish(account, bounds) {
      const evicted = evict(account, bounds, damaged);
      counters.write();
      return evicted;
    },
    read(request) {
      const { id, rowsMax, bytesMax } = request;
      for (let { afterSeq } = request;;) {
        const found = placesOf(sql.window, owner, { ...request, afterSeq });
        const count = windowCount(found.map((row) => row.size), rowsMax, bytesMax);
        const rows = found.slice(0, count).map(intact).filter((row) => row !== undefined);
        const end = count === found.length;
        // An answer without rows would say that there are none.
        if (rows.length > 0 || end) return { kind: "rows", id, rows, end };
        afterSeq = eventPlace(found[count - 1]!.id).seq;
      }
    },
  };
}

/** Lowest and highest seq of an owner in this lane, without a look at other rows. */
export function seqsOf(db: SqlDatabase, owner: number, lane: Lane): { readonly low: number; readonly high: number } {
  const run = [eventId(owner, lane, 0), eventId(owner, lane, SEQ_MAX)] as const;
  const low = db.prepare("SELECT min(id) AS id FROM events WHERE id BETWEEN ? AND ?").get(...run)!.id;
  const high = db.prepare("SELECT max(id) AS id FROM events WHERE id BETWEEN ? AND ?").get(...run)!.id;
  return low === null || high === null
    ? { low: 0, high: 0 }
    : { low: eventPlace(low as number).seq, high: eventPlace(high as number).seq };
}
