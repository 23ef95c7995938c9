/** Severity of a record, as the field uses it. */
export type LogLevel = "debug" | "info" | "warn" | "error";

/** One log record: an event name "part.what" and its fields, never a sentence. */
export interface LogRecord {
  readonly level: LogLevel;
  readonly event: `${string}.${string}`;
  /** A peer asked for it: it is written whatever least level is set. */
  readonly wanted?: true;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
}
