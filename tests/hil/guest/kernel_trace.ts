/** What the kernel saw at its GPIO and I2C layers, by its own tracepoints: every call, so that no transition is missed. */
import type { Pin } from "./hardware.ts";

const TRACING = "/sys/kernel/tracing";
const EVENTS = ["gpio/gpio_value", "gpio/gpio_direction", "i2c/i2c_read"];
const CHIP_LABEL = "hil-sim";

/** One entry, in the kernel's order. Times in s of the kernel's monotonic clock. */
export type TraceEntry =
  /** Somebody wrote this level to a line. */
  | { readonly kind: "set"; readonly atS: number; readonly offset: number; readonly level: number }
  /** Somebody read a line. */
  | { readonly kind: "get"; readonly atS: number; readonly offset: number; readonly level: number }
  /** Somebody read from a chip on an I2C bus. */
  | { readonly kind: "i2c_read"; readonly atS: number; readonly address: number; readonly bytes: number }
  /** The test wrote this. */
  | { readonly kind: "mark"; readonly atS: number; readonly text: string };

function chipBase(): number {
  for (const { name } of Deno.readDirSync("/sys/class/gpio")) {
    const folder = `/sys/class/gpio/${name}`;
    if (!name.startsWith("gpiochip") || Deno.readTextFileSync(`${folder}/label`).trim() !== CHIP_LABEL) continue;
    return Number(Deno.readTextFileSync(`${folder}/base`));
  }
  throw new Error(`Cannot trace GPIO as a chip must have the label "${CHIP_LABEL}": found none`);
}

/** Starts an empty record. */
export function startTrace(): void {
  Deno.writeTextFileSync(`${TRACING}/tracing_on`, "0");
  Deno.writeTextFileSync(`${TRACING}/trace_clock`, "mono");
  Deno.writeTextFileSync(`${TRACING}/trace`, "");
  for (const event of EVENTS) Deno.writeTextFileSync(`${TRACING}/events/${event}/enable`, "1");
  Deno.writeTextFileSync(`${TRACING}/tracing_on`, "1");
}

/** Writes a mark between the entries. */
export function mark(text: string): void {
  Deno.writeTextFileSync(`${TRACING}/trace_marker`, text);
}

/** All entries since the start. @throws {Error} If the kernel's buffer was too small for them. */
export function traceEntries(): readonly TraceEntry[] {
  const base = chipBase();
  const text = Deno.readTextFileSync(`${TRACING}/trace`);
  const [, kept, written] = /entries-in-buffer\/entries-written: (\d+)\/(\d+)/.exec(text) ?? [];
  if (kept === undefined || kept !== written) {
    throw new Error(
      `Cannot judge the trace as it must be whole: ${kept ?? "unknown"} of ${written ?? "unknown"} entries`,
    );
  }
  return text.split("\n").flatMap((line) => entryOf(line, base) ?? []);
}

function entryOf(line: string, base: number): TraceEntry | undefined {
  const found = /\s(\d+\.\d+): (\w+): (.*)$/.exec(line);
  if (found === null) return undefined;
  const atS = Number(found[1]);
  const [, , event, text = ""] = found;
  if (event === "tracing_mark_write") return { kind: "mark", atS, text };
  if (event === "gpio_value") {
    const [, line, kind, level] = /^(\d+)\s+(set|get)\s+(\d)$/.exec(text) ?? [];
    const offset = Number(line) - base;
    return { kind: kind === "set" ? "set" : "get", atS, offset, level: Number(level) };
  }
  const [, address, bytes] = event === "i2c_read" ? /a=([0-9a-f]+) f=[0-9a-f]+ l=(\d+)/.exec(text) ?? [] : [];
  return address === undefined
    ? undefined
    : { kind: "i2c_read", atS, address: parseInt(address, 16), bytes: Number(bytes) };
}

/** A change of what a relay is. */
export interface Transition {
  readonly atS: number;
  readonly isEnergized: boolean;
}

/** Changes of a pin that somebody wrote, oldest first; at the start of the record it was safe. */
export function transitionsOf({ offset, isActiveLow }: Pin, entries: readonly TraceEntry[]): readonly Transition[] {
  const changes: Transition[] = [];
  for (const entry of entries) {
    if (entry.kind !== "set" || entry.offset !== offset) continue;
    const isEnergized = (entry.level === 1) !== isActiveLow;
    if (isEnergized !== (changes.at(-1)?.isEnergized ?? false)) changes.push({ atS: entry.atS, isEnergized });
  }
  return changes;
}

/** Time of a mark in s. @throws {Error} If there is none. */
export function markedS(text: string, entries: readonly TraceEntry[]): number {
  const found = entries.find((entry) => entry.kind === "mark" && entry.text === text);
  if (found === undefined) throw new Error(`Cannot find mark "${text}" in the trace`);
  return found.atS;
}
