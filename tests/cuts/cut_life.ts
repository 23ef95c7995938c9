import type { RandomStreams } from "../../src/testing/mod.ts";
import { type CutDisk, type Image, makeCutDisk } from "./cut_disk.ts";
import { findStore, liveOn } from "./found_store.ts";
import type { Mark, PackedTxn } from "./mark.ts";
import type { DiskRecord } from "./record_log.ts";
import { STORE_NAME, writeImage } from "./recorded_run.ts";
import type { ReferenceStore } from "./reference_store.ts";
import { isAllowed, storeProblems } from "./store_problems.ts";
import type { Survival } from "./torn_file.ts";

/** Part of the cuts that fall right before or after something rare: a sync, a mark, a write that is not to the log. */
const BORDER_PART = 0.5;
/** Every so many images, the store goes on living after the look. */
const LIVES_ON_EACH = 8;

/** A disk, and what its store must hold. */
export interface CutState {
  readonly image: Image;
  readonly reference: ReferenceStore;
}

/** One recorded run that is cut at many moments. */
export interface CutLife {
  readonly start: CutState;
  readonly records: readonly DiskRecord[];
  readonly images: number;
  /** Where the images are written. */
  readonly folder: string;
  readonly owner: string;
  readonly bytesMax: number;
  readonly random: RandomStreams;
  /** Called after each image. */
  readonly onImage?: () => void;
}

/** Something that a cut broke. */
export interface CutProblem {
  readonly cut: string;
  readonly problems: readonly string[];
}

/** What became of the images of one run. */
export interface CutLifeEnd {
  readonly images: number;
  /** Images with changes that no sync had made durable. */
  readonly unsynced: number;
  /** Images that held more than what had been reported. */
  readonly ahead: number;
  readonly points: number;
  readonly survivals: Readonly<Record<Survival, number>>;
  readonly problems: readonly CutProblem[];
  /** One of the states that a cut left, for the next life. */
  readonly left: CutState;
}

function isBorder(record: DiskRecord | undefined, logs: ReadonlySet<number>): boolean {
  return record !== undefined && !(record.kind === "write" && logs.has(record.handle));
}

/** Moments of the cuts: each is the number of records that came before. Ascending; repeated when there are too few. */
export function drawMoments(records: readonly DiskRecord[], count: number, random: RandomStreams): readonly number[] {
  const logs = new Set(records.flatMap((r) => r.kind === "open" && r.name.endsWith("-wal") ? [r.handle] : []));
  const all = Array.from({ length: records.length + 1 }, (_, at) => at);
  const borders = all.filter((at) => isBorder(records[at], logs) || isBorder(records[at - 1], logs));
  const moments: number[] = [];
  let left = { borders: [...borders], all: [...all] };
  while (moments.length < count) {
    if (left.all.length === 0) left = { borders: [...borders], all: [...all] };
    const from = left.borders.length > 0 && random.chance("border", BORDER_PART) ? left.borders : left.all;
    const at = random.integer("moment", 0, from.length - 1);
    moments.push(from[at]!);
    from[at] = from[from.length - 1]!;
    from.pop();
  }
  return moments.sort((a, b) => a - b);
}

/** What was reported committed, and what was handed over since, at one moment of a run. */
class Progress {
  readonly committed: ReferenceStore;
  #posted: PackedTxn[] = [];
  #next: ReferenceStore | undefined;

  constructor(start: ReferenceStore) {
    this.committed = start.copy();
  }

  /** With all of what was handed over. */
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

class LifeCutter {
  readonly #life: CutLife;
  readonly #disk: CutDisk;
  readonly #progress: Progress;
  readonly #survivals: Record<Survival, number> = { none: 0, all: 0, first: 0, some: 0, sectors: 0 };
  readonly #problems: CutProblem[] = [];
  /** The image whose state the next life starts from. */
  readonly #leftAt: number;
  #left: CutState;
  #images = 0;
  #unsynced = 0;
  #ahead = 0;

  constructor(life: CutLife) {
    this.#life = life;
    this.#disk = makeCutDisk(life.start.image);
    this.#progress = new Progress(life.start.reference);
    this.#left = life.start;
    this.#leftAt = life.random.integer("left", Math.ceil(life.images / 2), life.images);
  }

  run(): CutLifeEnd {
    const { records, images, random } = this.#life;
    const moments = drawMoments(records, images, random);
    let at = 0;
    for (const moment of moments) {
      for (; at < moment; at++) {
        const record = records[at]!;
        if (record.kind === "mark") this.#progress.take(JSON.parse(record.text) as Mark);
        else this.#disk.take(record);
      }
      this.#cut(moment);
    }
    return {
      images: this.#images,
      unsynced: this.#unsynced,
      ahead: this.#ahead,
      points: new Set(moments).size,
      survivals: this.#survivals,
      problems: this.#problems,
      left: this.#left,
    };
  }

  #cut(moment: number): void {
    const { folder, owner, bytesMax, random, records, onImage } = this.#life;
    const unsynced = this.#disk.pending;
    const { image, survival } = this.#disk.cut(random);
    writeImage(folder, image);
    this.#images++;
    this.#survivals[survival]++;
    if (unsynced > 0) this.#unsynced++;
    const place = { path: `${folder}/${STORE_NAME}`, owner, bytesMax };
    const found = findStore(place);
    const problems = [...found.problems];
    if (found.content) {
      const { committed, next } = this.#progress;
      problems.push(...storeProblems(found.content, { committed: committed.content(), next: next.content() }));
      if (this.#images % LIVES_ON_EACH === 0) problems.push(...liveOn(place, found.content));
      if (problems.length === 0) this.#keep(image, found.content);
    }
    if (problems.length > 0) {
      const cut = `before record ${moment} of ${records.length} (${
        records[moment]?.kind ?? "end"
      }), survived: ${survival}`;
      this.#problems.push({ cut, problems });
    }
    onImage?.();
  }

  #keep(image: Image, content: ReturnType<ReferenceStore["content"]>): void {
    const { committed, next } = this.#progress;
    const isCommitted = isAllowed(content, { committed: committed.content(), next: committed.content() });
    if (!isCommitted) this.#ahead++;
    if (this.#images <= this.#leftAt) this.#left = { image, reference: (isCommitted ? committed : next).copy() };
  }
}

/** Cuts a run at moments that are drawn, opens each image, and compares it with what had been reported committed. */
export function cutLife(life: CutLife): CutLifeEnd {
  return new LifeCutter(life).run();
}
