import { invariant } from "../core/invariant.ts";
import type {
  Counters,
  EventRow,
  FromStore,
  InboxRow,
  JournalRow,
  KeepRow,
  Lane,
  RecoveredStore,
  StoreTxn,
  ToStore,
} from "../store/port.ts";
import { pendingTxns } from "./pending_txns.ts";
import { emptyTxn, isEmpty, type OpenTxn, sharedTxn } from "./shared_txn.ts";

/** Most sends that wait for a commit; above it the oldest are dropped and counted (QoS 0 promises no more). */
export const HELD_SENDS_MAX = 4_096;

/** Pause before a transaction that the store refused, as its queue is full, is handed over again, in ms. */
export const RESEND_MS = 1_000;

/**
 * The proactor's half of the store port: transactions, their numbers, and what waits for their commit. A step's rows are
 * never parted; the steps of one turn share a transaction when they are of one lane.
 */
export interface StoreSide {
  /** Last state that the store reported; undefined before `opened`. */
  readonly counters: Counters | undefined;
  readonly opened: boolean;
  readonly failedCode: string | undefined;
  readonly dropped: number;
  readonly heldDropped: number;
  /** Whether nothing is handed over, as a refusal is being sorted out. */
  readonly paused: boolean;
  /** Waiting transactions, for the live view. */
  readonly pending: number;
  nextSeq(): number;
  append(row: EventRow): void;
  remove(seq: number): void;
  keep(row: KeepRow): void;
  inbox(row: InboxRow): void;
  journal(row: JournalRow): void;
  clearJournal(beforeWallMs: number): void;
  /** Runs `send` when the rows of this step are durable: at its end, when it has none. */
  afterCommit(send: () => void): void;
  /** Runs `send` when everything written so far, by earlier steps too, is durable. */
  afterAll(send: () => void): void;
  /** Whether an event of a peer may be taken: not while so much waits that its inbox row could be given up. */
  readonly roomy: boolean;
  /** The store refused a transaction. @returns Whether `resend` is to be called after `RESEND_MS`. */
  refused(refusedTxn: number): boolean;
  /** The pause after a refusal is over. @returns False when another `RESEND_MS` is needed. */
  resend(): boolean;
  /** Ends the step: its rows are of one transaction. */
  endStep(): void;
  /** Ends the turn: what its steps wrote is handed to the store. */
  endTurn(): void;
  /** Takes an answer of the store. @returns Rows that are durable now. */
  input(message: FromStore): readonly EventRow[];
}

/** Says what became of a damaged store, for the event about it. */
export function recoveredText({ movedTo, carriedOver }: RecoveredStore): string {
  if (carriedOver === undefined) return `It was moved to "${movedTo}"`;
  const { rows, eventsLost } = carriedOver;
  return `It was moved to "${movedTo}"; rows carried over: ${rows}; events lost, each with a tombstone: ${eventsLost}`;
}

interface HeldSend {
  readonly txn: number;
  readonly send: () => void;
}

/** Sends that wait for their transaction, in its order. */
function heldSends() {
  let held: HeldSend[] = [];
  let dropped = 0;
  return {
    hold(one: HeldSend): void {
      held.push(one);
      if (held.length <= HELD_SENDS_MAX) return;
      held.shift();
      dropped++;
    },
    /** What these transactions would have made durable never will be: an ack of it would be a lie. */
    giveUp(txns: readonly number[]): void {
      if (txns.length === 0) return;
      const gone = new Set(txns);
      const left = held.filter((one) => !gone.has(one.txn));
      dropped += held.length - left.length;
      held = left;
    },
    release(doneTxn: number): void {
      let count = 0;
      while (count < held.length && held[count]!.txn <= doneTxn) count++;
      for (const one of held.splice(0, count)) one.send();
    },
    get dropped() {
      return dropped;
    },
  };
}

class ProactorStoreSide implements StoreSide {
  readonly #toStore: (message: ToStore) => void;
  readonly #pending = pendingTxns();
  readonly #held = heldSends();
  readonly #turn = sharedTxn();
  #open = emptyTxn();
  #lastSeq = 0;
  #lastTxn = 0;
  /** The last transaction that sends wait for. */
  #lastHolding = 0;
  #doneTxn = 0;
  #stepSends: { readonly send: () => void; readonly all: boolean }[] = [];
  opened = false;
  counters: Counters | undefined;
  failedCode: string | undefined;

  constructor(toStore: (message: ToStore) => void) {
    this.#toStore = toStore;
  }

  get dropped(): number {
    return this.#pending.dropped;
  }

  get heldDropped(): number {
    return this.#held.dropped;
  }

  get pending(): number {
    return this.#pending.size + (this.#turn.txn === undefined ? 0 : 1);
  }

