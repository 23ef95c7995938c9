import { fileURLToPath } from "node:url";
import { busWorkers } from "../../../src/app/plan_bus.ts";
import type { BusSpec, GpioOutputSpec } from "../../../src/core/bus_parts.ts";
import type { FromBus } from "../../../src/core/device.ts";
import type { RunPlan } from "../../../src/core/isolate.ts";
import { type AppEnd, type AppStep, runScript, worker } from "./run_app.ts";

const HERE = new URL("./", import.meta.url);

/** Line whose reading hangs when it is asked to. */
const HANGING_LINE = 7;
/** Period of the readings on both buses, in ms. */
export const READ_PERIOD_MS = 200;

/** A board made of a library: its folder, and what happens to its lines. */
export interface Board extends Disposable {
  readonly libcPath: string;
  /** Writes a file that the fake kernel looks at. */
  tell(name: "hang" | "busy" | "high", text: string): void;
  /** Runs the real launcher with this plan on the board. */
  run(plan: RunPlan, steps?: readonly AppStep[]): Promise<AppEnd>;
  /** What happened, oldest first. */
  changes(): readonly { readonly atMs: number; readonly what: string }[];
}

const HAS_COMPILER = hasCompiler();
const WHY = HAS_COMPILER ? "" : " (skipped: there is no C compiler cc)";

function hasCompiler(): boolean {
  try {
    return new Deno.Command("cc", { args: ["--version"], stdout: "null", stderr: "null" }).outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** A test that needs a board; it is ignored, and says why, where none can be made. */
export function boardTest(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `${name}${WHY}`, ignore: !HAS_COMPILER, fn });
}

/** Compiles the fake kernel into a folder of its own, which goes with the board. */
export function makeBoard(): Board {
  const folder = Deno.makeTempDirSync({ prefix: "hearth-board-" });
  const libcPath = `${folder}/kernel.so`;
  const source = fileURLToPath(new URL("board_kernel.c", HERE));
  const built = new Deno.Command("cc", { args: ["-shared", "-fPIC", "-O1", "-o", libcPath, source] }).outputSync();
  if (!built.success) throw new Error(`Cannot compile the fake kernel: ${new TextDecoder().decode(built.stderr)}`);
  return {
    libcPath,
    tell: (name, text) => Deno.writeTextFileSync(`${folder}/${name}`, text),
    run(plan, steps = []) {
      const script = fileURLToPath(new URL("board_app.ts", HERE));
      return runScript(script, ["go", JSON.stringify(plan)], steps, { HEARTH_FAKE_KERNEL: folder });
    },
    changes() {
      const text = Deno.readTextFileSync(`${folder}/changes`);
      return text.split("\n").filter((line) => line !== "").map((line) => {
        const [atMs, ...words] = line.split(" ");
        return { atMs: Number(atMs), what: words.join(" ") };
      });
    },
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

/** A relay of the fake chip: safe is 0. */
export function relay(name: string, offset: number): GpioOutputSpec {
  return { name, line: { offset }, isActiveLow: false, bias: "as_is", safeValue: 0, holdMsMin: 0 };
}

/** Two relays and an input on one chip, a sensor on an adapter. */
export const BUSES: readonly BusSpec[] = [
  {
    kind: "gpio",
    chip: "relays",
    outputs: [relay("relay1", 1), relay("relay2", 2)],
    inputs: [{
      channel: "door",
      line: { offset: HANGING_LINE },
      isActiveLow: false,
      bias: "as_is",
      periodMs: READ_PERIOD_MS,
    }],
  },
  {
    kind: "i2c",
    path: "/dev/i2c-1",
    sensors: [{ kind: "tmp105", channel: "temp", address: 0x48, periodMs: READ_PERIOD_MS }],
  },
];

/** The workers of both buses as the plan makes them, and an agent between them. */
export function boardPlan(board: Board, agent: unknown, more: Partial<RunPlan> = {}): RunPlan {
  const buses = busWorkers({ libcPath: board.libcPath, buses: BUSES });
  return {
    workers: [...buses, worker("agent", agent, { entry: "board_agent" })],
    ports: buses.map(({ name }) => ({ a: "agent", b: name })),
    ...more,
  };
}

/** What the agent heard and did. */
export type Heard = { readonly atMs: number; readonly peer: string } & (FromBus | { readonly kind: "renewed" });

/** The agent's account, oldest first. */
export function heard(end: AppEnd): readonly Heard[] {
  return end.stdout.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as Heard);
}
