import { EnvironmentError } from "../core/errors.ts";

/** What people should know of rows whose checksum is wrong: the next commit gives them up. */
export function damagedRows(path: string, count: number): EnvironmentError {
  return new EnvironmentError(
    `Cannot send ${count} events of store "${path}" as their bytes must be what was written: found another checksum; ` +
      "each becomes a tombstone",
    "EBADROW",
  );
}
