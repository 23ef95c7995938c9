import { INBOX_ROWS_MAX, isAlive } from "./account.ts";
import type { FromStore, JournalRow, KeepRow, StoreTxn } from "./port.ts";

type Opened = Extract<FromStore, { kind: "opened" }>;

/**
 * What a new life starts from while transactions of an older one still wait for the disk: they will be durable before
 * anything of the new life is. Counters stay as they are: an event counts when it is committed.
 */
export function openedWith(opened: Opened, waiting: readonly StoreTxn[], wallMs: number): Opened {
  if (waiting.length === 0) return opened;
  const kept = new Map<string, KeepRow>(opened.kept.map((row) => [row.key, row]));
  const applied = new Set(opened.appliedIds);
  let journal: JournalRow[] = [...opened.journal];
  let { lastSeq } = opened;
  for (const txn of waiting) {
    for (const row of txn.append) lastSeq = Math.max(lastSeq, row.seq);
    for (const row of txn.keep) {
      if (row.value === null || !isAlive(row.expiresWallMs, wallMs)) kept.delete(row.key);
      else kept.set(row.key, row);
    }
    for (const row of txn.inbox) applied.add(row.messageId);
    journal.push(...txn.journal);
    const before = txn.journalClearBeforeWallMs;
    if (before !== undefined) journal = journal.filter((row) => row.wallMs >= before);
  }
  return {
    ...opened,
    lastSeq,
    kept: [...kept.values()],
    journal: journal.sort((a, b) => a.wallMs - b.wallMs),
    appliedIds: [...applied].slice(-INBOX_ROWS_MAX),
  };
}
