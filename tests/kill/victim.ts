import { processEnvironment, repositoryPath } from "../support/hearth_process.ts";

/** As `deno task dev`, without FFI. */
const GRANTS = ["--no-prompt", "--allow-net", "--allow-read", "--allow-write", "--allow-env"];
/** Most of the output that a failure shows, in characters. */
const SHOWN_MAX = 2_000;

/** A process that is killed and started again, over and over. */
export interface Victim extends AsyncDisposable {
  readonly name: string;
  /** Kills since it was made. */
  readonly kills: number;
  /** When the present process was started, on the test's monotonic clock, in ms. */
  readonly startedMs: number;
  start(): void;
  /** SIGKILL; resolves when the system has taken the process away. @throws {Error} If it had ended by itself. */
  kill(): Promise<void>;
  /** SIGTERM. @returns Exit code. */
  stop(): Promise<number>;
  /** End of what it wrote on stderr, in all its lives. */
  readonly shown: string;
}

/** How a victim is started. */
export interface VictimOptions {
  /** Command of `main.ts` beside this file. */
  readonly command: "run" | "ltn";
  /** Working folder, HOME and parent of the XDG folders. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}

class DenoVictim implements Victim {
  readonly name: string;
  readonly #options: VictimOptions;
  #child: Deno.ChildProcess | undefined;
  #reading: Promise<void> = Promise.resolve();
  kills = 0;
  startedMs = 0;
  shown = "";

  constructor(options: VictimOptions) {
    this.name = options.command;
    this.#options = options;
  }

  start(): void {
    const { command, folder } = this.#options;
    const runtime = Deno.env.get("HEARTH_DENO") ?? Deno.execPath();
    this.#child = new Deno.Command(runtime, {
      args: ["run", ...GRANTS, repositoryPath("tests/kill/main.ts"), command, "--json"],
      cwd: folder,
      clearEnv: true,
      env: processEnvironment(this.#options),
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.startedMs = performance.now();
    this.#reading = this.#read(this.#child.stderr);
  }

  async kill(): Promise<void> {
    const { code, signal } = await this.#end("SIGKILL");
    if (signal === "SIGKILL") {
      this.kills++;
      return;
    }
    throw new Error(`Cannot kill "${this.name}" as it must run: it ended by itself with code ${code}: ${this.shown}`);
  }

  async stop(): Promise<number> {
    return (await this.#end("SIGTERM")).code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child !== undefined) await this.#end("SIGKILL");
  }

  async #end(signal: Deno.Signal): Promise<Deno.CommandStatus> {
    const child = this.#child;
    if (child === undefined) throw new TypeError(`Cannot end "${this.name}" as it must have been started`);
    this.#child = undefined;
    try {
      child.kill(signal);
    } catch (thrown) {
      // It ended by itself; its status says how.
      if (!(thrown instanceof TypeError) && !(thrown instanceof Deno.errors.NotFound)) throw thrown;
    }
    const status = await child.status;
    await this.#reading;
    return status;
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.shown = (this.shown + text).slice(-SHOWN_MAX);
    }
  }
}

/** Makes a victim; it is not started yet. */
export function makeVictim(options: VictimOptions): Victim {
  Deno.mkdirSync(`${options.folder}/run`, { recursive: true });
  return new DenoVictim(options);
}
