import { errorCode, errorText } from "../core/errors.ts";
import { assertNever } from "../core/invariant.ts";
import { groupCommit, type GroupCommitSettings } from "../store/group_commit.ts";
import { openedWith } from "../store/opened_with.ts";
import type { FromStore, StoreEngine, StoreTxn, ToStore } from "../store/port.ts";
import type { PortLike } from "./port_like.ts";
import type { StoreClock } from "./store_clock.ts";
import { REQUESTS_MAX, storeReads } from "./store_reads.ts";

/** What a store server is made from. */
export interface StoreServerOptions {
  /** Disposed of by `close`. */
  readonly engine: StoreEngine;
  readonly clock: StoreClock;
  readonly settings?: GroupCommitSettings;
}

/** What is left after a flush. */
export interface Flushed {
  /** Transactions that the disk still refuses; 0 when everything is durable. */
  readonly waiting: number;
  /** Code of the last failure, when something is left. */
  readonly code?: string;
}

/** Counts of a server since it was made. */
export interface StoreServerCounts {
  readonly commits: number;
  readonly failures: number;
  /** Transactions refused as the queue was full. */
  readonly refused: number;
  /** Messages that came from an older life. */
  readonly stale: number;
}

/** A store that is being served. */
export interface StoreServer extends Disposable {
  /** A new life of the proactor: its port is greeted with `opened`; the old port is closed and no longer heard. */
  attach(port: PortLike, boot: string, life: number): void;
  /** Tells the life that is attached once more what its store holds: it hands over again what is not durable. */
  greetAgain(): void;
  /** Commits everything that waits, now. */
  flush(): Flushed;
  /** Flushes, stops every timer, closes port and engine. Idempotent. */
  close(): Flushed;
  readonly counts: StoreServerCounts;
}

class EngineServer implements StoreServer {
  readonly #engine: StoreEngine;
  readonly #clock: StoreClock;
  readonly #policy;
  #port: PortLike | undefined;
  #attached: { readonly boot: string; readonly life: number } | undefined;
  #timer: Disposable | undefined;
  #timerMs = Infinity;
  readonly #reads;
  /** Ids of flushes that wait for the next commit: it takes everything. */
  #flushes: number[] = [];
  /** Transactions at the front of the queue that belong to older lives. */
  #oldTxns = 0;
  #lastCode: string | undefined;
  #closed: Flushed | undefined;
  #commits = 0;
  #failures = 0;
  #stale = 0;

