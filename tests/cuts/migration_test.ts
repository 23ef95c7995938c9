import { strict as assert } from "node:assert";
import { DatabaseSync } from "node:sqlite";
import { MIGRATIONS, SCHEMA_VERSION } from "../../src/store/schema.ts";
import { randomStreams } from "../../src/testing/mod.ts";
import type { Image } from "./cut_disk.ts";
import { cutLife } from "./cut_life.ts";
import { afterAll } from "./damage_run.ts";
import { findStore } from "./found_store.ts";
import { compileRecorder, recordRun, scratchFolder, STORE_NAME, writeImage } from "./recorded_run.ts";
import { makeReferenceStore } from "./reference_store.ts";

const BOUNDS = { owner: "hw1.isone.me", bytesMax: 200_000 };
/** Cuts of starts on a file of each older schema. */
const IMAGES = 60;
const SEED = Number(Deno.env.get("HEARTH_CUT_SEED") ?? 1);

/** What older schemas had and the newer one has elsewhere. */
const OLDER_COLUMNS: Readonly<Record<string, string>> = {
  "owners.last_seq": "(SELECT max(last_seq) FROM newer.counters WHERE owner=o.id)",
  "owners.pending_bytes": "(SELECT sum(pending_bytes) FROM newer.counters WHERE owner=o.id)",
};

/** The same rows in a file of an older schema. */
function withSchema(version: number, image: Image, folder: string): Image {
  writeImage(folder, new Map([["new.db", image.get(STORE_NAME)!]]));
  const db = new DatabaseSync(`${folder}/${STORE_NAME}`);
  const statements = MIGRATIONS.filter(({ to }) => to <= version).flatMap((step) => step.statements);
  for (const statement of statements) db.exec(statement);
  db.exec(`ATTACH '${folder}/new.db' AS newer`);
  for (const { name } of db.prepare("SELECT name FROM main.sqlite_master WHERE type='table'").all()) {
    const columns = db.prepare(`SELECT name FROM pragma_table_info('${name}', 'main')`).all().map((row) => row["name"]);
    const sources = columns.map((column) => OLDER_COLUMNS[`${name}.${column}`] ?? column);
    db.exec(`INSERT INTO main.${name}(${columns}) SELECT ${sources} FROM newer.${name} AS o`);
  }
  db.exec(`UPDATE main.meta SET value='${version}' WHERE key='schema'`);
  db.close();
  return new Map([[STORE_NAME, Deno.readFileSync(`${folder}/${STORE_NAME}`)]]);
}

async function cutMigration(version: number): Promise<void> {
  using scratch = scratchFolder();
  const folder = `${scratch.path}/image`;
  const library = await compileRecorder(scratch.path);
  const common = { folder: scratch.path, library };
  const options = { ...BOUNDS, seed: SEED, synchronous: "FULL", reopens: 0, steps: 40 } as const;
  const made = afterAll(new Map(), await recordRun({ ...common, image: new Map(), options }));
  const image = withSchema(version, made, folder);
  writeImage(folder, image);
  const { content, problems } = findStore({ ...BOUNDS, path: `${folder}/${STORE_NAME}` });
  assert.deepEqual(problems, []);
  assert.ok(content!.inbox.length > 0 && content!.pending.length > 0, "rows of many kinds");
  const start = { image, reference: makeReferenceStore(BOUNDS.bytesMax, content) };
  const records = await recordRun({ ...common, image, options: { ...options, steps: 2 } });
  const random = randomStreams(SEED);
  const end = cutLife({ start, records, images: IMAGES, random, folder, ...BOUNDS });
  assert.deepEqual(end.problems, []);
  assert.equal(end.images, IMAGES);
}

// The run of unit tests, which has this folder too, has no right to start programs.
if (Deno.permissions.querySync({ name: "run" }).state === "granted") {
  for (let version = 1; version < SCHEMA_VERSION; version++) {
    Deno.test(`a store of schema ${version} loses nothing when the power is cut while it is migrated`, async () => {
      await cutMigration(version);
    });
  }
}
