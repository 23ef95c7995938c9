/** Measures what the README tells: start, memory, idle cost, size of the binary, lines of code. Prints; asserts nothing. */
import { readTree } from "./read_tree.ts";
import { threadTimes, type ThreadUse, threadUse } from "./thread_cpu.ts";

const HELP = `Usage: deno task figures [--binary FILE]

Measures start to first control cycle, memory of demo, agent and binary beside an empty program of the same runtime, the
heap of each isolate, what an idle isolate costs, processor time and wake-ups of each thread of an idle agent whose
broker cannot be reached, and lines by folder.

HEARTH_COMPILER  deno that made the binary, and makes the empty one to compare it with; else the one that runs this script
DENORT_BIN       its runtime for compiled programs
`;
const LIBC = "/lib/x86_64-linux-gnu/libc.so.6,/lib/aarch64-linux-gnu/libc.so.6";
const FLAGS = [
  ...["--no-prompt", "--allow-net", "--allow-read", "--allow-write", "--allow-env", "--allow-sys=statfs"],
  `--allow-ffi=${LIBC}`,
];
/** Until a program's memory is read, in ms: the demo has made its first reports, an empty program has nothing to do. */
const SETTLED_MS = 12_000;
const EMPTY_SETTLED_MS = 4_000;
/** The runtime collects and compiles for half a minute after a start; then idle threads are watched so long, in ms. */
const IDLE_AFTER_MS = 40_000;
const IDLE_MS = 60_000;
/** Threads that used less, in percent of one core, are not named. */
const IDLE_PERCENT_MIN = 0.005;
/** Idle workers of the program whose difference to the empty one tells what an isolate costs. */
const IDLE_WORKERS = 8;
const EMPTY = "setInterval(() => {}, 1000);";

interface Memory {
  readonly rssMb: number;
  readonly anonymousMb: number;
}

function memoryOf(pid: number): Memory {
  const text = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
  const kb = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? NaN);
  return { rssMb: Math.round(kb("Rss") / 1_024), anonymousMb: Math.round(kb("Anonymous") / 1_024) };
}

