/** A file or a peer gave us something we cannot use; whoever wrote it must act. */
export class OutsideDataError extends Error {
  override readonly name = "OutsideDataError";
}

/** Disk, network or kernel refused; the operator must act. */
export class EnvironmentError extends Error {
  override readonly name = "EnvironmentError";
  /** The system's code, for example "ENOSPC". */
  readonly code: string;
  constructor(message: string, code: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The text of anything that was thrown. */
export function errorText(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The code of anything that was thrown; "EINTERNAL" when it has none. */
export function errorCode(thrown: unknown): string {
  const { code } = (thrown ?? {}) as { code?: unknown };
  return typeof code === "string" ? code : "EINTERNAL";
}
