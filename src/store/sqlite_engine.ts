import { type Account, countersOf, TOMBSTONE_DAY_MS } from "./account.ts";
import type { AgeMarks } from "./age_marks.ts";
import { commitAnswer } from "./commit_answer.ts";
import { damagedRows } from "./damaged_rows.ts";
import { type LogWatch, logWatch } from "./log_watch.ts";
import {
  type Counters,
  type FromStore,
  type RecoveredStore,
  type StoreEngine,
  type StoreTxn,
  txnBytes,
} from "./port.ts";
import { finishReplacement, replaceDamaged } from "./replace_damaged.ts";
import { type Salvage, salvageFrom } from "./salvage.ts";
import { isDamage, rollBack, sqlCode, type SqlDatabase, sqlFailed } from "./sql_port.ts";
import { readAccount } from "./sqlite_account.ts";
import { type SqliteEvents, sqliteEvents } from "./sqlite_events.ts";
import { type SqliteInbox, sqliteInbox } from "./sqlite_inbox.ts";
import { type SqliteRows, sqliteRows } from "./sqlite_rows.ts";
import { ageKey, openStoreFile, type StoreFile, type StoreFileOptions } from "./store_file.ts";
import type { StoreRoom } from "./store_room.ts";

/** What the SQLite engine is made from. */
export interface SqliteEngineOptions extends StoreFileOptions {
  /** Most payload bytes of pending events. */
  readonly bytesMax: number;
  /** Wall clock in ms: lifetimes, days of tombstones, name of a damaged file. */
  wallMs(): number;
  /** Runs inside the transaction, before its COMMIT: what it writes is part of it, what it throws fails it. */
  beforeCommit?(db: SqlDatabase): void;
}

/** The SQLite engine, and what happened when its file was opened. */
export interface SqliteEngine extends StoreEngine {
  /** Where the damaged file was moved to, when there was one. */
  readonly recovered?: string;
  /** Rows read from the damaged file into the new one; unknown when an earlier start had read them and was cut short. */
  readonly salvaged?: Salvage;
}

interface EngineParts {
  readonly events: SqliteEvents;
  readonly rows: SqliteRows;
  readonly inbox: SqliteInbox;
}

/** One transaction of the proactor, inside the engine's. Every effect is idempotent: a txn may come twice. */
function applyTxn(txn: StoreTxn, account: Account, parts: EngineParts): void {
  const { events, rows, inbox } = parts;
  for (const row of txn.append) events.append(account, row);
  if (txn.deletes.length > 0) events.ack(account, txn.deletes);
  for (const row of txn.keep) rows.keep(row);
  for (const row of txn.inbox) inbox.apply(account, row);
  for (const row of txn.journal) rows.journal(account, row);
  if (txn.journalClearBeforeWallMs !== undefined) rows.journalClear(account, txn.journalClearBeforeWallMs);
}

/** Prepared, as the runtime tells SQLite's number only for prepared statements. */
function prepareCommit(db: SqlDatabase) {
  return {
    begin: db.prepare("BEGIN IMMEDIATE"),
    applied: db.prepare("UPDATE owners SET applied=? WHERE id=?"),
    commit: db.prepare("COMMIT"),
    rollback: db.prepare("ROLLBACK"),
    age: db.prepare(
      "INSERT INTO meta(key, value) VALUES(?, ?) ON CONFLICT(key) DO UPDATE SET value=excluded.value",
    ),
  };
}

function bytesOf(txns: readonly StoreTxn[]): number {
  return txns.reduce((sum, txn) => sum + txnBytes(txn), 0);
}

function recoveredStore({ movedTo, salvaged }: { movedTo: string; salvaged?: Salvage }): RecoveredStore {
  if (salvaged === undefined) return { movedTo };
  const rows = Object.values(salvaged.rows).reduce((sum, count) => sum + count, 0);
  return { movedTo, carriedOver: { rows, eventsLost: salvaged.eventsLost } };
}

class SqliteStore implements SqliteEngine {
  readonly recovered?: string;
  readonly salvaged?: Salvage;
  readonly #options: SqliteEngineOptions;
  readonly #db: SqlDatabase;
  readonly #parts: EngineParts;
  readonly #sql: ReturnType<typeof prepareCommit>;
  readonly #owner: number;
  readonly #room: StoreRoom;
  readonly #ages: AgeMarks | undefined;
  readonly #log: LogWatch;
  readonly #answer = commitAnswer();
  #account: Account;
  #isDoubtful = false;
  /** Told to each life until one has written something. */
  #untold: RecoveredStore | undefined;
  #closed = false;

  constructor(options: SqliteEngineOptions, opened: StoreFile, damage?: { movedTo: string; salvaged?: Salvage }) {
    this.#options = options;
    this.#db = opened.db;
    this.#owner = opened.owner;
    this.#account = opened.account;
    const { db, owner } = opened;
    this.#parts = { events: sqliteEvents(db, owner), rows: sqliteRows(db, owner), inbox: sqliteInbox(db, owner) };
    this.#sql = prepareCommit(opened.db);
    this.#room = opened.room;
    this.#ages = opened.ages;
    this.#log = logWatch(options.path, opened.room.logBytes);
    if (damage) {
      this.recovered = damage.movedTo;
      if (damage.salvaged) this.salvaged = damage.salvaged;
      this.#untold = recoveredStore(damage);
    }
  }

  open(boot: string, life: number): Extract<FromStore, { kind: "opened" }> {
    return this.#guard("read", () => {
      this.#markLife(boot, life);
      const recovered = this.#untold;
      const { rows, inbox } = this.#parts;
      return {
        kind: "opened",
        boot,
        life,
        lastSeq: this.#account.lastSeq,
        kept: rows.kept(this.#options.wallMs()),
        counters: countersOf(this.#account),
        journal: rows.journalRows(),
        appliedIds: inbox.appliedIds(),
        ...(recovered === undefined ? {} : { recovered }),
      };
    });
  }

