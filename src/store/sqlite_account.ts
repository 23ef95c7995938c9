import { EnvironmentError } from "../core/errors.ts";
import type { Account } from "./account.ts";
import type { SqlDatabase } from "./sql_port.ts";

function nameOwner(db: SqlDatabase, name: string): number {
  db.prepare(
    "INSERT OR IGNORE INTO owners(owner, last_seq, applied, pending_bytes, boot, life) VALUES(?, 0, 0, 0, '', 0)",
  )
    .run(name);
  return db.prepare("SELECT id FROM owners WHERE owner=?").get(name)!.id as number;
}

/** The account as the file has it, without a look at the rows of events. */
export function readAccount(db: SqlDatabase, owner: number): Account {
  const row = db.prepare("SELECT last_seq, applied, pending_bytes FROM owners WHERE id=?").get(owner)!;
  const sums = db.prepare(
    `SELECT ifnull(sum(generated), 0) AS generated, ifnull(sum(acked), 0) AS acked,
       ifnull(sum(tombstoned), 0) AS tombstoned FROM counters WHERE owner=?`,
  ).get(owner)!;
  const readings = db.prepare("SELECT count(*) AS n FROM journal WHERE owner=?").get(owner)!;
  return {
    lastSeq: row.last_seq as number,
    generated: sums.generated as number,
    acked: sums.acked as number,
    tombstoned: sums.tombstoned as number,
    applied: row.applied as number,
    pendingBytes: row.pending_bytes as number,
    journalRows: readings.n as number,
  };
}

/** Names the owner in the file and loads its account. @throws {Error} When rows and counters disagree. */
export function loadAccount(db: SqlDatabase, name: string): { owner: number; account: Account } {
  const owner = nameOwner(db, name);
  const account = readAccount(db, owner);
  const rows = db.prepare("SELECT count(*) AS n FROM events WHERE owner=?").get(owner)!;
  if (account.generated !== account.acked + account.tombstoned + (rows.n as number)) {
    throw new EnvironmentError(
      `Cannot use the store of "${name}" as generated must be acked + tombstoned + pending: found ` +
        `${account.generated}, ${account.acked}, ${account.tombstoned}, ${rows.n}`,
      "SQLITE_CORRUPT",
    );
  }
  return { owner, account };
}
