import type { FromStore, JournalRow, StoreTxn } from "../store/port.ts";

type Opened = Extract<FromStore, { readonly kind: "opened" }>;

/**
 * What is on the disk and was not told to the life that now writes it. Emptiness is no word of it: what the life writes is
 * newer and stands; what it deletes without having had it, it cannot mean. So it stays, with its lifetime, for the next
 * start; and so do readings that no report of this life holds.
 */
export interface LateKept {
  /** The transactions as they may be written. */
  ruled(txns: readonly StoreTxn[]): readonly StoreTxn[];
  /** These transactions are durable, in the form that `ruled` gave them. */
  written(txns: readonly StoreTxn[]): void;
}

/** @param opened What the disk holds. @param told What the life was told of it; undefined: nothing. */
export function lateKept(opened: Pick<Opened, "kept" | "journal">, told?: Pick<Opened, "kept" | "journal">): LateKept {
  const toldKeys = new Set(told?.kept.map(({ key }) => key));
  const unknown = new Set(opened.kept.map(({ key }) => key).filter((key) => !toldKeys.has(key)));
  const readings: readonly JournalRow[] = told === undefined ? opened.journal : [];

  function wroteBefore(txns: readonly StoreTxn[]): ReadonlySet<string> {
    return new Set(txns.flatMap(({ keep }) => keep).filter(({ value }) => value !== null).map(({ key }) => key));
  }

  return {
    ruled(txns) {
      const said = new Set<string>();
      return txns.flatMap((txn) => {
        const keep = txn.keep.filter(({ key, value }) => {
          if (value !== null) said.add(key);
          return value !== null || !unknown.has(key) || said.has(key);
        });
        const before = txn.journalClearBeforeWallMs;
        const again = before === undefined ? [] : readings.filter(({ wallMs }) => wallMs < before);
        const ruled = { ...txn, keep };
        if (again.length === 0) return [ruled];
        const { txn: number, lane } = txn;
        return [ruled, { txn: number, lane, append: [], deletes: [], keep: [], inbox: [], journal: again }];
      });
    },
    written(txns) {
      for (const key of wroteBefore(txns)) unknown.delete(key);
    },
  };
}
