import {
  type EventRow,
  type InboxRow,
  type JournalRow,
  type KeepRow,
  type Lane,
  type StoreTxn,
  txnBytes,
} from "../store/port.ts";

/** Most rows that several steps of one turn put into one transaction. */
export const TURN_ROWS_MAX = 64;
/** Most bytes that they put into one, as every bound on what waits for the disk counts them. */
export const TURN_BYTES_MAX = 65_536;

/** What a step has written so far. */
export interface OpenTxn {
  lane: Lane;
  append: EventRow[];
  deletes: number[];
  keep: KeepRow[];
  inbox: InboxRow[];
  journal: JournalRow[];
  journalClearBeforeWallMs?: number;
}

/** Makes the rows of a step that has written nothing. */
export function emptyTxn(): OpenTxn {
  return { lane: 3, append: [], deletes: [], keep: [], inbox: [], journal: [] };
}

/** Whether a step has written nothing. */
export function isEmpty({ append, deletes, keep, inbox, journal, journalClearBeforeWallMs }: OpenTxn): boolean {
  return append.length + deletes.length + keep.length + inbox.length + journal.length === 0 &&
    journalClearBeforeWallMs === undefined;
}

function rowCount({ append, deletes, keep, inbox, journal }: OpenTxn): number {
  return append.length + deletes.length + keep.length + inbox.length + journal.length;
}

/** The transaction that the steps of a turn share. */
export interface SharedTxn {
  /** @returns The transaction before, when this step did not fit into it: the step begins the one with number `nextTxn`. */
  add(step: OpenTxn, nextTxn: number): StoreTxn | undefined;
  /** Ends the shared transaction. @returns It, if there is one. */
  take(): StoreTxn | undefined;
  /** Its number, if there is one. */
  readonly txn: number | undefined;
}

/** Makes a shared transaction that no step has begun. Steps share one while they are of one lane and it is small. */
export function sharedTxn(): SharedTxn {
  let open: (OpenTxn & { readonly txn: number }) | undefined;
  let bytes = 0;

  function fits(step: OpenTxn, stepBytes: number): boolean {
    // What is journalled after a clearing must not be cleared with it.
    const clears = open?.journalClearBeforeWallMs !== undefined || step.journalClearBeforeWallMs !== undefined;
    return open !== undefined && open.lane === step.lane && !clears &&
      rowCount(open) + rowCount(step) <= TURN_ROWS_MAX && bytes + stepBytes <= TURN_BYTES_MAX;
  }
  return {
    add(step, nextTxn) {
      const stepBytes = txnBytes({ txn: nextTxn, ...step });
      if (open !== undefined && fits(step, stepBytes)) {
        for (const row of step.append) open.append.push(row);
        for (const seq of step.deletes) open.deletes.push(seq);
        for (const row of step.keep) open.keep.push(row);
        for (const row of step.inbox) open.inbox.push(row);
        for (const row of step.journal) open.journal.push(row);
        bytes += stepBytes;
        return undefined;
      }
      const full = open;
      open = { txn: nextTxn, ...step };
      bytes = stepBytes;
      return full;
    },
    take() {
      const taken = open;
      open = undefined;
      return taken;
    },
    get txn() {
      return open?.txn;
    },
  };
}
