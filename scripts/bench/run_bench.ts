import { startMosquitto } from "../../tests/support/mosquitto.ts";
import { backlogBench, type BacklogFigures } from "./backlog_bench.ts";
import { emptyMemory, hearthIdle, type IdleFigures, pythonIdle } from "./idle_bench.ts";
import { liveBench, type LiveFigures } from "./live_bench.ts";
import type { Memory } from "./process_figures.ts";
import { hearthSide, pythonSide, type Side } from "./sides.ts";
import { median, type Row } from "./table.ts";
import { writtenBench, type WrittenFigures } from "./written_bench.ts";

/** Un-acked events of the live load: of Hearth what fits into window and memory, of the package what it holds in memory. */
const OUTSTANDING = { hearth: 600, python: 50 } as const;
const PACES = [{ perSecond: 1, measuredMs: 30_000 }, { perSecond: 100, measuredMs: 10_000 }] as const;

/** What to run. */
export interface BenchOptions {
  /** Interpreter with the pinned packages; absent: Hearth alone. */
  readonly python: string | undefined;
  /** How often live load and backlog are run, in turns of the two systems. */
  readonly repeats: number;
  readonly backlog: { readonly hearth: number; readonly python: number };
  /** Called with each result as it comes. */
  tell(line: string): void;
}

interface Figures {
  readonly live: LiveFigures[];
  readonly backlog: BacklogFigures[];
  readonly written: WrittenFigures[];
  idle?: IdleFigures;
  empty?: Memory;
}

function interpreterOf({ name }: Side, python: string | undefined): Promise<Memory> {
  if (name === "hearth") return emptyMemory(Deno.execPath(), ["eval", "setInterval(() => {}, 1000)"]);
  return emptyMemory(python ?? "", ["-c", "import time; time.sleep(60)"]);
}

/** Runs everything, the two systems in turns, and gives the rows. */
export async function runBench(options: BenchOptions): Promise<readonly Row[]> {
  const { python, repeats, backlog, tell } = options;
  await using broker = await startMosquitto({ more: ["max_queued_messages 0"] });
  const sides = [hearthSide(), ...(python === undefined ? [] : [pythonSide(python)])];
  const found = new Map<Side["name"], Figures>(sides.map(({ name }) => [name, { live: [], backlog: [], written: [] }]));
  async function each(what: string, run: (side: Side, figures: Figures) => Promise<unknown>): Promise<void> {
    for (const side of sides) {
      const result = await run(side, found.get(side.name)!);
      tell(`${what}, ${side.name}: ${JSON.stringify(result)}\n`);
    }
  }
  for (let turn = 1; turn <= repeats; turn++) {
    await each(`live ${turn}`, async (side, { live }) => {
      const load = { kind: "closed", outstanding: OUTSTANDING[side.name] } as const;
      return live[live.push(await liveBench(side, broker.port, load)) - 1];
    });
    await each(`backlog ${turn}`, async (side, figures) => {
      const result = await backlogBench(side, broker.port, backlog[side.name]);
      return figures.backlog[figures.backlog.push(result) - 1];
    });
  }
  for (const pace of PACES) {
    await each(`written at ${pace.perSecond}/s`, async (side, { written }) => {
      return written[written.push(await writtenBench(side, broker.port, pace)) - 1];
    });
  }
  await each("idle", async (side, figures) => {
    figures.empty = await interpreterOf(side, python);
    return figures.idle = await (side.name === "hearth" ? hearthIdle() : pythonIdle(side));
  });
  return rowsOf(found.get("hearth")!, found.get("python"), options);
}

function rowsOf(hearth: Figures, python: Figures | undefined, { backlog }: BenchOptions): readonly Row[] {
  function row(what: string, unit: string, of: (figures: Figures) => number | undefined, more: Partial<Row> = {}): Row {
    return { what, unit, hearth: of(hearth), python: python === undefined ? undefined : of(python), ...more };
  }
  const rate = (aim: string) => ({ compared: "rate", aim }) as const;
  const cost = (aim: string) => ({ compared: "cost", aim }) as const;
  const counts = `${backlog.hearth.toLocaleString("en-US")} and ${backlog.python.toLocaleString("en-US")}`;
  return [
    row("live acked events, durable (Python: in memory)", "1/s", liveRate, rate("15 ×")),
    row(
      `re-upload of a backlog of ${counts}`,
      "1/s",
      (of) => median(of.backlog.map((one) => one.reuploadsPerS)),
      rate("20 ×"),
    ),
    row(
      "persists without the peer (Python: no fsync)",
      "1/s",
      (of) => median(of.backlog.map((one) => one.persistsPerS)),
      rate("5 ×"),
    ),
    row("lane-0 event during the re-upload, p50", "ms", (of) => urgent(of, (one) => one.urgentP50Ms)),
    row("lane-0 event during the re-upload, p99", "ms", (of) => urgent(of, (one) => one.urgentP99Ms)),
    row("start to first control cycle (Python: to its loop)", "ms", (of) => of.idle?.startMs),
    row("CPU, broker unreachable", "% of a core", (of) => of.idle?.cpuPercent, { aim: "< 1" }),
    row("written an event at 1/s", "B", (of) => of.written[0]?.processBytes, cost("≤ 8,192")),
    row("written an event at 1/s, block device", "B", (of) => of.written[0]?.deviceBytes, cost("")),
    row("written an event at 100/s", "B", (of) => of.written[1]?.processBytes, cost("")),
    row("written an event at 100/s, block device", "B", (of) => of.written[1]?.deviceBytes, cost("")),
    row("RSS, idle", "MB", (of) => of.idle?.memory.rssMb),
    row("RSS, idle, over an empty program", "MB", (of) => over(of.idle?.memory.rssMb, of.empty?.rssMb), {
      aim: "≤ 100",
    }),
    row("anonymous, idle", "MB", (of) => of.idle?.memory.anonymousMb),
    row("RSS under live load", "MB", (of) => median(of.live.map(({ memory }) => memory.rssMb))),
    ...(hearth.idle?.isolates ?? []).map(({ name, heapMb }): Row => {
      return { what: `heap of isolate "${name}", idle`, unit: "MB", hearth: heapMb, python: undefined };
    }),
  ];
}

function liveRate({ live }: Figures): number {
  return median(live.map(({ ackedPerS }) => ackedPerS));
}

function urgent({ backlog }: Figures, of: (one: BacklogFigures) => number): number | undefined {
  const measured = backlog.filter((one) => one.urgent > 0);
  return measured.length === 0 ? undefined : median(measured.map(of));
}

function over(all: number | undefined, empty: number | undefined): number | undefined {
  return all === undefined || empty === undefined ? undefined : all - empty;
}
