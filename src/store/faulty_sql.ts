import type { SqlDatabase, SqlStatement, SqlValue } from "./sql_port.ts";

/** How a planned failure ends, as SQLite may do either: the statement alone fails, or the whole transaction with it. */
export type FailedCall = "statement" | "transaction" | "answer";

/** Databases whose n-th call fails, to try every place at which a store touches its file. For tests. */
export interface FaultySql {
  open(path: string, readOnly?: boolean): SqlDatabase;
  /**
   * Lets the n-th call from now on fail (1 is the next), with one of SQLite's result numbers. "answer": the call is
   * carried out, and fails all the same, as a COMMIT may.
   */
  failCall(n: number, errcode: number, how?: FailedCall): void;
  /** Every call fails from the n-th on, until `heal`. */
  failFrom(n: number, errcode: number): void;
  heal(): void;
  /** Calls so far, failed ones too, and failures among them. */
  readonly calls: number;
  readonly failures: number;
}

/** @param openReal Opens the database behind. */
export function faultySql(openReal: (path: string, readOnly?: boolean) => SqlDatabase): FaultySql {
  let calls = 0, failures = 0;
  let failAt = Infinity, isLasting = false, errcode = 0;
  let how: FailedCall = "statement";

  function failed(): Error {
    failures++;
    return Object.assign(new Error(`planned failure ${errcode}`), { errcode });
  }

  function call<T>(db: SqlDatabase, work: () => T): T {
    calls++;
    const isPlanned = isLasting ? calls >= failAt : calls === failAt;
    if (!isPlanned) return work();
    if (how === "answer") work();
    if (how === "transaction") rollback(db);
    throw failed();
  }

  function statement(db: SqlDatabase, real: SqlStatement): SqlStatement {
    return {
      run: (...values: SqlValue[]) => call(db, () => real.run(...values)),
      get: (...values: SqlValue[]) => call(db, () => real.get(...values)),
      all: (...values: SqlValue[]) => call(db, () => real.all(...values)),
      iterate: (...values: SqlValue[]) => call(db, () => real.iterate(...values)),
    };
  }

  function plan(n: number, code: number, ends: FailedCall, lasts: boolean): void {
    failAt = calls + n;
    errcode = code;
    how = ends;
    isLasting = lasts;
  }

  return {
    open(path, readOnly) {
      const db = openReal(path, readOnly);
      return {
        exec: (sql) => call(db, () => db.exec(sql)),
        prepare: (sql) => statement(db, db.prepare(sql)),
        close: () => db.close(),
      };
    },
    failCall: (n, code, ends = "statement") => plan(n, code, ends, false),
    failFrom: (n, code) => plan(n, code, "statement", true),
    heal: () => plan(Infinity, 0, "statement", false),
    get calls() {
      return calls;
    },
    get failures() {
      return failures;
    },
  };
}

function rollback(db: SqlDatabase): void {
  try {
    db.exec("ROLLBACK");
  } catch {
    // There was no transaction: the call is one of those outside.
  }
}