  get paused(): boolean {
    return this.#pending.paused;
  }

  get roomy(): boolean {
    return this.#pending.roomy;
  }

  nextSeq(): number {
    invariant(this.opened, "no event before the store is open");
    return ++this.#lastSeq;
  }

  append(row: EventRow): void {
    this.#open.append.push(row);
    this.#urgent(row.lane);
  }

  remove(seq: number): void {
    this.#open.deletes.push(seq);
    this.#urgent(2);
  }

  keep(row: KeepRow): void {
    this.#open.keep.push(row);
    this.#urgent(1);
  }

  inbox(row: InboxRow): void {
    this.#open.inbox.push(row);
    this.#urgent(1);
  }

  journal(row: JournalRow): void {
    this.#open.journal.push(row);
  }

  clearJournal(beforeWallMs: number): void {
    this.#open.journalClearBeforeWallMs = beforeWallMs;
  }

  afterCommit(send: () => void): void {
    this.#stepSends.push({ send, all: false });
  }

  afterAll(send: () => void): void {
    this.#stepSends.push({ send, all: true });
  }

  endStep(): void {
    // A send may itself write rows: they are a transaction of their own, so that none waits for a later step.
    while (!isEmpty(this.#open) || this.#stepSends.length > 0) this.#endOnce();
  }

  #endOnce(): void {
    const sends = this.#stepSends;
    this.#stepSends = [];
    let stepTxn = 0;
    if (!isEmpty(this.#open)) {
      const { append, deletes, keep, inbox } = this.#open;
      const txn = this.#join(this.#open);
      // Journalled readings alone hold nothing back: they may wait ten seconds for their commit.
      if (append.length + deletes.length + keep.length + inbox.length > 0) stepTxn = this.#lastHolding = txn;
      this.#open = emptyTxn();
    }
    for (const { send, all } of sends) {
      const waitsFor = all ? this.#lastHolding : stepTxn;
      if (waitsFor > this.#doneTxn) this.#held.hold({ txn: waitsFor, send });
      else send();
    }
  }

  endTurn(): void {
    this.#close(this.#turn.take());
    this.#handOver();
  }

  /** @returns Number of the transaction that holds the step's rows. */
  #join(step: OpenTxn): number {
    this.#close(this.#turn.add(step, this.#lastTxn + 1));
    return this.#lastTxn = this.#turn.txn!;
  }

  #close(txn: StoreTxn | undefined): void {
    if (txn !== undefined) this.#held.giveUp(this.#pending.add(txn));
  }

  resend(): boolean {
    const over = this.#pending.resend();
    if (over) this.#handOver();
    return over;
  }

  input(message: FromStore): readonly EventRow[] {
    switch (message.kind) {
      case "opened": {
        this.counters = message.counters;
        this.failedCode = undefined;
        if (!this.opened) {
          this.opened = true;
          this.#lastSeq = message.lastSeq;
          return [];
        }
        const done = this.#pending.reopened(message.lastSeq);
        return this.#settle(done, done.at(-1)?.txn ?? this.#doneTxn);
      }
      case "committed":
        this.counters = message.counters;
        this.failedCode = undefined;
        return this.#settle(this.#pending.committed(message.txn), message.txn);
      case "failed":
        this.failedCode = message.code;
        return [];
      default:
        return [];
    }
  }

  refused(refusedTxn: number): boolean {
    return this.#pending.refused(refusedTxn);
  }

  #urgent(lane: Lane): void {
    if (lane < this.#open.lane) this.#open.lane = lane;
  }

  #handOver(): void {
    if (!this.opened) return;
    for (const txn of this.#pending.takeSendable()) this.#toStore({ kind: "txn", txn });
  }

  #settle(done: readonly StoreTxn[], txn: number): readonly EventRow[] {
    this.#doneTxn = Math.max(this.#doneTxn, txn);
    this.#held.release(this.#doneTxn);
    this.#handOver();
    return done.flatMap((one) => one.append);
  }
}

/** Makes the store side of one proactor. @param toStore Carries a message to the store. */
export function storeSide(toStore: (message: ToStore) => void): StoreSide {
  return new ProactorStoreSide(toStore);
}

/** Summary of the problem that a store's failure is. Not every one stops its commits. */
export function failureSummary(code: string): string {
  if (code === "EBADROW") return "The store found a damaged event";
  if (code === "ELOGSIZE") return "The store's log grows";
  return "The store cannot commit";
}

/** Summary of the problem that an eviction is. */
export function evictionSummary({ isDamaged }: { readonly isDamaged?: true }): string {
  return isDamaged ? "Damaged events were given up" : "Events were evicted to stay within the store's cap";
}
