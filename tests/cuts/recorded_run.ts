import { strict as assert } from "node:assert";
import type { Image } from "./cut_disk.ts";
import { type DiskRecord, readRecords } from "./record_log.ts";
import type { WorkloadOptions } from "./workload.ts";

const FOLDER = new URL("./", import.meta.url).pathname;
/** Longest run of a workload, in ms. */
const RUN_MS_MAX = 120_000;

/** A folder of one test in memory where there is such a file system, as the images are many. */
export function scratchFolder(): Disposable & { readonly path: string } {
  const memory = "/dev/shm";
  const isThere = Deno.statSync("/").isDirectory && exists(memory);
  const path = Deno.makeTempDirSync({ prefix: "hearth-cuts-", ...(isThere ? { dir: memory } : {}) });
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

/** Compiles the recorder. @returns Path of the library. @throws {AssertionError} With the compiler's words. */
export async function compileRecorder(folder: string): Promise<string> {
  const library = `${folder}/recorder.so`;
  const flags = ["-Wall", "-Wextra", "-Werror", "-O1", "-shared", "-fPIC", "-o", library, `${FOLDER}recorder.c`];
  const { code, stderr } = await new Deno.Command("gcc", { args: [...flags, "-ldl", "-lpthread"] }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return library;
}

/** Puts exactly these files into a folder. */
export function writeImage(folder: string, image: Image): void {
  Deno.mkdirSync(folder, { recursive: true });
  for (const { name } of Deno.readDirSync(folder)) Deno.removeSync(`${folder}/${name}`);
  for (const [name, bytes] of image) Deno.writeFileSync(`${folder}/${name}`, bytes);
}

/** One run of the workload under the recorder. */
export interface RecordedRun {
  /** Folder of the store, of the log and of the marks; nothing else may lie there. */
  readonly folder: string;
  /** Path of the recorder. */
  readonly library: string;
  /** Files of the store at the start. */
  readonly image: Image;
  readonly options: Omit<WorkloadOptions, "path">;
}

/** Name of the store's file in its folder. */
export const STORE_NAME = "store.db";

/** Runs the workload to its end. @returns All that it did to its disk. @throws {AssertionError} When it failed. */
export async function recordRun({ folder, library, image, options }: RecordedRun): Promise<readonly DiskRecord[]> {
  const data = `${folder}/data`, log = `${folder}/log`, marks = `${folder}/marks`;
  writeImage(data, image);
  const workload: WorkloadOptions = { ...options, path: `${data}/${STORE_NAME}` };
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--no-check", "-A", `${FOLDER}workload.ts`, JSON.stringify(workload), marks],
    env: {
      LD_PRELOAD: library,
      HEARTH_CUTS_FOLDER: data,
      HEARTH_CUTS_LOG: log,
      HEARTH_CUTS_MARKS: marks,
      DENO_NO_UPDATE_CHECK: "1",
      NO_COLOR: "1",
    },
    signal: AbortSignal.timeout(RUN_MS_MAX),
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  const records = readRecords(Deno.readFileSync(log));
  assert.ok(records.some(({ kind }) => kind === "write"), "the recorder saw no write");
  return records;
}
