import { EnvironmentError, errorText } from "../core/errors.ts";

/** A value that SQLite keeps. */
export type SqlValue = null | number | string | Uint8Array;
/** One row by column name. */
export type SqlRow = Readonly<Record<string, SqlValue>>;

/** A prepared statement, as much of it as the store uses. */
export interface SqlStatement {
  run(...values: SqlValue[]): unknown;
  get(...values: SqlValue[]): SqlRow | undefined;
  all(...values: SqlValue[]): SqlRow[];
  iterate(...values: SqlValue[]): Iterable<SqlRow>;
}

/** One open database. Only `sqlite_open.ts` knows the library behind it. */
export interface SqlDatabase {
  exec(sql: string): void;
  prepare(sql: string): SqlStatement;
  close(): void;
}

/** SQLite's primary result codes that the store meets, by number: https://www.sqlite.org/rescode.html */
const RESULT_CODES: Readonly<Record<number, string>> = {
  1: "SQLITE_ERROR",
  5: "SQLITE_BUSY",
  6: "SQLITE_LOCKED",
  8: "SQLITE_READONLY",
  10: "SQLITE_IOERR",
  11: "SQLITE_CORRUPT",
  13: "SQLITE_FULL",
  14: "SQLITE_CANTOPEN",
  19: "SQLITE_CONSTRAINT",
  26: "SQLITE_NOTADB",
};

/** The runtime gives no number for failures of `exec` and of opening: then the library's own wording decides. */
const RESULT_WORDS: readonly (readonly [RegExp, string])[] = [
  [/not a database/, "SQLITE_NOTADB"],
  [/malformed/, "SQLITE_CORRUPT"],
  [/is full/, "SQLITE_FULL"],
  [/readonly/, "SQLITE_READONLY"],
  [/I\/O error/, "SQLITE_IOERR"],
  [/is locked/, "SQLITE_BUSY"],
  [/unable to open/, "SQLITE_CANTOPEN"],
  [/requires (read|write) access/i, "EACCES"],
];

/** SQLite's name for what was thrown, for example "SQLITE_FULL"; a system code or "SQLITE_ERROR" when it has none. */
export function sqlCode(thrown: unknown): string {
  if (thrown instanceof EnvironmentError) return thrown.code;
  const { errcode, code } = (thrown ?? {}) as { errcode?: unknown; code?: unknown };
  if (typeof errcode === "number") return RESULT_CODES[errcode & 0xff] ?? `SQLITE_${errcode & 0xff}`;
  const text = errorText(thrown);
  for (const [words, name] of RESULT_WORDS) if (words.test(text)) return name;
  return typeof code === "string" && !code.startsWith("ERR_") ? code : "SQLITE_ERROR";
}

/** Whether a code says that the file itself is damaged. */
export function isDamage(code: string): boolean {
  return code === "SQLITE_CORRUPT" || code === "SQLITE_NOTADB";
}

/** Turns what SQLite threw into the error of the operator. @param what For example `commit to store "/x"`. */
export function sqlFailed(what: string, thrown: unknown): EnvironmentError {
  if (thrown instanceof EnvironmentError) return thrown;
  const code = sqlCode(thrown);
  return new EnvironmentError(`Cannot ${what} as SQLite refused: ${code}, ${errorText(thrown)}`, code, {
    cause: thrown,
  });
}

/**
 * Rolls back what is left of a transaction that failed: SQLite does so by itself after some failures.
 *
 * @returns What stopped it: then the transaction is still there.
 */
export function rollBack(rollback: () => void): unknown {
  try {
    rollback();
    return undefined;
  } catch (thrown) {
    return /no transaction is active/.test(String(thrown)) ? undefined : thrown;
  }
}

/** A row whose columns have the names and types of the port's row, as plain data. */
export function rowAs<Row>(row: SqlRow): Row {
  return { ...row } as Row;
}