  commit(txns: readonly StoreTxn[]): readonly Extract<FromStore, { kind: "evicted" }>[] {
    return this.#guard("commit to", () => {
      if (this.#isDoubtful) this.#lookAgain();
      const account = { ...this.#account };
      this.#isDoubtful = true;
      try {
        this.#sql.begin.run();
        this.#room.begin();
        this.#parts.events.begin();
        for (const txn of txns) applyTxn(txn, account, this.#parts);
        this.#parts.inbox.finish();
        const evicted = this.#finishEvents(account, txns);
        const age = this.#ages?.note(account.lastSeq);
        if (age !== undefined) this.#sql.age.run(ageKey(this.#owner), age);
        if (account.applied !== this.#account.applied) this.#sql.applied.run(account.applied, this.#owner);
        countersOf(account);
        this.#options.beforeCommit?.(this.#db);
        this.#sql.commit.run();
        this.#account = account;
        this.#settled(txns, age !== undefined);
        return this.#answer.give(evicted);
      } catch (thrown) {
        rollBack(() => this.#sql.rollback.run());
        throw thrown;
      }
    });
  }

  read(request: Parameters<StoreEngine["read"]>[0]): Extract<FromStore, { kind: "rows" }> {
    return this.#guard("read", () => {
      const { events } = this.#parts;
      const before = events.damagedCount;
      const rows = events.read(request);
      const found = events.damagedCount - before;
      if (found > 0) this.#answer.alarm(damagedRows(this.#options.path, found));
      return rows;
    });
  }

  inboxList(newest: number): ReturnType<StoreEngine["inboxList"]> {
    return this.#guard("read", () => this.#parts.inbox.list(newest));
  }

  counters(): Counters {
    return countersOf(this.#account);
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#db.close();
  }

  /** A commit is durable. */
  #settled(txns: readonly StoreTxn[], isAgeSaved: boolean): void {
    this.#isDoubtful = false;
    this.#untold = undefined;
    this.#parts.events.settled();
    if (isAgeSaved) this.#ages?.saved();
    this.#answer.alarm(this.#log.committed(bytesOf(txns)));
  }

  /** A disk that takes nothing must not keep the house from starting. */
  #markLife(boot: string, life: number): void {
    try {
      this.#db.prepare("UPDATE owners SET boot=?, life=?, last_seq=? WHERE id=?")
        .run(boot, life, this.#account.lastSeq, this.#owner);
    } catch (thrown) {
      if (isDamage(sqlCode(thrown))) throw thrown;
    }
  }

  #finishEvents(account: Account, txns: readonly StoreTxn[]): ReturnType<StoreEngine["commit"]> {
    const { bytesMax, wallMs } = this.#options;
    return this.#parts.events.finish(account, {
      bytesMax,
      agedSeq: this.#ages?.agedSeq() ?? 0,
      isOver: (eventBytes) => this.#room.isOver(eventBytes),
      addedBytes: () => bytesOf(txns),
      day: Math.floor(wallMs() / TOMBSTONE_DAY_MS),
    });
  }

  /**
   * After a failed commit: a transaction that could not be rolled back must not stop all later ones, and one that was
   * written although the disk said no must not be written again.
   */
  #lookAgain(): void {
    const stuck = rollBack(() => this.#sql.rollback.run());
    if (stuck !== undefined) throw stuck;
    this.#account = readAccount(this.#db, this.#owner);
    this.#parts.inbox.lookAgain();
    this.#isDoubtful = false;
  }

  #guard<T>(verb: string, work: () => T): T {
    const { path } = this.#options;
    if (this.#closed) throw new TypeError(`Cannot ${verb} store "${path}" as it must be open: it is closed`);
    try {
      return work();
    } catch (thrown) {
      throw sqlFailed(`${verb} store "${path}"`, thrown);
    }
  }
}

/** Writes a new store with what can be read of a damaged one. @param draft Path of the new one; closed at the end. */
function salvageTo(draft: string, options: SqliteEngineOptions): Salvage {
  const { db } = openStoreFile({ ...options, path: draft });
  try {
    return salvageFrom(options.path, db, options.open);
  } finally {
    db.close();
  }
}

/**
 * Opens the store of one owner. A damaged file is moved aside to `<path>.damaged-<wallMs>`, what can be read of it is
 * carried over, and `recovered` says so. A start that is cut short while it does that is finished by the next one.
 *
 * @throws {EnvironmentError} "ESCHEMA" when a newer program wrote the file; "ENOTSTORE" when it is no Hearth store;
 *   SQLite's code when the path cannot be read or written.
 */
export function openSqliteEngine(options: SqliteEngineOptions): SqliteEngine {
  const { path } = options;
  const isFile = path !== ":memory:";
  try {
    const movedTo = isFile ? finishReplacement(path, options.wallMs()) : undefined;
    return new SqliteStore(options, openStoreFile(options), movedTo === undefined ? undefined : { movedTo });
  } catch (thrown) {
    if (!isFile || !isDamage(sqlCode(thrown))) throw sqlFailed(`open store "${path}"`, thrown);
  }
  try {
    const { movedTo, made } = replaceDamaged(path, options.wallMs(), (draft) => salvageTo(draft, options));
    return new SqliteStore(options, openStoreFile(options), { movedTo, salvaged: made });
  } catch (thrown) {
    throw sqlFailed(`replace damaged store "${path}"`, thrown);
  }
}
