import { invariant } from "../core/invariant.ts";
import type { EventRow, KeepRow } from "../store/port.ts";

/**
 * First number above all that a disk can hold: a proactor that is greeted while its store cannot be opened gives its
 * events numbers from here on, and the disk gets them as the next ones after its own.
 */
export const LATE_SEQ = 2 ** 52;
/** Numbers for one life of a store: another life's are others, so that none is given twice in one process. */
export const LATE_SPAN = 2 ** 40;
/** Key under which the file keeps, with the first such events, how they are numbered: for the store's next life. */
export const NUMBERING_KEY = "store/late_numbering";

/** Which of the disk's numbers those of a proactor are. */
interface LateNumbers {
  /** The proactor's number that stands for `from`. */
  readonly base: number;
  /** Last number on the disk before. */
  readonly from: number;
}

/** Translates between the numbers that a proactor gave and those on the disk: order-preserving, both ways. */
export interface Numbering {
  /** The last number of a greeting by a store of this life that does not know the disk's. @param life From 1. */
  lateBase(life: number): number;
  /** The engine was opened after such a greeting. @param from Last number on the disk. */
  begin(base: number, from: number): void;
  /** Takes up what an earlier life of the store kept. @returns The rows without it. */
  resume(kept: readonly KeepRow[], boot: string): readonly KeepRow[];
  /** A row of a proactor that an earlier life of the store greeted. @param from Last number on the disk. */
  meet(rows: readonly EventRow[], from: () => number): void;
  /** Whether all numbers are the disk's own. */
  readonly isPlain: boolean;
  /** What to keep with the first events; undefined when it is kept. */
  unsaved(boot: string): KeepRow | undefined;
  saved(): void;
  toDisk(seq: number): number;
  toProactor(seq: number): number;
}

/** Makes the numbering of one store life: the disk's own, until it must be another. */
export function lateNumbering(): Numbering {
  let late: LateNumbers | undefined;
  let isSaved = true;

  function begin(base: number, from: number): void {
    late = { base, from };
    isSaved = false;
  }
  return {
    lateBase: (life) => LATE_SEQ + life * LATE_SPAN,
    begin,
    resume(kept, boot) {
      const row = kept.find(({ key }) => key === NUMBERING_KEY);
      if (row === undefined) return kept;
      const { boot: keptBoot, ...numbers } = JSON.parse(row.value ?? "{}") as LateNumbers & { readonly boot: string };
      // A new process numbers its events anew, from the disk's last number on.
      if (keptBoot === boot) late ??= numbers;
      return kept.filter(({ key }) => key !== NUMBERING_KEY);
    },
    meet(rows, from) {
      if (late !== undefined) return;
      const met = rows.find(({ seq }) => seq > LATE_SEQ);
      if (met !== undefined) begin(met.seq - (met.seq - LATE_SEQ) % LATE_SPAN, from());
    },
    get isPlain() {
      return late === undefined;
    },
    unsaved(boot) {
      if (isSaved || late === undefined) return undefined;
      return { key: NUMBERING_KEY, version: 1, value: JSON.stringify({ boot, ...late }), expiresWallMs: 0 };
    },
    saved: () => void (isSaved = true),
    toDisk(seq) {
      if (late !== undefined && seq >= late.base && seq < late.base + LATE_SPAN) return seq - late.base + late.from;
      invariant(seq < LATE_SEQ, `number ${seq} of a proactor is one that the disk can hold`);
      return seq;
    },
    toProactor: (seq) => late === undefined || seq <= late.from ? seq : seq - late.from + late.base,
  };
}
