import type { Mark, PackedTxn } from "./mark.ts";
import type { ReferenceStore } from "./reference_store.ts";

/** What was reported committed, and what was handed over since, at one moment of a run. */
export interface Progress {
  readonly committed: ReferenceStore;
  /** With all of what was handed over. */
  readonly next: ReferenceStore;
  take(mark: Mark): void;
}

class MarkedProgress implements Progress {
  readonly committed: ReferenceStore;
  #posted: PackedTxn[] = [];
  #next: ReferenceStore | undefined;

  constructor(start: ReferenceStore) {
    this.committed = start.copy();
  }

  get next(): ReferenceStore {
    if (this.#posted.length === 0) return this.committed;
    if (this.#next) return this.#next;
    this.#next = this.committed.copy();
    this.#next.commit(this.#posted);
    return this.#next;
  }

  take(mark: Mark): void {
    this.#next = undefined;
    if (mark.kind === "life") this.#posted = [];
    else if (mark.kind === "posted") this.#posted.push(mark.txn);
    else {
      const count = this.#posted.findLastIndex(({ txn }) => txn <= mark.txn) + 1;
      this.committed.commit(this.#posted.splice(0, count));
    }
  }
}

/** Begins with a store that holds this; the store itself is not changed. */
export function makeProgress(start: ReferenceStore): Progress {
  return new MarkedProgress(start);
}
