import type { SafeResult } from "../../drivers/devices/mod.ts";
import type { BusSpec, GpioLine } from "../core/bus_parts.ts";

/** What became of one output, as `hearth guard --once --json` prints it. */
export interface GuardRow {
  readonly output: string;
  /** Chip of the line, as the layout names it. */
  readonly chip: string;
  /** Offset, or name. */
  readonly line: number | string;
  readonly safeValue: number;
  readonly result: "safe" | "failed";
  /** Errno's name, or "READBACK" when the line did not take the value; only when it failed. */
  readonly code?: string;
  /** Who holds the line, when the kernel says so. */
  readonly heldBy?: string;
}

/** Whether another try may help: a dead process's lines are released a moment after its end. */
export function isRetried(result: SafeResult): boolean {
  return result.kind === "failed" && result.code === "EBUSY";
}

/** One row an output of a bus; an output without a result counts as failed. */
export function guardRows(spec: BusSpec, results: readonly SafeResult[]): readonly GuardRow[] {
  if (spec.kind !== "gpio") return [];
  const byOutput = new Map(results.map((result) => [result.output, result]));
  return spec.outputs.map(({ name, line, safeValue }) => {
    const row = { output: name, chip: spec.chip, line: lineName(line), safeValue };
    const result = byOutput.get(name);
    if (result?.kind === "safe") return { ...row, result: "safe" };
    const heldBy = result?.consumer === undefined || result.consumer === "" ? {} : { heldBy: result.consumer };
    return { ...row, result: "failed", code: result?.code ?? "NO_RESULT", ...heldBy };
  });
}

function lineName(line: GpioLine): number | string {
  return "name" in line ? line.name : line.offset;
}

/** How many outputs are safe. */
export function safeCount(rows: readonly GuardRow[]): number {
  return rows.filter(({ result }) => result === "safe").length;
}

/** For people: one line an output, and the sum. */
export function guardLines(rows: readonly GuardRow[]): readonly string[] {
  const lines = rows.map(({ output, chip, line, safeValue, result, code, heldBy }) => {
    const place = `${output}  line ${line} of ${chip}`;
    if (result === "safe") return `safe    ${place}  = ${safeValue}`;
    return `FAILED  ${place}  ${code}${heldBy === undefined ? "" : `, held by "${heldBy}"`}`;
  });
  return [...lines, `guard: ${safeCount(rows)} of ${rows.length} outputs are safe`];
}
