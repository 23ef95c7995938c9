import { fileURLToPath } from "node:url";
import type { RunPlan, WorkerPlan } from "../../../src/core/isolate.ts";

/** What a launcher under test left behind. */
export interface AppEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One step of a test against a running launcher: at this text on stdout, do that. */
export interface AppStep {
  readonly at: string;
  readonly act: (child: Deno.ChildProcess) => void;
}

/** Longest run of a launcher in these tests, in ms; then it is killed and the test sees code 137. */
const RUN_MS_MAX = 45_000;

/** Runs the test app with a plan, in a process of its own, with all grants but none to ask for. */
export function runApp(plan: RunPlan, steps: readonly AppStep[] = []): Promise<AppEnd> {
  return runScript(fileURLToPath(new URL("./test_app.ts", import.meta.url)), ["go", JSON.stringify(plan)], steps);
}

/** Runs any script of the repository the same way. */
export async function runScript(
  script: string,
  args: readonly string[],
  steps: readonly AppStep[],
  env: Readonly<Record<string, string>> = {},
): Promise<AppEnd> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "-A", script, ...args],
    env: { TESTAPP_COLOR: "green", OTHER_SECRET: "unseen", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const killer = setTimeout(() => child.kill("SIGKILL"), RUN_MS_MAX);
  const stderr = new Response(child.stderr).text();
  const stdout = await readWithSteps(child, [...steps]);
  const { code } = await child.status;
  clearTimeout(killer);
  return { code, stdout, stderr: await stderr };
}

async function readWithSteps(child: Deno.ChildProcess, steps: AppStep[]): Promise<string> {
  let text = "", from = 0;
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let step = steps[0]; step !== undefined; step = steps[0]) {
      const found = text.indexOf(step.at, from);
      if (found < 0) break;
      from = found + step.at.length;
      steps.shift();
      step.act(child);
    }
  }
  return text;
}

/** A worker of a test plan. */
export function worker(name: string, init: unknown, more: Partial<WorkerPlan> = {}): WorkerPlan {
  return { name, entry: name, grants: {}, supervision: "replace_or_exit", silentMs: 5_000, init, ...more };
}

/** Agent, bus and store with their ports. `busLog` and `rows` are files that the bus and the store may write. */
export function housePlan(then: string, files: { busLog: string; rows: string }, more: Partial<RunPlan> = {}): RunPlan {
  return {
    workers: [
      worker("agent", { then }, { silentMs: 2_500 }),
      worker("bus", { logFile: files.busLog }, {
        grants: { write: [files.busLog] },
        supervision: "replace",
        silentMs: 1_000,
      }),
      worker("store", { file: files.rows }, { grants: { write: [files.rows] } }),
    ],
    ports: [{ a: "agent", b: "bus" }, { a: "agent", b: "store" }],
    ...more,
  };
}

/** Files of one test, in a folder of its own that is removed with it. */
export function testFiles(): Disposable & { readonly busLog: string; readonly rows: string; readonly folder: string } {
  const folder = Deno.makeTempDirSync({ prefix: "hearth-launcher-" });
  return {
    folder,
    busLog: `${folder}/bus.json`,
    rows: `${folder}/rows.json`,
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}
