/** Start, memory and processor time of the two systems while their broker cannot be reached. */
import { setTimeout as sleep } from "node:timers/promises";
import { runEnv } from "../../tests/support/hearth_house.ts";
import { type HearthProcess, startHearth, temporaryFolder } from "../../tests/support/hearth_process.ts";
import type { Summary } from "../../tests/support/hearth_output.ts";
import { cpuSeconds, type Memory, memoryOf } from "./process_figures.ts";
import { countsOf, type Side } from "./sides.ts";

/** A port that nobody listens on. */
const CLOSED_PORT = 1;
/** After the start a runtime compiles and collects: this long is let pass, in ms. */
const SETTLE_MS = 8_000;
const CPU_MS = 20_000;
const FIRST_CONTROL = '"event":"agent.first_control"';

/** What an idle system takes. */
export interface IdleFigures {
  readonly startMs: number;
  readonly memory: Memory;
  /** In percent of one core. */
  readonly cpuPercent: number;
  /** Heap in use by isolate, in MB. */
  readonly isolates: readonly { readonly name: string; readonly heapMb: number }[];
}

async function settled(process: HearthProcess): Promise<Pick<IdleFigures, "memory" | "cpuPercent">> {
  await sleep(SETTLE_MS);
  const before = cpuSeconds(process.pid);
  await sleep(CPU_MS);
  const cpuPercent = (cpuSeconds(process.pid) - before) / (CPU_MS / 1_000) * 100;
  return { memory: memoryOf(process.pid), cpuPercent };
}

/** `hearth run` with the simulated simple house and all its control, no load. */
export async function hearthIdle(): Promise<IdleFigures> {
  using folder = temporaryFolder();
  const env = Object.fromEntries(
    Object.entries(runEnv({ port: CLOSED_PORT })).filter(([name]) => !/PROACTOR__|STORE__|SECONDS_PER/.test(name)),
  );
  const startedMs = performance.now();
  await using process = startHearth(["run", "--json"], { folder: folder.path, env });
  await process.until("the first control cycle", () => process.stderr.includes(FIRST_CONTROL));
  const startMs = performance.now() - startedMs;
  const figures = await settled(process);
  const isolates = (process.json<Summary>().at(-1)?.isolates ?? [])
    .map(({ name, heapUsedBytes }) => ({ name, heapMb: heapUsedBytes / 1_048_576 }));
  await process.stop();
  return { startMs, ...figures, isolates };
}

/** The Python package's dummy child: no house, no control; its start is that of its event loop. */
export async function pythonIdle(side: Side): Promise<IdleFigures> {
  using folder = temporaryFolder();
  const startedMs = performance.now();
  await using process = side.startLoad({ kind: "idle" }, { port: CLOSED_PORT, folder: folder.path });
  await process.until("its loop", () => countsOf(process, side.name).length > 0);
  const startMs = performance.now() - startedMs;
  const figures = await settled(process);
  await process.stop();
  return { startMs, ...figures, isolates: [] };
}

/** Memory of a program of this runtime that does nothing. */
export async function emptyMemory(command: string, args: readonly string[]): Promise<Memory> {
  const child = new Deno.Command(command, { args: [...args], stdin: "null", stdout: "null", stderr: "null" }).spawn();
  await sleep(2_000);
  const memory = memoryOf(child.pid);
  child.kill("SIGKILL");
  await child.status;
  return memory;
}
