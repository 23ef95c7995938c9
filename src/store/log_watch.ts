import { statSync } from "node:fs";
import { EnvironmentError } from "../core/errors.ts";

/** The log is looked at after so many commits, or so many bytes in them: a look takes as long as a commit. */
const LOOK_COMMITS = 16;
const LOOK_BYTES = 262_144;
/** Looks in a row at which the log is over its bound and longer than before, until that is a problem. */
const GROWING_LOOKS = 4;
/** It is told again when the log has become so many times as long. */
const TELL_AGAIN = 2;

/** Watches the write-ahead log: it cannot start anew while another process reads the file. */
export interface LogWatch {
  /**
   * After a commit.
   *
   * @param addedBytes What the commit added, about.
   * @returns What people should know, once, and again when it gets much worse.
   */
  committed(addedBytes: number): EnvironmentError | undefined;
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    // A commit is durable whether its log can be looked at or not.
    return 0;
  }
}

/** @param bytesMax Bytes over which a log that keeps growing is a problem. */
export function logWatch(path: string, bytesMax: number, logBytes = sizeOf): LogWatch {
  let commits = 0, added = 0, before = 0, growing = 0, toldBytes = 0;

  function look(): EnvironmentError | undefined {
    const bytes = logBytes(`${path}-wal`);
    growing = bytes > Math.max(before, bytesMax) ? growing + 1 : 0;
    before = bytes;
    if (bytes <= bytesMax) toldBytes = 0;
    if (growing < GROWING_LOOKS || bytes <= TELL_AGAIN * toldBytes) return undefined;
    toldBytes = bytes;
    return new EnvironmentError(
      `Cannot keep the log of store "${path}" within ${bytesMax} bytes as no other process may hold the file open in ` +
        `a read: found ${bytes} bytes; commits go on`,
      "ELOGSIZE",
    );
  }

  return {
    committed(addedBytes) {
      commits++;
      added += addedBytes;
      if (path === ":memory:" || (commits < LOOK_COMMITS && added < LOOK_BYTES)) return undefined;
      commits = 0;
      added = 0;
      return look();
    },
  };
}
