/** The real program in a process of its own: from the sources, or the binary named by HEARTH_BIN. */
import { fileURLToPath } from "node:url";
import { OUTER_BOUND } from "../../scripts/compile_plan.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** Longest time that a test waits for one thing, in ms; generous, as machines are slow at times. */
export const DEADLINE_MS = 60_000;
/** Longest life of a process under test, in ms; then it is killed and the test sees code 137. */
const LIFE_MS_MAX = 180_000;
/** Most of the output that a failure shows, in characters. */
const SHOWN_MAX = 3_000;

/** What a process left behind. */
export interface HearthEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How the program is started. */
export interface HearthOptions {
  /** Beside PATH and what the runtime itself needs, all that the program sees; XDG folders lie in `folder`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Working folder, HOME and parent of the XDG folders. */
  readonly folder: string;
  /** Program other than `main.ts`, from the root of the repository; it always runs from the sources. */
  readonly program?: string;
  /** Command and arguments through which the program is started, as `nsenter` and its options. */
  readonly enter?: readonly string[];
}

/** The program while it runs. */
export interface HearthProcess extends AsyncDisposable {
  readonly pid: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Resolves when stdout and stderr are read to the end, too. */
  readonly ended: Promise<HearthEnd>;
  /** JSON objects on stdout so far, oldest first. */
  json<Shape>(): readonly Shape[];
  /** Waits until `look` gives something else than undefined or false, and returns it. @throws {Error} At the deadline, or at the process's end, with its output. */
  until<Found>(what: string, look: () => Found | undefined | false, deadlineMs?: number): Promise<Found>;
  kill(signal: Deno.Signal): void;
  /** SIGTERM, then the end. */
  stop(): Promise<HearthEnd>;
  /** Resident memory, in bytes. */
  rssBytes(): number;
}

/** Path of a file in the repository. */
export function repositoryPath(path: string): string {
  return `${ROOT}${path}`;
}

/** A temporary folder that goes when it is disposed. */
export function temporaryFolder(): Disposable & { readonly path: string } {
  const path = Deno.makeTempDirSync({ prefix: "hearth-process-" });
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

/** All that a program under test sees of the environment: nothing of the tester's own settings. */
export function processEnvironment({ env = {}, folder }: HearthOptions): Record<string, string> {
  const own: Record<string, string> = { DENO_NO_UPDATE_CHECK: "1", NO_COLOR: "1", HOME: folder };
  // The runtime's own folder of packages: without it each start would fetch them again.
  const cache = Deno.env.get("DENO_DIR") ??
    `${Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`}/deno`;
  for (const name of ["PATH", "LD_LIBRARY_PATH", "TMPDIR"]) {
    const value = Deno.env.get(name);
    if (value !== undefined) own[name] = value;
  }
  const xdg = { XDG_CONFIG_HOME: "config", XDG_DATA_HOME: "data", XDG_STATE_HOME: "state", XDG_RUNTIME_DIR: "run" };
  for (const [name, part] of Object.entries(xdg)) own[name] = `${folder}/${part}`;
  return { ...own, DENO_DIR: cache, ...env };
}

/** Starts `hearth <args>`. HEARTH_BIN names a binary; else HEARTH_DENO, or the runtime of the test, runs the sources. */
export function startHearth(args: readonly string[], options: HearthOptions): HearthProcess {
  const { program, enter = [] } = options;
  const binary = program === undefined ? Deno.env.get("HEARTH_BIN") : undefined;
  const runtime = Deno.env.get("HEARTH_DENO") ?? Deno.execPath();
  const start = binary === undefined ? [runtime, "run", ...OUTER_BOUND, `${ROOT}${program ?? "main.ts"}`] : [binary];
  const [command = "", ...rest] = [...enter, ...start, ...args];
  Deno.mkdirSync(`${options.folder}/run`, { recursive: true });
  const child = new Deno.Command(command, {
    args: rest,
    cwd: options.folder,
    clearEnv: true,
    env: processEnvironment(options),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return new Running(child, `hearth ${args.join(" ")}`);
}

/** Follows another program of a test in the same way. @param child Its stdout and stderr must be piped. */
export function followProcess(child: Deno.ChildProcess, name: string): HearthProcess {
  return new Running(child, name);
}

/** Runs `hearth <args>` to its end. */
export async function runHearth(args: readonly string[], options: HearthOptions): Promise<HearthEnd> {
  await using process = startHearth(args, options);
  return await process.ended;
}

class Running implements HearthProcess {
  stdout = "";
  stderr = "";
  readonly ended: Promise<HearthEnd>;
  readonly #child: Deno.ChildProcess;
  readonly #name: string;
  #hasEnded = false;
  #news = Promise.withResolvers<void>();

  constructor(child: Deno.ChildProcess, name: string) {
    this.#child = child;
    this.#name = name;
    this.ended = this.#follow();
  }

  get pid(): number {
    return this.#child.pid;
  }

  json<Shape>(): readonly Shape[] {
    const lines = this.stdout.split("\n").slice(0, -1);
    return lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as Shape);
  }

  async until<Found>(what: string, look: () => Found | undefined | false, deadlineMs = DEADLINE_MS): Promise<Found> {
    const deadline = Promise.withResolvers<void>();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      deadline.resolve();
    }, deadlineMs);
    try {
      while (true) {
        const news = this.#news.promise;
        const hasEnded = this.#hasEnded;
        const found = look();
        if (found !== undefined && found !== false) return found;
        if (isLate || hasEnded) throw new Error(`Cannot see ${what} within ${deadlineMs} ms: ${this.#shown()}`);
        await Promise.race([news, deadline.promise]);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  kill(signal: Deno.Signal): void {
    if (this.#hasEnded) return;
    try {
      this.#child.kill(signal);
    } catch (thrown) {
      // It ended by itself between the look and the signal.
      if (!(thrown instanceof TypeError) && !(thrown instanceof Deno.errors.NotFound)) throw thrown;
    }
  }

  stop(): Promise<HearthEnd> {
    this.kill("SIGTERM");
    return this.ended;
  }

  rssBytes(): number {
    const found = /^VmRSS:\s+(\d+) kB$/m.exec(Deno.readTextFileSync(`/proc/${this.pid}/status`));
    return Number(found?.[1]) * 1_024;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGKILL");
    await this.ended;
  }

  async #follow(): Promise<HearthEnd> {
    const killer = setTimeout(() => this.kill("SIGKILL"), LIFE_MS_MAX);
    const outputs = [
      this.#read(this.#child.stdout, (text) => this.stdout += text),
      this.#read(this.#child.stderr, (text) => this.stderr += text),
    ];
    const { code } = await this.#child.status;
    await Promise.all(outputs);
    clearTimeout(killer);
    this.#hasEnded = true;
    this.#tell();
    return { code, stdout: this.stdout, stderr: this.stderr };
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>, add: (text: string) => void): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      add(text);
      this.#tell();
    }
  }

  #tell(): void {
    const { resolve } = this.#news;
    this.#news = Promise.withResolvers<void>();
    resolve();
  }

  #shown(): string {
    return `${this.#name}\nstdout: …${this.stdout.slice(-SHOWN_MAX)}\nstderr: …${this.stderr.slice(-SHOWN_MAX)}`;
  }
}
