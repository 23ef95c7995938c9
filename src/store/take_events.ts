import type { Account } from "./account.ts";
import { eventId } from "./event_place.ts";
import { numberRuns } from "./number_runs.ts";
import type { Lane } from "./port.ts";
import type { SqlDatabase } from "./sql_port.ts";
import type { SqliteCounters } from "./sqlite_counters.ts";

/** Where the row of an ack is looked for: in lane 2 are most. */
const ACK_ORDER: readonly Lane[] = [2, 3, 1, 0];

/** Takes events out of the file and counts them. Runs inside the engine's transaction. */
export interface TakeEvents {
  /** Deletes acked rows; an unknown seq changes nothing. */
  ack(account: Account, seqs: readonly number[]): void;
  /** Deletes a row that is given up. @returns Its class, or undefined when there is no such row. */
  giveUp(account: Account, id: number): string | undefined;
}

function prepareAll(db: SqlDatabase) {
  return {
    // Two statements take less time than one that returns what it deletes.
    look: db.prepare("SELECT class, length(bytes) AS size FROM events WHERE id=?"),
    remove: db.prepare("DELETE FROM events WHERE id=?"),
    sums: db.prepare(
      "SELECT class, count(*) AS n, sum(length(bytes)) AS size FROM events WHERE id BETWEEN ? AND ? GROUP BY class",
    ),
    removeRun: db.prepare("DELETE FROM events WHERE id BETWEEN ? AND ?"),
  };
}

/** Prepares the statements. @param owner Number of the owner in `owners`. */
export function takeEvents(db: SqlDatabase, owner: number, counters: SqliteCounters): TakeEvents {
  const sql = prepareAll(db);

  /** Takes a row out, and counts it as one that was acked or given up. */
  function take(account: Account, id: number, what: "acked" | "tombstoned"): string | undefined {
    const found = sql.look.get(id);
    if (!found) return undefined;
    const size = found.size as number, name = found.class as string;
    sql.remove.run(id);
    account.pendingBytes -= size;
    account[what]++;
    counters.add(name, { [what]: 1, bytes: -size });
    return name;
  }
  /** Takes the rows of a run of ids out, and counts them as acked. @returns How many there were. */
  function ackRun(account: Account, firstId: number, lastId: number): number {
    if (firstId === lastId) return take(account, firstId, "acked") === undefined ? 0 : 1;
    let found = 0;
    for (const { class: name, n, size } of sql.sums.all(firstId, lastId)) {
      const acked = n as number, bytes = size as number;
      account.pendingBytes -= bytes;
      account.acked += acked;
      counters.add(name as string, { acked, bytes: -bytes });
      found += acked;
    }
    if (found > 0) sql.removeRun.run(firstId, lastId);
    return found;
  }

  return {
    ack(account, seqs) {
      for (const [first, last] of numberRuns(seqs)) {
        let left = last - first + 1;
        for (const lane of ACK_ORDER) {
          if (left > 0) left -= ackRun(account, eventId(owner, lane, first), eventId(owner, lane, last));
        }
      }
    },
    giveUp: (account, id) => take(account, id, "tombstoned"),
  };
}
