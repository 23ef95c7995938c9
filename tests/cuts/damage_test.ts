import { strict as assert } from "node:assert";
import { damageRun } from "./damage_run.ts";
import { compileRecorder, scratchFolder } from "./recorded_run.ts";

/** Cuts of starts on a damaged file, for each seed. */
const IMAGES = 50;
/** Damaged files. */
const SEEDS = Number(Deno.env.get("HEARTH_DAMAGES") ?? 6);
const SEED = Number(Deno.env.get("HEARTH_CUT_SEED") ?? 1);

async function cutSalvage(): Promise<void> {
  using scratch = scratchFolder();
  const library = await compileRecorder(scratch.path);
  const problems = [];
  let starts = 0, images = 0, before = 0, after = 0;
  for (let seed = SEED; seed < SEED + SEEDS; seed++) {
    const end = await damageRun({ seed, images: IMAGES, library, folder: scratch.path });
    if (end === undefined) continue;
    starts++;
    images += end.images;
    before += end.pendingBefore;
    after += end.salvaged.pending.length;
    problems.push(...end.problems);
  }
  const text = `${images} power cuts in ${starts} starts on a damaged file, which held ${after} of ${before} events\n`;
  Deno.stdout.writeSync(new TextEncoder().encode(text));
  assert.deepEqual(problems.slice(0, 5), []);
  assert.ok(starts >= SEEDS / 2, `${starts} starts`);
}

// The run of unit tests, which has this folder too, has no right to start programs.
if (Deno.permissions.querySync({ name: "run" }).state === "granted") {
  Deno.test(
    "a damaged store gives all that could be read of it when the power is cut while it is replaced",
    cutSalvage,
  );
}
