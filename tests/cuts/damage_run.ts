import { strict as assert } from "node:assert";
import { type RandomStreams, randomStreams } from "../../src/testing/mod.ts";
import { type Image, makeCutDisk } from "./cut_disk.ts";
import { cutLife, type CutProblem } from "./cut_life.ts";
import type { DiskRecord } from "./record_log.ts";
import { findStore, type StorePlace } from "./found_store.ts";
import { recordRun, STORE_NAME, writeImage } from "./recorded_run.ts";
import { makeReferenceStore, type StoreContent } from "./reference_store.ts";

const BYTES_MAX = 200_000;
const OWNER = "hw1.isone.me";
const PAGE_BYTES = 4_096;
/** Pages that are tried at most, until the store is taken for damaged. */
const TRIES_MAX = 50;
/** Probability that the first page goes, and with it everything. */
const FIRST_PAGE = 0.15;

/** Part of the damaged files that have a log beside them. */
const OPEN_PART = 0.5;

/** Starts on a damaged file, cut at many moments. */
export interface DamageRun {
  readonly seed: number;
  readonly images: number;
  readonly library: string;
  readonly folder: string;
}

/** What became of it. */
export interface DamageRunEnd {
  readonly images: number;
  /** What a start that nobody cut made of the file. */
  readonly salvaged: StoreContent;
  /** Events in the file before the damage. */
  readonly pendingBefore: number;
  readonly problems: readonly CutProblem[];
}

/** The files after an orderly end. */
export function afterAll(image: Image, records: readonly DiskRecord[]): Image {
  const disk = makeCutDisk(image);
  for (const record of records) disk.take(record);
  return disk.whole();
}

/** The files while the store was open: with a log beside them. */
function afterLastMark(image: Image, records: readonly DiskRecord[]): Image {
  return afterAll(image, records.slice(0, records.findLastIndex(({ kind }) => kind === "mark")));
}

/** A damaged store, and what a start makes of it. */
interface Spoilt {
  readonly image: Image;
  readonly salvaged: StoreContent;
}

/** Spoils a page such that the store is taken for damaged; undefined when no page was found that does it. */
function spoil(image: Image, place: StorePlace, random: RandomStreams): Spoilt | undefined {
  const folder = place.path.slice(0, -STORE_NAME.length - 1);
  const whole = image.get(STORE_NAME)!;
  const pages = whole.length / PAGE_BYTES;
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const page = random.chance("first_page", FIRST_PAGE) ? 0 : random.integer("page", 1, pages - 1);
    const file = whole.slice();
    file.fill(random.integer("byte", 1, 255), page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
    const spoilt = new Map([...image, [STORE_NAME, file]]);
    writeImage(folder, spoilt);
    const { content, recovered, problems } = findStore(place);
    assert.ok(content, `page ${page} of ${pages}: ${problems.join("; ")}`);
    // A page may be free, in the log as well, or in the midst of a payload, of which SQLite keeps no checksum.
    if (recovered !== undefined && problems.length === 0) return { image: spoilt, salvaged: content };
  }
  return undefined;
}

/**
 * Records a start on a damaged file and some work after it, cuts it, and compares with a start that nobody cut.
 *
 * @returns Undefined when the seed's file could not be damaged: its log may hold every page that counts.
 */
export async function damageRun({ seed, images, library, folder }: DamageRun): Promise<DamageRunEnd | undefined> {
  const random = randomStreams(seed);
  const bounds = { owner: OWNER, bytesMax: BYTES_MAX };
  const options = { ...bounds, synchronous: "FULL" as const, reopens: 0 };
  const record = (image: Image, more: { readonly seed: number; readonly steps: number }) => {
    return recordRun({ folder, library, image, options: { ...options, ...more } });
  };
  let before = afterAll(new Map(), await record(new Map(), { seed, steps: 60 }));
  if (random.chance("open", OPEN_PART)) {
    before = afterLastMark(before, await record(before, { seed: seed + 1, steps: 10 }));
  }
  const place = { ...bounds, path: `${folder}/image/${STORE_NAME}` };
  writeImage(`${folder}/image`, before);
  const pendingBefore = findStore(place).content!.pending.length;
  const spoilt = spoil(before, place, random);
  if (!spoilt) return undefined;
  const { image, salvaged } = spoilt;
  const records = await record(image, { seed: seed + 2, steps: 3 });
  const start = { image, reference: makeReferenceStore(BYTES_MAX, salvaged) };
  const cut = cutLife({ start, records, images, random, ...bounds, folder: `${folder}/image`, isDamaged: true });
  const problems = cut.problems.map((one) => ({ ...one, cut: `seed ${seed}, ${one.cut}` }));
  return { images: cut.images, salvaged, pendingBefore, problems };
}
