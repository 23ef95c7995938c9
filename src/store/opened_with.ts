import { INBOX_ROWS_MAX, isAlive } from "./account.ts";
import type { FromStore, KeepRow, StoreTxn } from "./port.ts";
import { addReading, clearReadings, type Readings, readingsInOrder } from "./readings.ts";

type Opened = Extract<FromStore, { kind: "opened" }>;

/**
 * What a new life starts from while transactions of an older one still wait for the disk: they will be durable before
 * anything of the new life is. Counters stay as they are: an event counts when it is committed.
 */
export function openedWith(opened: Opened, waiting: readonly StoreTxn[], wallMs: number): Opened {
  if (waiting.length === 0) return opened;
  const kept = new Map<string, KeepRow>(opened.kept.map((row) => [row.key, row]));
  const applied = new Set(opened.appliedIds);
  // A commit that failed may have been written all the same: a reading on the disk may wait for it, too.
  const journal: Readings = new Map();
  for (const row of opened.journal) addReading(journal, row);
  let { lastSeq } = opened;
  for (const txn of waiting) {
    for (const row of txn.append) lastSeq = Math.max(lastSeq, row.seq);
    for (const row of txn.keep) {
      if (row.value === null || !isAlive(row.expiresWallMs, wallMs)) kept.delete(row.key);
      else kept.set(row.key, row);
    }
    for (const row of txn.inbox) applied.add(row.messageId);
    for (const row of txn.journal) addReading(journal, row);
    const before = txn.journalClearBeforeWallMs;
    if (before !== undefined) clearReadings(journal, before);
  }
  return {
    ...opened,
    lastSeq,
    kept: [...kept.values()],
    journal: readingsInOrder(journal),
    appliedIds: [...applied].slice(-INBOX_ROWS_MAX),
  };
}
