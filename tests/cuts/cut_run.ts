import { randomStreams } from "../../src/testing/mod.ts";
import { cutLife, type CutLifeEnd, type CutProblem, type CutState, handlesOf } from "./cut_life.ts";
import { recordRun } from "./recorded_run.ts";
import { makeReferenceStore } from "./reference_store.ts";
import type { WorkloadOptions } from "./workload.ts";

/** Most payload bytes of pending events: some are evicted. */
const BYTES_MAX = 200_000;
const OWNER = "hw1.isone.me";
/** Lives of each seed: each starts from what a cut left of the one before. */
export const LIVES = 4;
/** Part of the images that long lives get; every second one is long. */
const LONG_PART = 0.75;

/** A chain of lives from one seed. */
export interface CutRun {
  readonly seed: number;
  readonly images: number;
  readonly synchronous?: WorkloadOptions["synchronous"];
  /** Path of the recorder, and a folder for everything else. */
  readonly library: string;
  readonly folder: string;
  readonly onImage?: () => void;
}

/** Figures of one life. */
export interface LifeFigures extends CutLifeEnd {
  readonly records: number;
  readonly syncs: number;
  /** Syncs of the database itself: the log went back into it. */
  readonly checkpoints: number;
}

/** What became of a run. */
export interface CutRunEnd {
  readonly lives: readonly LifeFigures[];
  readonly problems: readonly CutProblem[];
}

/** Short lives with many closes and openings, and long ones in which the log goes back into the file and starts anew. */
function shapeOf(seed: number, life: number): Pick<WorkloadOptions, "steps" | "reopens"> {
  return isLong(seed, life) ? { steps: 120, reopens: 0.01 } : { steps: 12, reopens: 0.3 };
}

function isLong(seed: number, life: number): boolean {
  return (seed + life) % 2 === 1;
}

/** Share of the images: a long life has more syncs. */
function imagesOf({ seed, images }: CutRun, life: number): number {
  const long = Math.floor(images * LONG_PART / (LIVES / 2));
  return isLong(seed, life) ? long : Math.ceil(images / (LIVES / 2)) - long;
}

/** Records, cuts and checks the lives of one seed. */
export async function cutRun(run: CutRun): Promise<CutRunEnd> {
  const random = randomStreams(run.seed);
  let start: CutState = { image: new Map(), reference: makeReferenceStore(BYTES_MAX) };
  const lives: LifeFigures[] = [];
  const problems: CutProblem[] = [];
  for (let life = 0; life < LIVES; life++) {
    const options = {
      owner: OWNER,
      seed: run.seed * 1_000 + life,
      bytesMax: BYTES_MAX,
      synchronous: run.synchronous ?? "FULL",
      ...shapeOf(run.seed, life),
    };
    const records = await recordRun({ folder: run.folder, library: run.library, image: start.image, options });
    const images = imagesOf(run, life);
    const place = { folder: `${run.folder}/image`, owner: OWNER, bytesMax: BYTES_MAX };
    const end = cutLife({ start, records, images, random, ...place, ...(run.onImage ? { onImage: run.onImage } : {}) });
    const files = handlesOf(records, /\.db$/);
    const syncs = records.filter((record) => record.kind === "sync");
    const checkpoints = syncs.filter(({ handle }) => files.has(handle)).length;
    lives.push({ ...end, records: records.length, syncs: syncs.length, checkpoints });
    problems.push(
      ...end.problems.map(({ cut, ...rest }) => ({ cut: `seed ${run.seed}, life ${life}, ${cut}`, ...rest })),
    );
    start = end.left;
  }
  return { lives, problems };
}
