/** Marks that divide the longest age: events are given up at most one part of it late. */
const MARKS_PER_AGE = 64;
/** Running time (ms) after which it is written down again: what a power cut may take from it. */
const SAVE_MS = 600_000;

/** One point in the running time of a store, and the last seq that it had then. */
type Mark = readonly [runMs: number, seq: number];

interface Saved {
  readonly runMs: number;
  readonly marks: readonly Mark[];
}

/**
 * How old the events of a store are, by the time for which it has run: a wall clock that steps by ten years makes no event
 * old, and no event ages while the house is off.
 */
export interface AgeMarks {
  /** Every seq up to this one is too old; 0: none. */
  agedSeq(): number;
  /** @returns What to keep in the file now, or undefined when nothing has changed much. */
  note(lastSeq: number): string | undefined;
  /** What `note` gave is durable. */
  saved(): void;
}

/** What age marks are made from. */
export interface AgeMarksOptions {
  /** Longest age of an event in ms of running time. */
  readonly ageMsMax: number;
  /** Monotonic ms. */
  nowMs(): number;
  /** What an earlier life kept. */
  readonly kept?: string | undefined;
}

function parse(text: string | undefined): Saved {
  try {
    const { runMs, marks } = JSON.parse(text ?? "") as Saved;
    if (Number.isFinite(runMs) && Array.isArray(marks)) return { runMs, marks };
  } catch {
    // Nothing was kept, or it cannot be read: then everything is as young as the store can prove.
  }
  return { runMs: 0, marks: [] };
}

/** Goes on from what was kept. */
export function ageMarks({ ageMsMax, nowMs, kept }: AgeMarksOptions): AgeMarks {
  const before = parse(kept);
  const startMs = nowMs();
  let { marks } = before;
  let aged = 0, savedRunMs = before.runMs, isChanged = false;

  function runMs(): number {
    return before.runMs + Math.max(0, nowMs() - startMs);
  }

  return {
    agedSeq() {
      const oldest = runMs() - ageMsMax;
      const young = marks.filter(([ms]) => ms > oldest);
      for (const [ms, seq] of marks) if (ms <= oldest) aged = Math.max(aged, seq);
      isChanged ||= young.length < marks.length;
      marks = young;
      return aged;
    },
    note(lastSeq) {
      const ms = runMs();
      const [lastMs, lastMarked] = marks.at(-1) ?? [-Infinity, aged];
      if (lastSeq > lastMarked && ms - lastMs >= ageMsMax / MARKS_PER_AGE) {
        marks = [...marks, [ms, lastSeq]];
        isChanged = true;
      }
      return isChanged || ms - savedRunMs >= SAVE_MS ? JSON.stringify({ runMs: ms, marks } satisfies Saved) : undefined;
    },
    saved() {
      isChanged = false;
      savedRunMs = runMs();
    },
  };
}
