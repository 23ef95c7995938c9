import { type HearthOptions, type HearthProcess, startHearth } from "../../support/hearth_process.ts";

const READY = "ready";
const LOOP_DISK_BYTES = 33_554_432;

/** Mounts that nobody else sees, and that go with the process that holds them. */
export interface OwnMounts extends AsyncDisposable {
  /** Runs a command among the mounts. @returns What it said, "" when it succeeded. */
  run(command: string, ...args: string[]): string;
  /** As `run`. @throws {Error} When it fails. */
  must(command: string, ...args: string[]): void;
  /** Path by which this process reaches a file among the mounts. */
  seen(path: string): string;
  /** Starts `hearth <args>` among the mounts. */
  hearth(args: readonly string[], options: Omit<HearthOptions, "enter">): HearthProcess;
}

type Way = "root" | "user";

function holderArgs(way: Way): string[] {
  return [way === "root" ? "-m" : "-rm", "sh", "-c", `echo ${READY} && exec cat`];
}

function spawnHolder(way: Way): Deno.ChildProcess {
  const args = holderArgs(way);
  return new Deno.Command("unshare", { args, stdin: "piped", stdout: "piped", stderr: "null" }).spawn();
}

/** Whether mounts of an own are to be had in this way. */
function works(way: Way): boolean {
  const folder = Deno.makeTempDirSync();
  try {
    const [flags = ""] = holderArgs(way);
    const args = [flags, "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder];
    return new Deno.Command("unshare", { args, stdout: "null", stderr: "null" }).outputSync().success;
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return false;
    throw thrown;
  } finally {
    Deno.removeSync(folder);
  }
}

const WAY: Way | undefined = Deno.build.os !== "linux"
  ? undefined
  : ([...(Deno.uid() === 0 ? ["root"] : []), "user"] as Way[]).find(works);

/** Why no mounts can be had here; undefined when they can. */
export const NO_MOUNTS: string | undefined = WAY === undefined
  ? "neither this user nor a user namespace may mount a disk"
  : undefined;

/** Why no disk can be had whose file system goes read-only by itself, as one with faults does; undefined when one can. */
export const NO_FAULTY_DISK: string | undefined = WAY === "root" ? noLoopDisk() : "only root has loop devices";

function noLoopDisk(): string | undefined {
  const folder = Deno.makeTempDirSync();
  try {
    makeDisk(`${folder}/disk`);
    const args = ["-m", "mount", "-o", "loop", `${folder}/disk`, folder];
    const { success, stderr } = new Deno.Command("unshare", { args, stdout: "null", stderr: "piped" }).outputSync();
    return success ? undefined : `mount refuses: ${new TextDecoder().decode(stderr).trim()}`;
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Makes a file that holds an empty file system. @throws {Error} When there is no program for it. */
export function makeDisk(path: string): void {
  Deno.writeFileSync(path, new Uint8Array());
  Deno.truncateSync(path, LOOP_DISK_BYTES);
  const { success } = new Deno.Command("mkfs.ext4", { args: ["-q", "-F", path], stdout: "null", stderr: "null" })
    .outputSync();
  if (!success) throw new Error(`Cannot make a file system in "${path}": mkfs.ext4 failed`);
}

/** Makes a place for mounts. @throws {Error} When there is none. */
export async function ownMounts(): Promise<OwnMounts> {
  if (WAY === undefined) throw new Error(`Cannot mount a disk: ${NO_MOUNTS}`);
  const holder = spawnHolder(WAY);
  const enter = ["-t", `${holder.pid}`, "-m", ...(WAY === "user" ? ["-U", "--preserve-credentials"] : [])];
  const output = holder.stdout.getReader();
  const { value } = await output.read();
  if (value === undefined) throw new Error("Cannot hold mounts as unshare must start a shell: it ended");
  return new HeldMounts(holder, output, enter);
}

class HeldMounts implements OwnMounts {
  readonly #holder: Deno.ChildProcess;
  readonly #output: ReadableStreamDefaultReader<Uint8Array>;
  readonly #enter: readonly string[];

  constructor(
    holder: Deno.ChildProcess,
    output: ReadableStreamDefaultReader<Uint8Array>,
    enter: readonly string[],
  ) {
    this.#holder = holder;
    this.#output = output;
    this.#enter = enter;
  }

  run(command: string, ...args: string[]): string {
    const all = [...this.#enter, command, ...args];
    const { success, stderr } = new Deno.Command("nsenter", { args: all, stdout: "null", stderr: "piped" })
      .outputSync();
    return success ? "" : new TextDecoder().decode(stderr).trim() || "no reason given";
  }

  must(command: string, ...args: string[]): void {
    const said = this.run(command, ...args);
    if (said !== "") throw new Error(`Cannot run ${command} ${args.join(" ")}: ${said}`);
  }

  seen(path: string): string {
    return `/proc/${this.#holder.pid}/root${path}`;
  }

  hearth(args: readonly string[], options: Omit<HearthOptions, "enter">): HearthProcess {
    return startHearth(args, { ...options, enter: ["nsenter", ...this.#enter] });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#output.cancel();
    await this.#holder.stdin.close();
    await this.#holder.status;
  }
}

/** Takes all room that is left on the disk of this file. */
export function fillDisk(path: string): void {
  using file = Deno.openSync(path, { write: true, create: true });
  const block = new Uint8Array(4_096).fill(1);
  try {
    while (file.writeSync(block) > 0);
  } catch (thrown) {
    if ((thrown as { readonly code?: unknown }).code !== "ENOSPC") throw thrown;
  }
}
