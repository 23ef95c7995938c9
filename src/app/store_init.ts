import type { GroupCommitSettings } from "../store/group_commit.ts";

/** What the plan hands to a store worker. */
export interface StoreInit {
  /** Folder of the store, made when it is not there. */
  readonly folder: string;
  /** Owner of the rows; the file is `<owner>.sqlite`. */
  readonly owner: string;
  /** Most bytes of pending events. */
  readonly bytesMax: number;
  /** Most bytes of the file and its write-ahead log; at least 8 MiB. */
  readonly fileBytesMax?: number;
  /** Longest age of a pending event, in ms for which the store has run. */
  readonly ageMsMax?: number;
  readonly commit: GroupCommitSettings;
}
