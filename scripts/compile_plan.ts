/** Targets and flags of the binaries, as data. */
import { SSH_PROGRAM } from "../src/core/ssh_program.ts";

/** Name on the command line of a target. */
export type CompileTarget = "x86_64" | "aarch64";

/** Target triple, and the environment variable that names a runtime for it. */
export const COMPILE_TARGETS: Readonly<
  Record<CompileTarget, { readonly triple: string; readonly runtimeEnv: string }>
> = {
  x86_64: { triple: "x86_64-unknown-linux-gnu", runtimeEnv: "DENORT_BIN" },
  aarch64: { triple: "aarch64-unknown-linux-gnu", runtimeEnv: "DENORT_BIN_AARCH64" },
};

/** The outer bound: what the process as a whole may do. The launcher grants each worker a part of it: ssh to `key fetch` alone. */
export const OUTER_BOUND: readonly string[] = [
  "--no-prompt",
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys=statfs",
  "--allow-ffi=/lib/x86_64-linux-gnu/libc.so.6,/lib/aarch64-linux-gnu/libc.so.6",
  `--allow-run=${SSH_PROGRAM}`,
];

/** What `deno compile` is told. `workers`: module paths from the root, bundled into the folder `bundle`. */
export interface CompileJob {
  readonly triple: string;
  readonly output: string;
  readonly bundle: string;
  readonly workers: readonly string[];
}

/** Where a module's bundle goes: the same path below the folder, so that entries resolve as they do from source. */
export function bundlePath(module: string, folder: string): string {
  return `${folder}/${module.replace(/^\.\//, "").replace(/\.ts$/, ".js")}`;
}

const COMMENT_LINE = /^\s*(?:\/\/|\/?\*)/;

/**
 * A bundle without characters beyond ASCII in lines that are comments: the bundler escapes them everywhere else, and one
 * that stays makes the runtime keep two bytes for each character of the whole source.
 */
export function asciiComments(source: string): string {
  return source.split("\n").map((line) => COMMENT_LINE.test(line) ? line.replace(/[^\0-\x7f]/gu, "?") : line).join(
    "\n",
  );
}

/** Arguments of `deno compile`. Without a code cache no predictable file appears in the folder for temporary files. */
export function compileArguments({ triple, output, bundle, workers }: CompileJob): string[] {
  return [
    "compile",
    "--quiet",
    ...OUTER_BOUND,
    "--no-code-cache",
    "--unstable-worker-options",
    `--target=${triple}`,
    `--output=${output}`,
    ...workers.map((worker) => `--include=${bundlePath(worker, bundle)}`),
    `--include=${bundle}/layouts`,
    bundlePath("main.ts", bundle),
  ];
}

/**
 * Reads `--target NAME` and `--target=NAME`, any number of times; none means all.
 *
 * @throws {RangeError} If a target or another argument is unknown.
 */
export function parseTargets(args: readonly string[]): CompileTarget[] {
  const targets: CompileTarget[] = [];
  const rest = args.flatMap((argument) =>
    argument.startsWith("--target=") ? ["--target", argument.slice(9)] : argument
  );
  for (let at = 0; at < rest.length; at += 2) {
    if (rest[at] !== "--target") {
      throw new RangeError(`Cannot read an argument as it must be "--target": "${rest[at]}"`);
    }
    const name = (rest[at + 1] ?? "").replace(/-unknown-linux-gnu$/, "");
    if (name !== "x86_64" && name !== "aarch64") {
      throw new RangeError(`Cannot compile as the target must be "x86_64" or "aarch64": found "${name}"`);
    }
    targets.push(name);
  }
  return targets.length > 0 ? targets : ["x86_64", "aarch64"];
}
