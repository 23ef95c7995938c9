/** Measures Hearth and the Python package side by side: `deno task bench`. Prints a table; asserts nothing. */
import { parseArgs } from "node:util";
import { pythonEnvironment } from "../tests/interop/python_environment.ts";
import { runBench } from "./bench/run_bench.ts";
import { tableText } from "./bench/table.ts";

const HELP = `Usage: deno task bench [options]

Runs Hearth and gridworks-proactor in turns against one mosquitto, and prints one table with their ratios. About ten
minutes. Needs mosquitto, and Python 3.11 to 3.13 with venv for the other side; root and a loop device for the rows of
the block device.

  --repeats N           turns of live load and backlog, whose medians count (default 3)
  --backlog N           events of Hearth's backlog (default 100000)
  --python-backlog N    events of the package's backlog (default 5000)
  --help                this text
`;

function print(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

function machineText(): string {
  const model = /^model name\s*: (.*)$/m.exec(Deno.readTextFileSync("/proc/cpuinfo"))?.[1] ?? Deno.build.arch;
  const [load] = Deno.loadavg();
  const memoryGb = (Deno.systemMemoryInfo().total / 1e9).toFixed(0);
  const cores = navigator.hardwareConcurrency;
  return `${model}, ${cores} cores, ${memoryGb} GB, Linux ${Deno.osRelease()}, Deno ${Deno.version.deno}, load ${load}\n`;
}

const { values } = parseArgs({
  options: {
    repeats: { type: "string", default: "3" },
    backlog: { type: "string", default: "100000" },
    "python-backlog": { type: "string", default: "5000" },
    help: { type: "boolean", default: false },
  },
});
if (values.help) {
  print(HELP);
  Deno.exit(0);
}
const environment = await pythonEnvironment();
if (environment.kind === "missing") print(`Without the Python package, as ${environment.because}\n`);
print(`before: ${machineText()}`);
const rows = await runBench({
  python: environment.kind === "ready" ? environment.python : undefined,
  repeats: Number(values.repeats),
  backlog: { hearth: Number(values.backlog), python: Number(values["python-backlog"]) },
  tell: print,
});
print(`after: ${machineText()}\n${tableText(rows)}`);
