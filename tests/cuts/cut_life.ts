import type { RandomStreams } from "../../src/testing/mod.ts";
import { type CutDisk, type Image, makeCutDisk } from "./cut_disk.ts";
import { findStore, type FoundStore, liveOn } from "./found_store.ts";
import type { Mark } from "./mark.ts";
import { makeProgress, type Progress } from "./progress.ts";
import type { DiskRecord } from "./record_log.ts";
import { STORE_NAME, writeImage } from "./recorded_run.ts";
import type { ReferenceStore } from "./reference_store.ts";
import { isAllowed, storeProblems } from "./store_problems.ts";
import type { Survival } from "./torn_file.ts";

/** Part of the cuts right before a sync, and part of those at another rare moment. */
const SYNC_PART = 0.4;
const BORDER_PART = 0.3;
/** Every so many images, the store goes on living after the look. */
const LIVES_ON_EACH = 8;

/** Name of a damaged file. */
const SET_ASIDE = /\.db\.damaged-\d+(-\d+)?$/;

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
  /** Whether the files were damaged before the start: then they may be set aside, and must not be gone. */
  readonly isDamaged?: boolean;
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
  /** Syncs right before or after which there was a cut. */
  readonly syncsCut: number;
  readonly points: number;
  readonly survivals: Readonly<Record<Survival, number>>;
  readonly problems: readonly CutProblem[];
  /** One of the states that a cut left, for the next life. */
  readonly left: CutState;
}

/** Handles of the files that match. */
export function handlesOf(records: readonly DiskRecord[], names: RegExp): ReadonlySet<number> {
  return new Set(records.flatMap((one) => one.kind === "open" && names.test(one.name) ? [one.handle] : []));
}

/** Moments at which a run may be cut: each is the number of records that came before. */
interface Moments {
  /** Right before a sync: most is at stake there. */
  readonly syncs: number[];
  /** Right after a sync or a report, and after a change that is no write to the log. */
  readonly borders: number[];
  readonly all: number[];
}

function momentsOf(records: readonly DiskRecord[]): Moments {
  const shared = handlesOf(records, /-shm$/);
  const logs = handlesOf(records, /-wal$/);
  const moments: Moments = { syncs: [], borders: [], all: [0] };
  for (const [at, record] of records.entries()) {
    if ("handle" in record && shared.has(record.handle)) continue;
    if (record.kind === "mark") {
      if (isCommit(record.text)) moments.borders.push(at + 1);
      continue;
    }
    moments.all.push(at + 1);
    if (record.kind === "sync") moments.syncs.push(at);
    if (record.kind !== "write" || !logs.has(record.handle)) moments.borders.push(at + 1);
  }
  return moments;
}

/** Draws the moments of the cuts. Ascending; each once as long as there are enough of its kind. */
export function drawMoments(records: readonly DiskRecord[], count: number, random: RandomStreams): readonly number[] {
  const { syncs, borders, all } = momentsOf(records);
  const left = { syncs: [...syncs], borders: [...borders], all: [...all] };
  const drawn: number[] = [];
  while (drawn.length < count) {
    const at = random.next("kind");
    const kind = at < SYNC_PART ? "syncs" : at < SYNC_PART + BORDER_PART ? "borders" : "all";
    if (left[kind].length > 0) drawn.push(takeAny(left[kind], random));
    else if (left.all.length > 0) drawn.push(takeAny(left.all, random));
    else left.all.push(...all);
  }
  return drawn.sort((a, b) => a - b);
}

function isCommit(text: string): boolean {
  return (JSON.parse(text) as Mark).kind === "committed";
}

function takeAny(from: number[], random: RandomStreams): number {
  const at = random.integer("moment", 0, from.length - 1);
  const taken = from[at]!;
  from[at] = from[from.length - 1]!;
  from.pop();
  return taken;
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
    this.#progress = makeProgress(life.start.reference);
    this.#left = life.start;
    this.#leftAt = life.random.integer("left", Math.ceil(life.images / 2), life.images);
  }

  run(): CutLifeEnd {
    const { records, images, random } = this.#life;
    const moments = drawMoments(records, images, random);
    const points = new Set(moments);
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
      points: points.size,
      syncsCut: records.filter(({ kind }, n) => kind === "sync" && (points.has(n) || points.has(n + 1))).length,
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
    const problems = [...found.problems, ...this.#damageProblems(found)];
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

  #damageProblems({ recovered }: FoundStore): readonly string[] {
    const { isDamaged, folder } = this.#life;
    if (!isDamaged) return recovered === undefined ? [] : ["the file was taken for damaged"];
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    return names.some((name) => SET_ASIDE.test(name)) ? [] : [`the damaged file is gone: found ${names.join(", ")}`];
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