function environment(folder: string): Record<string, string> {
  // The runtime's own folder of packages: without it a start from the sources would fetch them first.
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`;
  return {
    DENO_DIR: Deno.env.get("DENO_DIR") ?? `${cache}/deno`,
    HOME: folder,
    XDG_CONFIG_HOME: `${folder}/config`,
    XDG_DATA_HOME: `${folder}/data`,
    XDG_STATE_HOME: `${folder}/state`,
    XDG_RUNTIME_DIR: `${folder}/run`,
    SCADA_IS_SIMULATED: "true",
    SCADA_PATHS__HARDWARE_LAYOUT: new URL("../layouts/simple_house.json", import.meta.url).pathname,
    SCADA_GRIDWORKS_MQTT__TLS__USE_TLS: "false",
    SCADA_GRIDWORKS_MQTT__PORT: "1",
  };
}

/** One isolate, as the program's own `--json` tells it. */
interface Isolate {
  readonly name: string;
  readonly heapUsedBytes: number;
  readonly lives: number;
}

interface Measured extends Memory {
  readonly firstControlMs: number | undefined;
  readonly isolates: readonly Isolate[];
  readonly threads: readonly ThreadUse[];
}

interface Program {
  readonly command: string;
  readonly args: readonly string[];
  /** Text on stderr whose first appearance is timed. */
  readonly lookFor?: string;
  readonly settledMs?: number;
  /** How long its threads are watched before its memory is read, in ms; @default 0 */
  readonly watchedMs?: number;
}

/** Starts a program, waits for a line that says what is looked for, lets it settle, measures it, and stops it. */
async function measure(program: Program): Promise<Measured> {
  const { command, args, lookFor, settledMs = SETTLED_MS, watchedMs = 0 } = program;
  const folder = Deno.makeTempDirSync({ prefix: "hearth-figures-" });
  const startedMs = performance.now();
  const child = new Deno.Command(command, {
    args: [...args],
    env: environment(folder),
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let firstControlMs: number | undefined;
  const errors = follow(child.stderr, (text) => {
    if (lookFor !== undefined && text.includes(lookFor)) firstControlMs ??= Math.round(performance.now() - startedMs);
  });
  let shown = "";
  const output = follow(child.stdout, (text) => shown = text);
  await new Promise((resolve) => setTimeout(resolve, settledMs));
  const threads = await watchThreads(child.pid, watchedMs);
  const memory = memoryOf(child.pid);
  const isolates = isolatesOf(shown);
  child.kill("SIGTERM");
  await child.status;
  await Promise.all([errors, output]);
  Deno.removeSync(folder, { recursive: true });
  return { ...memory, firstControlMs, isolates, threads };
}

async function watchThreads(pid: number, watchedMs: number): Promise<readonly ThreadUse[]> {
  if (watchedMs === 0) return [];
  const before = threadTimes(pid), startedMs = performance.now();
  await new Promise((resolve) => setTimeout(resolve, watchedMs));
  return threadUse(before, threadTimes(pid), performance.now() - startedMs);
}

/** Reads a stream to its end and shows its newest part each time that something came. */
async function follow(stream: ReadableStream<Uint8Array<ArrayBuffer>>, look: (text: string) => void): Promise<void> {
  let text = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    text = (text + chunk).slice(-65_536);
    look(text);
  }
}

function isolatesOf(shown: string): readonly Isolate[] {
  const line = shown.split("\n").slice(1, -1).findLast((each) => each.startsWith("{"));
  return line === undefined ? [] : (JSON.parse(line) as { readonly isolates?: readonly Isolate[] }).isolates ?? [];
}

function printRow(title: string, measured: Measured, empty: Memory): void {
  const { rssMb, anonymousMb, firstControlMs, isolates, threads } = measured;
  const over = `${rssMb - empty.rssMb} MB over empty, ${anonymousMb - empty.anonymousMb} MB of it anonymous`;
  const start = firstControlMs === undefined ? "" : `, first control cycle after ${firstControlMs} ms`;
  print(`${title.padEnd(28)} RSS ${rssMb} MB (${anonymousMb} MB anonymous): ${over}${start}`);
  printThreads(threads);
  for (const { name, heapUsedBytes } of isolates) print(`  heap ${name.padEnd(21)} ${megabytes(heapUsedBytes)} MB`);
  if (isolates.length === 0) return;
  const sum = isolates.reduce((bytes, { heapUsedBytes }) => bytes + heapUsedBytes, 0);
  print(`  heap ${"all isolates".padEnd(21)} ${megabytes(sum)} MB`);
}

function printThreads(threads: readonly ThreadUse[]): void {
  if (threads.length === 0) return;
  const sum = (of: (thread: ThreadUse) => number) => threads.reduce((all, thread) => all + of(thread), 0);
  const all = { name: "all threads", cpuPercent: sum((one) => one.cpuPercent), wakesPerS: sum((one) => one.wakesPerS) };
  const named = threads.filter(({ cpuPercent }) => cpuPercent >= IDLE_PERCENT_MIN);
  for (const { name, cpuPercent, wakesPerS } of [...named, all]) {
    print(
      `  idle ${name.padEnd(21)} ${cpuPercent.toFixed(2).padStart(5)} % of a core, ${
        wakesPerS.toFixed(0)
      } wake-ups a s`,
    );
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1).padStart(5);
}

/**
 * What one idle isolate costs, by difference: the system tells resident memory of a process only, and isolates share
 * what is not heap, so that the memory of one of them alone cannot be read.
 */
async function printIdleCost(empty: Memory): Promise<void> {
  const folder = Deno.makeTempDirSync({ prefix: "hearth-figures-idle-" });
  Deno.writeTextFileSync(`${folder}/idle.js`, EMPTY);
  const make =
    `for (let n = 0; n < ${IDLE_WORKERS}; n++) new Worker(new URL("idle.js", import.meta.url), { type: "module" });`;
  Deno.writeTextFileSync(`${folder}/main.js`, `${EMPTY}\n${make}\n`);
  const args = ["run", "-A", `${folder}/main.js`];
  const { rssMb, anonymousMb } = await measure({ command: Deno.execPath(), args, settledMs: EMPTY_SETTLED_MS });
  Deno.removeSync(folder, { recursive: true });
  const each = (mb: number) => (mb / IDLE_WORKERS).toFixed(1);
  const rss = each(rssMb - empty.rssMb), anonymous = each(anonymousMb - empty.anonymousMb);
  print(
    `${"an idle isolate".padEnd(28)} RSS ${rss} MB (${anonymous} MB anonymous), by difference over ${IDLE_WORKERS}`,
  );
}

/** An empty program compiled as the binary was; its size is printed beside the binary's. */
async function compiledEmpty(): Promise<Measured> {
  const folder = Deno.makeTempDirSync({ prefix: "hearth-figures-empty-" });
  const output = `${folder}/empty`;
  Deno.writeTextFileSync(`${folder}/empty.js`, EMPTY);
  const compiler = Deno.env.get("HEARTH_COMPILER") ?? Deno.execPath();
  const args = ["compile", "--quiet", "--no-code-cache", "-A", `--output=${output}`, `${folder}/empty.js`];
  const { success, stderr } = await new Deno.Command(compiler, { args, cwd: folder, stdout: "null" }).output();
  if (!success) throw new Error(`Cannot compile the empty program: ${new TextDecoder().decode(stderr)}`);
  print(`empty binary ${(Deno.statSync(output).size / 1e6).toFixed(1)} MB`);
  const measured = await measure({ command: output, args: [], settledMs: EMPTY_SETTLED_MS });
  Deno.removeSync(folder, { recursive: true });
  return measured;
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

function printLines(): void {
  const lines = new Map<string, { code: number; tests: number }>();
  for (const [path, text] of readTree(["."], (path) => path.endsWith(".ts"))) {
    const parts = path.split("/");
    const folder = parts.length < 2 ? path : parts.slice(0, Math.min(2, parts.length - 1)).join("/");
    const row = lines.get(folder) ?? { code: 0, tests: 0 };
    row[path.endsWith("_test.ts") ? "tests" : "code"] += text.split("\n").length - 1;
    lines.set(folder, row);
  }
  print("\nlines by folder (code / tests)");
  for (const [folder, row] of [...lines].sort()) print(`  ${folder.padEnd(24)} ${row.code} / ${row.tests}`);
  const all = [...lines.values()];
  print(`  total ${all.reduce((sum, row) => sum + row.code, 0)} / ${all.reduce((sum, row) => sum + row.tests, 0)}`);
}

if (Deno.args.includes("--help")) {
  print(HELP);
  Deno.exit(0);
}
const binary = Deno.args[0] === "--binary" ? Deno.args[1] : undefined;
const deno = Deno.execPath();
const lookFor = "agent.first_control";
const main = new URL("../main.ts", import.meta.url).pathname;
print(`from the sources, runtime ${Deno.version.deno}`);
const empty = await measure({ command: deno, args: ["eval", EMPTY], settledMs: EMPTY_SETTLED_MS });
printRow("empty program", empty, empty);
await printIdleCost(empty);
const source = ["run", ...FLAGS, main];
for (const command of ["run", "dev"]) {
  printRow(`hearth ${command}`, await measure({ command: deno, args: [...source, command, "--json"], lookFor }), empty);
}
const idle = { settledMs: IDLE_AFTER_MS, watchedMs: IDLE_MS };
printRow("hearth run, as a service", await measure({ command: deno, args: [...source, "run"], ...idle }), empty);
if (binary !== undefined) {
  print(`\nbinary ${(Deno.statSync(binary).size / 1e6).toFixed(1)} MB, beside an empty one of its runtime`);
  const emptyBinary = await compiledEmpty();
  printRow("empty binary", emptyBinary, emptyBinary);
  for (const command of ["run", "dev"]) {
    printRow(`binary ${command}`, await measure({ command: binary, args: [command, "--json"], lookFor }), emptyBinary);
  }
  printRow("binary run, as a service", await measure({ command: binary, args: ["run"], ...idle }), emptyBinary);
}
printLines();
