import { type BoundedQueue, boundedQueue } from "../core/bounded_queue.ts";
import { type Account, INBOX_ROWS_MAX, stampMs } from "./account.ts";
import { numberRuns } from "./number_runs.ts";
import type { InboxRow } from "./port.ts";
import { rowAs, type SqlDatabase } from "./sql_port.ts";

/** The inbox of one owner in SQLite. Runs inside the engine's transaction. */
export interface SqliteInbox {
  /** Adds an applied event, unless that peer's id is known already. */
  apply(account: Account, row: InboxRow): void;
  /** The last step of a transaction: deletes the oldest rows of a peer that has too many. */
  finish(): void;
  /** A commit failed: what is known of the file may not be so. */
  lookAgain(): void;
  /** Newest rows, oldest of them first. */
  list(newest: number): readonly InboxRow[];
  appliedIds(): readonly string[];
}

/** What the file holds of one peer. */
interface PeerRows {
  readonly known: Set<string>;
  /** Oldest first. */
  readonly rows: BoundedQueue<{ readonly id: number; readonly messageId: string }>;
  lastN: number;
}

interface IndexRow {
  readonly id: number;
  readonly peer: string;
  readonly n: number;
  readonly messageId: string;
}

function statements(db: SqlDatabase) {
  return {
    index: db.prepare("SELECT id, peer, n, message_id AS messageId FROM inbox WHERE owner=? ORDER BY id"),
    apply: db.prepare(
      `INSERT INTO inbox(owner, peer, n, message_id, type, received_wall_ms, bytes) VALUES(?, ?, ?, ?, ?, ?, ?)`,
    ),
    forget: db.prepare("DELETE FROM inbox WHERE id BETWEEN ? AND ?"),
    list: db.prepare(
      `SELECT peer, message_id AS messageId, type, received_wall_ms AS receivedWallMs, bytes
       FROM inbox WHERE owner=? ORDER BY id DESC LIMIT ?`,
    ),
    ids: db.prepare("SELECT message_id FROM inbox WHERE owner=? ORDER BY id DESC LIMIT ?"),
  };
}

function rowId(inserted: unknown): number {
  return Number((inserted as { lastInsertRowid: number | bigint }).lastInsertRowid);
}

/**
 * Prepares the inbox. Its index by peer and id is in memory: ids are random, so that an index in the file would write a
 * page for each of them.
 *
 * @param owner Number of the owner in `owners`.
 */
export function sqliteInbox(db: SqlDatabase, owner: number): SqliteInbox {
  const sql = statements(db);
  let peers: Map<string, PeerRows> | undefined;
  /** Ids of rows that go with the transaction. */
  let tooOld: number[] = [];

  function of(all: Map<string, PeerRows>, peer: string): PeerRows {
    const there = all.get(peer);
    if (there !== undefined) return there;
    const made: PeerRows = { known: new Set(), rows: boundedQueue(INBOX_ROWS_MAX + 1, "refuse"), lastN: 0 };
    all.set(peer, made);
    return made;
  }
  /** Notes a row of the file. @returns Id of the peer's oldest row when there are too many. */
  function note({ known, rows }: PeerRows, id: number, messageId: string): number | undefined {
    known.add(messageId);
    rows.push({ id, messageId });
    if (rows.size <= INBOX_ROWS_MAX) return undefined;
    const oldest = rows.shift()!;
    known.delete(oldest.messageId);
    return oldest.id;
  }
  function load(): Map<string, PeerRows> {
    const all = new Map<string, PeerRows>();
    for (const row of sql.index.all(owner)) {
      const { id, peer, n, messageId } = rowAs<IndexRow>(row);
      const rows = of(all, peer);
      note(rows, id, messageId);
      rows.lastN = Math.max(rows.lastN, n);
    }
    return all;
  }
  return {
    apply(account, { peer, messageId, type, receivedWallMs, bytes }) {
      peers ??= load();
      const rows = of(peers, peer);
      if (rows.known.has(messageId)) return;
      const made = sql.apply.run(owner, peer, ++rows.lastN, messageId, type, stampMs(receivedWallMs), bytes);
      const oldest = note(rows, rowId(made), messageId);
      if (oldest !== undefined) tooOld.push(oldest);
      account.applied++;
    },
    finish() {
      for (const [first, last] of numberRuns(tooOld)) sql.forget.run(first, last);
      tooOld = [];
    },
    lookAgain() {
      peers = undefined;
      tooOld = [];
    },
    list: (newest) => sql.list.all(owner, Math.max(0, newest)).map((row) => rowAs<InboxRow>(row)).reverse(),
    appliedIds: () => sql.ids.all(owner, INBOX_ROWS_MAX).map((row) => row.message_id as string).reverse(),
  };
}
