import { strict as assert } from "node:assert";
import { type CutRun, cutRun, type CutRunEnd, type LifeFigures } from "./cut_run.ts";
import { compileRecorder, scratchFolder } from "./recorded_run.ts";

/** Images of power cuts; a soak has ten times as many. */
const CUTS = Number(Deno.env.get("HEARTH_CUTS") ?? 1_000);
const SEED = Number(Deno.env.get("HEARTH_CUT_SEED") ?? 1);
/** Images of one seed: in a soak enough to cut at each sync. */
const SEED_IMAGES = Math.max(250, Math.ceil(CUTS / 10));
/** Images that must show a store which syncs too little. */
const PLANTED_IMAGES = 60;
/** Every so many images, a line is printed. */
const PROGRESS_EACH = 1_000;

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

async function runSeeds(
  seeds: number,
  more: Partial<CutRun> & { readonly images: number },
): Promise<readonly CutRunEnd[]> {
  using scratch = scratchFolder();
  const library = await compileRecorder(scratch.path);
  const ends: CutRunEnd[] = [];
  for (let n = 0; n < seeds; n++) ends.push(await cutRun({ seed: SEED + n, library, folder: scratch.path, ...more }));
  return ends;
}

/** Sums over all lives. */
interface Figures {
  readonly [figure: string]: number;
}

function figuresOf(ends: readonly CutRunEnd[]): Figures {
  const lives = ends.flatMap((end) => end.lives);
  const sum = (of: (life: LifeFigures) => number) => lives.reduce((total, life) => total + of(life), 0);
  const accounts = ends.map((end) => end.lives.at(-1)!.left.reference.content().counters);
  return {
    images: sum(({ images }) => images),
    lives: lives.length,
    moments: sum(({ points }) => points),
    records: sum(({ records }) => records),
    syncs: sum(({ syncs }) => syncs),
    "syncs with a cut": sum(({ syncsCut }) => syncsCut),
    "syncs of the file itself": sum(({ checkpoints }) => checkpoints),
    "un-synced changes at": sum(({ unsynced }) => unsynced),
    "none survived": sum(({ survivals }) => survivals.none),
    "all survived": sum(({ survivals }) => survivals.all),
    "the first survived": sum(({ survivals }) => survivals.first),
    "some survived": sum(({ survivals }) => survivals.some),
    "some sectors survived": sum(({ survivals }) => survivals.sectors),
    "commits not yet reported": sum(({ ahead }) => ahead),
    "events at least": accounts.reduce((total, { generated }) => total + generated, 0),
    "given up at least": accounts.reduce((total, { tombstoned }) => total + tombstoned, 0),
  };
}

async function cutPower(): Promise<void> {
  const startedMs = performance.now();
  let images = 0;
  function onImage(): void {
    if (++images % PROGRESS_EACH !== 0) return;
    print(`${images} of ${CUTS} power cuts after ${((performance.now() - startedMs) / 1_000).toFixed(0)} s`);
  }
  const ends = await runSeeds(Math.ceil(CUTS / SEED_IMAGES), { images: SEED_IMAGES, onImage });
  const figures = figuresOf(ends);
  const text = Object.entries(figures).map(([name, n]) => `${name} ${n}`).join(", ");
  print(`${text}; ${((performance.now() - startedMs) / 1_000).toFixed(0)} s`);
  assert.deepEqual(ends.flatMap((end) => end.problems).slice(0, 5), []);
  assert.ok(images >= CUTS);
  // A fault that never comes is no test.
  assert.deepEqual(Object.entries(figures).filter(([, n]) => n === 0), []);
  assert.ok(figures["un-synced changes at"]! > images / 2);
}

/** What the checker says of a store that syncs less than ours. */
async function problemsWith(synchronous: "NORMAL" | "OFF"): Promise<readonly string[]> {
  const [end] = await runSeeds(1, { images: PLANTED_IMAGES, synchronous });
  return end!.problems.flatMap(({ problems }) => problems);
}

async function syncNothing(): Promise<void> {
  const problems = await problemsWith("OFF");
  print(`OFF: ${problems.length} problems, the first ones: ${problems.slice(0, 3).join("; ")}`);
  assert.ok(problems.some((text) => /^\d+ committed events lost/.test(text)), "committed events were lost");
  assert.ok(problems.some((text) => /damaged|integrity_check/.test(text)), "a file was damaged");
}

async function syncLess(): Promise<void> {
  const problems = await problemsWith("NORMAL");
  print(`NORMAL: ${problems.length} problems, the first ones: ${problems.slice(0, 3).join("; ")}`);
  assert.ok(problems.some((text) => /^\d+ committed events lost/.test(text)), "committed events were lost");
  assert.ok(problems.every((text) => !/damaged|integrity_check|does not open/.test(text)), "no file was damaged");
}

// The run of unit tests, which has this folder too, has no right to start programs.
if (Deno.permissions.querySync({ name: "run" }).state === "granted") {
  Deno.test(`a store loses nothing that it reported committed when the power is cut ${CUTS} times`, cutPower);
  Deno.test("the checker of power cuts fires when the store syncs nothing", syncNothing);
  Deno.test("the checker of power cuts fires when the store syncs only when its log starts anew", syncLess);
}
