import { statSync } from "node:fs";
import { EnvironmentError } from "../core/errors.ts";

/** Commits in a row that leave a log longer than the one before, and over its bound, until that is a problem. */
const GROWING_COMMITS = 8;
/** It is told again when the log has become so many times as long. */
const TELL_AGAIN = 2;

/** Watches the write-ahead log: it cannot start anew while another process reads the file. */
export interface LogWatch {
  /** After a commit. @returns What people should know, once, and again when it gets much worse. */
  look(): EnvironmentError | undefined;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** @param bytesMax Bytes over which a log that grows with each commit is a problem. */
export function logWatch(path: string, bytesMax: number, logBytes = sizeOf): LogWatch {
  let before = 0, growing = 0, toldBytes = 0;
  if (path === ":memory:") return { look: () => undefined };
  return {
    look() {
      const bytes = logBytes(`${path}-wal`);
      growing = bytes > Math.max(before, bytesMax) ? growing + 1 : 0;
      before = bytes;
      if (bytes <= bytesMax) toldBytes = 0;
      if (growing < GROWING_COMMITS || bytes <= TELL_AGAIN * toldBytes) return undefined;
      toldBytes = bytes;
      return new EnvironmentError(
        `Cannot keep the log of store "${path}" within ${bytesMax} bytes as no other process may hold the file open in ` +
          `a read: found ${bytes} bytes; commits go on`,
        "ELOGSIZE",
      );
    },
  };
}
