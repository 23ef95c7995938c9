/** Measures what the README tells: start, memory, size of the binary, lines of code. Prints; asserts nothing. */
import { readTree } from "./read_tree.ts";

const HELP = `Usage: deno task figures [--binary FILE]

Measures start to first control cycle, memory of demo, agent and binary beside an empty program, and lines by folder.
`;
const FLAGS = ["--no-prompt", "--allow-net", "--allow-read", "--allow-write", "--allow-env"];
const SETTLED_MS = 12_000;

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
  return {
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

interface Measured extends Memory {
  readonly firstControlMs: number | undefined;
}

/** Starts a program, waits for a line that says what is looked for, lets it settle, measures it, and stops it. */
async function measure(command: string, args: readonly string[], lookFor: string | undefined): Promise<Measured> {
  const folder = Deno.makeTempDirSync({ prefix: "hearth-figures-" });
  const startedMs = performance.now();
  const child = new Deno.Command(command, {
    args: [...args],
    env: environment(folder),
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let firstControlMs: number | undefined;
  const watching = (async () => {
    let text = "";
    for await (const chunk of child.stderr.pipeThrough(new TextDecoderStream())) {
      if (lookFor === undefined || firstControlMs !== undefined) continue;
      text = (text + chunk).slice(-65_536);
      if (text.includes(lookFor)) firstControlMs = Math.round(performance.now() - startedMs);
    }
  })();
  await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
  const memory = memoryOf(child.pid);
  child.kill("SIGTERM");
  await child.status;
  await watching;
  Deno.removeSync(folder, { recursive: true });
  return { ...memory, firstControlMs };
}

function printRow(title: string, { rssMb, anonymousMb, firstControlMs }: Measured, empty: Memory): void {
  const over = `${rssMb - empty.rssMb} MB over empty, ${anonymousMb - empty.anonymousMb} MB of it anonymous`;
  const start = firstControlMs === undefined ? "" : `, first control cycle after ${firstControlMs} ms`;
  print(`${title.padEnd(28)} RSS ${rssMb} MB (${anonymousMb} MB anonymous): ${over}${start}`);
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
const empty = await measure(Deno.execPath(), ["eval", "setInterval(() => {}, 1000)"], undefined);
const control = "agent.first_control";
const main = new URL("../main.ts", import.meta.url).pathname;
print(`runtime ${Deno.version.deno}`);
printRow("empty program", empty, empty);
printRow("hearth run", await measure(Deno.execPath(), ["run", ...FLAGS, main, "run"], control), empty);
printRow("hearth dev", await measure(Deno.execPath(), ["run", ...FLAGS, main, "dev"], undefined), empty);
if (binary !== undefined) {
  print(`binary ${(Deno.statSync(binary).size / 1e6).toFixed(1)} MB`);
  printRow("binary run", await measure(binary, ["run"], control), empty);
  printRow("binary dev", await measure(binary, ["dev"], undefined), empty);
}
printLines();
