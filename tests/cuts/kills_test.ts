import { strict as assert } from "node:assert";
import { randomStreams } from "../../src/testing/mod.ts";
import { findStore, type FoundStore } from "./found_store.ts";
import { killOnce } from "./killed_run.ts";
import { scratchFolder, STORE_NAME } from "./recorded_run.ts";
import { makeReferenceStore } from "./reference_store.ts";
import { type Allowed, isAllowed, storeProblems } from "./store_problems.ts";

/** Kills of a process that does nothing but commit; a soak has ten times as many. */
const KILLS = Number(Deno.env.get("HEARTH_STORE_KILLS") ?? 100);
const SEED = Number(Deno.env.get("HEARTH_KILL_SEED") ?? 1);
const OWNER = "hw1.isone.me";
/** Most payload bytes of pending events: some are evicted. */
const BYTES_MAX = 200_000;
/** Most kills until the checker must have seen a planted bug. */
const PLANTED_KILLS_MAX = 20;
/** Every so many kills, a line is printed. */
const PROGRESS_EACH = 100;

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

async function killCommitters(): Promise<void> {
  using scratch = scratchFolder();
  const place = { path: `${scratch.path}/${STORE_NAME}`, owner: OWNER, bytesMax: BYTES_MAX };
  const random = randomStreams(SEED);
  let reference = makeReferenceStore(BYTES_MAX);
  let commits = 0, ahead = 0, early = 0;
  const startedMs = performance.now();
  for (let kill = 1; kill <= KILLS; kill++) {
    const killed = await killOnce({ place, seed: SEED * 10_000 + kill, random, start: reference });
    const found = findStore(place);
    const allowed = { committed: killed.progress.committed.content(), next: killed.progress.next.content() };
    assert.deepEqual(problemsOf(found, allowed), [], `seed ${SEED}, kill ${kill}`);
    const isCommitted = isAllowed(found.content!, { ...allowed, next: allowed.committed });
    reference = isCommitted ? killed.progress.committed : killed.progress.next;
    commits += killed.commits;
    if (!isCommitted) ahead++;
    if (killed.commits === 0) early++;
    if (kill % PROGRESS_EACH === 0) print(`${kill} of ${KILLS} kills after ${seconds(startedMs)} s`);
  }
  const { generated, acked, pending, tombstoned } = reference.content().counters;
  print(
    `seed ${SEED}: ${KILLS} kills, ${commits} commits reported, ${generated} events (${acked} acked, ${pending} pending, ` +
      `${tombstoned} given up); ${early} kills before a commit, ${ahead} after one not yet reported; ${
        seconds(startedMs)
      } s`,
  );
  assert.ok(commits > KILLS, `${commits} commits in all`);
}

function problemsOf({ content, recovered, problems }: FoundStore, allowed: Allowed): readonly string[] {
  const damage = recovered === undefined ? [] : ["the file was taken for damaged"];
  return [...problems, ...damage, ...(content ? storeProblems(content, allowed) : [])];
}

async function killThoseWhoTellEarly(): Promise<void> {
  const random = randomStreams(SEED);
  for (let kill = 1; kill <= PLANTED_KILLS_MAX; kill++) {
    using scratch = scratchFolder();
    // Ample room: the model must not differ in what is given up.
    const place = { path: `${scratch.path}/${STORE_NAME}`, owner: OWNER, bytesMax: 1e9 };
    const start = makeReferenceStore(place.bytesMax);
    const { progress } = await killOnce({ place, seed: kill, random, start, tellsEarly: true });
    const allowed = { committed: progress.committed.content(), next: progress.next.content() };
    if (problemsOf(findStore(place), allowed).some((text) => /committed events lost|was committed/.test(text))) return;
  }
  assert.fail(`${PLANTED_KILLS_MAX} kills showed nothing`);
}

function seconds(sinceMs: number): string {
  return ((performance.now() - sinceMs) / 1_000).toFixed(0);
}

// The run of unit tests, which has this folder too, has no right to start programs.
if (Deno.permissions.querySync({ name: "run" }).state === "granted") {
  Deno.test(
    `a store loses nothing that it reported committed when its process is killed ${KILLS} times`,
    killCommitters,
  );
  Deno.test("the checker of kills fires when commits are reported before they are made", killThoseWhoTellEarly);
}
