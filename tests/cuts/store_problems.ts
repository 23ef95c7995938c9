import { isDeepStrictEqual } from "node:util";
import type { StoreContent } from "./reference_store.ts";

/** What a cut may leave: everything reported committed, or besides that all of what was handed over since. */
export interface Allowed {
  readonly committed: StoreContent;
  readonly next: StoreContent;
}

/** Most problems of one kind that are told one by one. */
const SHOWN_MAX = 3;

function some(what: string, found: readonly unknown[]): string[] {
  return found.length === 0 ? [] : [`${found.length} ${what}: ${found.slice(0, SHOWN_MAX).join(", ")}`];
}

/** Whether one of the two that are allowed was found, whole. */
export function isAllowed(found: StoreContent, { committed, next }: Allowed): boolean {
  return isDeepStrictEqual(found, committed) || isDeepStrictEqual(found, next);
}

function eventProblems(found: StoreContent, { committed, next }: Allowed): string[] {
  const seqs = found.pending.map(({ seq }) => seq);
  const there = new Set(seqs);
  const after = new Set(next.pending.map(({ seq }) => seq));
  const known = new Set([...committed.pending, ...next.pending].map(({ seq }) => seq));
  const owed = committed.pending.map(({ seq }) => seq).filter((seq) => after.has(seq));
  return [
    ...some("committed events lost", owed.filter((seq) => !there.has(seq))),
    ...some("seqs twice", seqs.filter((seq, at) => seqs.indexOf(seq) !== at)),
    ...some("events are there that are acked, given up, or never were", seqs.filter((seq) => !known.has(seq))),
    ...(found.lastSeq < committed.lastSeq
      ? [`seq ${committed.lastSeq} was committed, ${found.lastSeq} is the last`]
      : []),
  ];
}

function accountProblems({ counters, tombstones, pending }: StoreContent): string[] {
  const { generated, acked, tombstoned } = counters;
  const named = tombstones.reduce((sum, { count }) => sum + count, 0);
  const text = `generated ${generated}, acked ${acked}, pending ${pending.length}, tombstoned ${tombstoned}`;
  return [
    ...(generated !== acked + pending.length + tombstoned ? [`the account does not add up: ${text}`] : []),
    ...(named !== tombstoned ? [`${tombstoned} events were given up, tombstones name ${named}`] : []),
  ];
}

function keptProblems(found: StoreContent, { committed, next }: Allowed): string[] {
  const keys = new Set([...found.kept, ...committed.kept, ...next.kept].map(({ key }) => key));
  const value = (content: StoreContent, key: string) => content.kept.find((row) => row.key === key);
  return some(
    "kept values older than committed",
    [...keys].filter((key) => {
      const now = value(found, key);
      return !isDeepStrictEqual(now, value(committed, key)) && !isDeepStrictEqual(now, value(next, key));
    }),
  );
}

function inboxProblems(found: StoreContent, { committed }: Allowed): string[] {
  const ids = new Set(found.inbox.map(({ peer, messageId }) => `${peer} ${messageId}`));
  const owed = committed.inbox.map(({ peer, messageId }) => `${peer} ${messageId}`);
  return some("inbox rows lost", owed.filter((id) => !ids.has(id)));
}

function journalProblems(found: StoreContent, { committed, next }: Allowed): string[] {
  const idsOf = ({ journal }: StoreContent) => new Set(journal.map(({ wallMs, channel }) => `${wallMs} ${channel}`));
  const there = idsOf(found), after = idsOf(next);
  return some("readings lost", [...idsOf(committed)].filter((id) => after.has(id) && !there.has(id)));
}

/** What is wrong with a store after a cut; nothing when it is whole one of the two that are allowed. */
export function storeProblems(found: StoreContent, allowed: Allowed): readonly string[] {
  const problems = [...accountProblems(found)];
  if (isAllowed(found, allowed)) return problems;
  problems.push(
    ...eventProblems(found, allowed),
    ...keptProblems(found, allowed),
    ...inboxProblems(found, allowed),
    ...journalProblems(found, allowed),
  );
  if (problems.length > 0) return problems;
  return [`parts of a commit: found ${JSON.stringify(found.counters)}, seq ${found.lastSeq}`];
}
