import type { FromStore, StoreEngine, ToStore } from "../store/port.ts";
import type { StoreClock } from "./store_clock.ts";

/** Wait (ms) before a read that the disk refused is tried again. */
export const READ_RETRY_MS = 1_000;
/** Most requests of one kind, of one life, that wait for an answer; further ones are dropped and reported. */
export const REQUESTS_MAX = 64;

type Read = Extract<ToStore, { kind: "read" | "inbox_list" }>;
type Rows = Extract<FromStore, { kind: "rows" }>;

/** What reads are answered with. */
export interface StoreReadsOptions {
  readonly engine: Pick<StoreEngine, "read" | "inboxList">;
  readonly clock: Pick<StoreClock, "after">;
  /** Whether rows of older lives may follow that are not durable yet: the life that reads is not told when they are. */
  mayFollow(): boolean;
  post(message: FromStore): void;
  /** The disk refused a read. */
  failed(thrown: unknown): void;
}

/** Reads of the life that is attached. What the disk refuses is asked again, in order. */
export interface StoreReads {
  ask(request: Read): void;
  /** Another life is attached: nobody waits for these answers. */
  forget(): void;
}

/** Makes the reads of one server. */
export function storeReads({ engine, clock, mayFollow, post, failed }: StoreReadsOptions): StoreReads {
  let waiting: Read[] = [];
  let timer: Disposable | undefined;

  function answerRows(found: Rows): boolean {
    const moreFollow = found.end && mayFollow();
    if (moreFollow && found.rows.length === 0) return false;
    post(moreFollow ? { ...found, end: false } : found);
    return true;
  }

  /** @returns False when the answer must wait: an empty one would say that there are no rows. */
  function answer(request: Read): boolean {
    try {
      if (request.kind === "read") return answerRows(engine.read(request));
      post({ kind: "inbox_rows", id: request.id, rows: engine.inboxList(request.newest) });
      return true;
    } catch (thrown) {
      failed(thrown);
      return false;
    }
  }

  function retryLater(): void {
    timer ??= clock.after(READ_RETRY_MS, "store.read_retry", () => {
      timer = undefined;
      while (waiting.length > 0 && answer(waiting[0]!)) waiting.shift();
      if (waiting.length > 0) retryLater();
    });
  }

  return {
    ask(request) {
      if (waiting.length === 0 && answer(request)) return;
      if (waiting.length >= REQUESTS_MAX) {
        const message = `Cannot read for request ${request.id} as at most ${REQUESTS_MAX} may wait`;
        return post({ kind: "failed", code: "EREQUESTS", message });
      }
      waiting.push(request);
      retryLater();
    },
    forget() {
      timer?.[Symbol.dispose]();
      timer = undefined;
      waiting = [];
    },
  };
}
