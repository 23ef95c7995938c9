import { strict as assert } from "node:assert";
import { type CutRun, cutRun, type CutRunEnd } from "./cut_run.ts";
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

function figures(ends: readonly CutRunEnd[]): string {
  const lives = ends.flatMap((end) => end.lives);
  const sum = (of: (life: (typeof lives)[number]) => number) => lives.reduce((total, life) => total + of(life), 0);
  const kinds = (["none", "all", "first", "some", "sectors"] as const).map((kind) => {
    return `${kind} ${sum(({ survivals }) => survivals[kind])}`;
  });
  const accounts = ends.map((end) => end.lives.at(-1)!.left.reference.content().counters);
  const all = (of: (account: (typeof accounts)[number]) => number) => accounts.reduce((n, one) => n + of(one), 0);
  return [
    `${sum((life) => life.images)} power cuts in ${lives.length} lives of ${ends.length} seeds`,
    `at ${sum((life) => life.points)} of ${sum((life) => life.records)} moments`,
    `beside ${sum((life) => life.syncsCut)} of ${sum((life) => life.syncs)} syncs`,
    `${sum((life) => life.checkpoints)} syncs of the file itself`,
    `un-synced changes at ${sum((life) => life.unsynced)}, survived: ${kinds.join(" ")}`,
    `${sum((life) => life.ahead)} images held a commit not yet reported`,
    `at least ${all((one) => one.generated)} events, ${all((one) => one.tombstoned)} given up`,
  ].join(", ");
}

async function cutPower(): Promise<void> {
  const startedMs = performance.now();
  let images = 0;
  function onImage(): void {
    if (++images % PROGRESS_EACH !== 0) return;
    print(`${images} of ${CUTS} power cuts after ${((performance.now() - startedMs) / 1_000).toFixed(0)} s`);
  }
  const ends = await runSeeds(Math.ceil(CUTS / SEED_IMAGES), { images: SEED_IMAGES, onImage });
  print(`${figures(ends)}, ${((performance.now() - startedMs) / 1_000).toFixed(0)} s`);
  assert.deepEqual(ends.flatMap((end) => end.problems).slice(0, 5), []);
  assert.ok(images >= CUTS);
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
