import { invariant } from "../core/invariant.ts";
import type {
  Counters,
  EventRow,
  FromStore,
  InboxRow,
  JournalRow,
  KeepRow,
  Lane,
  StoreTxn,
  ToStore,
} from "../store/port.ts";
import { pendingTxns } from "./pending_txns.ts";

/** Most sends that wait for a commit; above it the step's sends are dropped and counted (QoS 0 promises no more). */
export const HELD_SENDS_MAX = 4_096;

interface OpenTxn {
  lane: Lane;
  append: EventRow[];
  deletes: number[];
  keep: KeepRow[];
  inbox: InboxRow[];
  journal: JournalRow[];
  journalClearBeforeWallMs?: number;
}

/** The proactor's half of the store port: one transaction a step, numbering, and what waits for its commit. */
export interface StoreSide {
  /** Last state that the store reported; undefined before `opened`. */
  readonly counters: Counters | undefined;
  readonly opened: boolean;
  readonly failedCode: string | undefined;
  readonly dropped: number;
  readonly heldDropped: number;
  /** Waiting transactions, for the live view. */
  readonly pending: number;
  nextSeq(): number;
  append(row: EventRow): void;
  remove(seq: number): void;
  keep(row: KeepRow): void;
  inbox(row: InboxRow): void;
  journal(row: JournalRow): void;
  clearJournal(beforeWallMs: number): void;
  /** Runs `send` when everything written so far, this step included, is durable. */
  afterCommit(send: () => void): void;
  /** Ends the step: its rows become one transaction. */
  endStep(): void;
  /** Takes an answer of the store. @returns Rows that are durable now. */
  input(message: FromStore): readonly EventRow[];
}

function emptyTxn(): OpenTxn {
  return { lane: 3, append: [], deletes: [], keep: [], inbox: [], journal: [] };
}

/** Makes the store side of one proactor. @param toStore Carries a message to the store. */
export function storeSide(toStore: (message: ToStore) => void): StoreSide {
  const pending = pendingTxns();
  let open = emptyTxn();
  let dirty = false;
  let lastSeq = 0;
  let lastTxn = 0;
  let doneTxn = 0;
  let opened = false;
  let counters: Counters | undefined;
  let failedCode: string | undefined;
  let heldDropped = 0;
  let stepSends: (() => void)[] = [];
  let held: { readonly txn: number; readonly send: () => void }[] = [];

  function urgent(lane: Lane): void {
    dirty = true;
    if (lane < open.lane) open.lane = lane;
  }

  function handOver(): void {
    if (!opened) return;
    for (const txn of pending.takeSendable()) toStore({ kind: "txn", txn });
  }

  function release(): void {
    let count = 0;
    while (count < held.length && held[count]!.txn <= doneTxn) count++;
    const ready = held.slice(0, count);
    held = held.slice(count);
    for (const one of ready) one.send();
  }

  function settle(done: readonly StoreTxn[], txn: number): readonly EventRow[] {
    doneTxn = Math.max(doneTxn, txn);
    release();
    handOver();
    return done.flatMap((one) => one.append);
  }

  return {
    get counters() {
      return counters;
    },
    get opened() {
      return opened;
    },
    get failedCode() {
      return failedCode;
    },
    get dropped() {
      return pending.dropped;
    },
    get heldDropped() {
      return heldDropped;
    },
    get pending() {
      return pending.size;
    },
    nextSeq() {
      invariant(opened, "no event before the store is open");
      return ++lastSeq;
    },
    append(row) {
      open.append.push(row);
      urgent(row.lane);
    },
    remove(seq) {
      open.deletes.push(seq);
      urgent(2);
    },
    keep(row) {
      open.keep.push(row);
      urgent(1);
    },
    inbox(row) {
      open.inbox.push(row);
      urgent(1);
    },
    journal(row) {
      open.journal.push(row);
      urgent(3);
    },
    clearJournal(beforeWallMs) {
      open.journalClearBeforeWallMs = beforeWallMs;
      urgent(3);
    },
    afterCommit(send) {
      stepSends.push(send);
    },
    endStep() {
      const sends = stepSends;
      stepSends = [];
      if (!dirty) {
        for (const send of sends) send();
      } else {
        const txn: StoreTxn = { txn: ++lastTxn, ...open };
        open = emptyTxn();
        dirty = false;
        pending.add(txn);
        // Journalled readings alone hold nothing back: they may wait ten seconds for their commit.
        const holds = txn.append.length + txn.deletes.length + txn.keep.length + txn.inbox.length > 0;
        if (holds) { for (const send of sends) held.push({ txn: txn.txn, send }); }
        else for (const send of sends) send();
        handOver();
      }
      while (held.length > HELD_SENDS_MAX) {
        held.shift();
        heldDropped++;
      }
    },
    input(message) {
      switch (message.kind) {
        case "opened": {
          const again = opened;
          opened = true;
          counters = message.counters;
          if (!again) {
            lastSeq = message.lastSeq;
            return [];
          }
          const done = pending.reopened(message.lastSeq);
          return settle(done, done.at(-1)?.txn ?? doneTxn);
        }
        case "committed":
          counters = message.counters;
          failedCode = undefined;
          return settle(pending.committed(message.txn), message.txn);
        case "failed":
          failedCode = message.code;
          return [];
        default:
          return [];
      }
    },
  };
}