  constructor({ engine, clock, settings }: StoreServerOptions) {
    this.#engine = engine;
    this.#clock = clock;
    this.#policy = groupCommit(settings);
    this.#reads = storeReads({
      engine,
      clock,
      mayFollow: () => this.#oldTxns > 0,
      post: (message) => this.#post(message),
      failed: (thrown) => {
        this.#failures++;
        this.#fail(errorCode(thrown), errorText(thrown));
      },
    });
  }

  get counts(): StoreServerCounts {
    return { commits: this.#commits, failures: this.#failures, refused: this.#policy.refused, stale: this.#stale };
  }

  attach(port: PortLike, boot: string, life: number): void {
    if (this.#closed) throw new TypeError("Cannot attach a port as the store server must run: it is closed");
    this.#detach();
    this.#commit();
    this.#policy.newLife();
    this.#oldTxns = this.#policy.waiting().length;
    this.#port = port;
    this.#attached = { boot, life };
    const opened = this.#engine.open(boot, life);
    port.onmessage = (event: { readonly data: ToStore }) => this.#receive(port, event.data);
    this.#post(openedWith(opened, this.#policy.waiting(), this.#clock.wallMs()));
    this.#schedule();
  }

  greetAgain(): void {
    if (this.#closed || this.#attached === undefined) return;
    this.#post(this.#engine.open(this.#attached.boot, this.#attached.life));
  }

  flush(): Flushed {
    if (this.#closed) return this.#closed;
    this.#commit();
    this.#schedule();
    const waiting = this.#policy.waiting().length;
    return waiting === 0 || this.#lastCode === undefined ? { waiting } : { waiting, code: this.#lastCode };
  }

  close(): Flushed {
    if (this.#closed) return this.#closed;
    const flushed = this.flush();
    this.#closed = flushed;
    this.#timer?.[Symbol.dispose]();
    this.#detach();
    this.#engine[Symbol.dispose]();
    return flushed;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #detach(): void {
    this.#reads.forget();
    this.#flushes = [];
    if (!this.#port) return;
    this.#port.close?.();
    this.#port = undefined;
  }

  #post(message: FromStore): void {
    this.#port?.postMessage(message);
  }

  #fail(code: string, message: string, refusedTxn?: number): void {
    this.#post({ kind: "failed", code, message, ...(refusedTxn === undefined ? {} : { refusedTxn }) });
  }

  #receive(port: PortLike, message: ToStore): void {
    if (port !== this.#port) {
      this.#stale++;
      return;
    }
    switch (message.kind) {
      case "txn":
        return this.#add(message.txn);
      case "read":
      case "inbox_list":
        return this.#reads.ask(message);
      case "flush":
        return this.#flushFor(message.id);
      default:
        return assertNever(message);
    }
  }

  #add(txn: StoreTxn): void {
    const added = this.#policy.add(txn, this.#clock.nowMs());
    if (added.kind === "refused") {
      const { refusedTxn } = added;
      return this.#fail(
        "EQUEUE",
        `Cannot take transaction ${txn.txn} as the queue must have room, and transaction ${refusedTxn} comes first: ` +
          `found ${this.#policy.waiting().length} transactions that wait for the disk`,
        refusedTxn,
      );
    }
    this.#schedule();
  }

  /** Commits what is due, or sets the timer for it. */
  #schedule(): void {
    const { dueMs } = this.#policy;
    if (dueMs === this.#timerMs) return;
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    this.#timerMs = Infinity;
    if (dueMs === undefined || this.#closed) return;
    const waitMs = dueMs - this.#clock.nowMs();
    if (waitMs <= 0 && this.#clock.soon === undefined) return this.#commitDue();
    this.#timerMs = dueMs;
    if (waitMs <= 0) {
      this.#timer = this.#clock.soon?.(() => this.#commitDue());
      return;
    }
    this.#timer = this.#clock.after(waitMs, "store.commit", () => {
      this.#timerMs = Infinity;
      this.#schedule();
    });
  }

  #commitDue(): void {
    this.#timerMs = Infinity;
    this.#commit();
    this.#schedule();
  }

  /** Tries to commit all that waits. Whatever the engine throws, nothing accepted is given up. */
  #commit(): void {
    const txns = this.#policy.waiting();
    if (txns.length === 0) return;
    let evicted: ReturnType<StoreEngine["commit"]>;
    try {
      evicted = this.#engine.commit(txns);
    } catch (thrown) {
      this.#failures++;
      this.#lastCode = errorCode(thrown);
      this.#policy.failed(this.#clock.nowMs());
      return this.#fail(this.#lastCode, errorText(thrown));
    }
    this.#commits++;
    this.#lastCode = undefined;
    this.#policy.committed(txns.length);
    const own = txns.slice(this.#oldTxns);
    this.#oldTxns = 0;
    for (const message of evicted) this.#post(message);
    const last = own.at(-1);
    if (last) this.#post({ kind: "committed", txn: last.txn, counters: this.#engine.counters() });
    for (const id of this.#flushes.splice(0)) this.#post({ kind: "flushed", id });
  }

  #flushFor(id: number): void {
    if (this.#flushes.length >= REQUESTS_MAX) {
      return this.#fail("EREQUESTS", `Cannot flush for request ${id} as at most ${REQUESTS_MAX} may wait`);
    }
    this.#flushes.push(id);
    if (this.#policy.waiting().length === 0) {
      for (const one of this.#flushes.splice(0)) this.#post({ kind: "flushed", id: one });
      return;
    }
    this.#commit();
    this.#schedule();
  }
}

/**
 * Serves one store engine to one proactor after the other, over message ports. Transactions are committed in groups and
 * in order; when the disk refuses they stay in a bounded queue and are tried again with growing waits.
 */
export function serveStore(options: StoreServerOptions): StoreServer {
  return new EngineServer(options);
}
