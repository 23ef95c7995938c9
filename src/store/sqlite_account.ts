import { EnvironmentError } from "../core/errors.ts";
import type { Account } from "./account.ts";
import { OWNER_MAX, ownerIds } from "./event_place.ts";
import type { SqlDatabase } from "./sql_port.ts";
import { seqsOf } from "./sqlite_events.ts";

function nameOwner(db: SqlDatabase, name: string): number {
  db.prepare("INSERT OR IGNORE INTO owners(owner, last_seq, applied, boot, life) VALUES(?, 0, 0, '', 0)").run(name);
  const owner = db.prepare("SELECT id FROM owners WHERE owner=?").get(name)!.id as number;
  if (owner <= OWNER_MAX) return owner;
  throw new EnvironmentError(
    `Cannot use the store for "${name}" as it can have at most ${OWNER_MAX} owners: found number ${owner}`,
    "ENOTSTORE",
  );
}

/** Whatever a restored or salvaged file has forgotten: no seq that any table knows is given again. */
function lastSeqOf(db: SqlDatabase, owner: number): number {
  const known = db.prepare(
    `SELECT max(ifnull((SELECT last_seq FROM owners WHERE id=?), 0),
       ifnull((SELECT max(last_seq) FROM counters WHERE owner=?), 0),
       ifnull((SELECT max(to_seq) FROM tombstones WHERE owner=?), 0)) AS n`,
  ).get(owner, owner, owner)!.n as number;
  return Math.max(known, ...([0, 1, 2, 3] as const).map((lane) => seqsOf(db, owner, lane).high));
}

/** The account as the file has it, without a look at each row of events. */
export function readAccount(db: SqlDatabase, owner: number): Account {
  const { applied } = db.prepare("SELECT applied FROM owners WHERE id=?").get(owner)!;
  const sums = db.prepare(
    `SELECT ifnull(sum(generated), 0) AS generated, ifnull(sum(acked), 0) AS acked,
       ifnull(sum(tombstoned), 0) AS tombstoned, ifnull(sum(pending_bytes), 0) AS bytes FROM counters WHERE owner=?`,
  ).get(owner)!;
  const readings = db.prepare("SELECT count(*) AS n FROM journal WHERE owner=?").get(owner)!;
  return {
    lastSeq: lastSeqOf(db, owner),
    generated: sums.generated as number,
    acked: sums.acked as number,
    tombstoned: sums.tombstoned as number,
    applied: applied as number,
    pendingBytes: sums.bytes as number,
    journalRows: readings.n as number,
  };
}

function checkRows(db: SqlDatabase, owner: number, name: string, account: Account): void {
  const rows = db.prepare(
    "SELECT count(*) AS n, ifnull(sum(length(bytes)), 0) AS bytes FROM events WHERE id BETWEEN ? AND ?",
  )
    .get(...ownerIds(owner))!;
  const { generated, acked, tombstoned, pendingBytes } = account;
  if (generated === acked + tombstoned + (rows.n as number) && pendingBytes === rows.bytes) return;
  throw new EnvironmentError(
    `Cannot use the store of "${name}" as generated must be acked + tombstoned + pending: found ` +
      `${generated}, ${acked}, ${tombstoned}, ${rows.n}, and ${rows.bytes} of ${pendingBytes} bytes`,
    "SQLITE_CORRUPT",
  );
}

/**
 * Names the owner in the file and loads its account.
 *
 * @param isWhole Whether to look at every row: files from some size on are not read through at a start.
 * @throws {EnvironmentError} "SQLITE_CORRUPT" when rows and counters disagree.
 */
export function loadAccount(db: SqlDatabase, name: string, isWhole: boolean): { owner: number; account: Account } {
  const owner = nameOwner(db, name);
  const account = readAccount(db, owner);
  if (isWhole) checkRows(db, owner, name, account);
  return { owner, account };
}
