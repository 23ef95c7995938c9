import type { SeedResult } from "../src/testing/mod.ts";

/** Sums over the seeds of a run. */
export interface Totals {
  seeds: number;
  failed: number;
  virtualHours: number;
  generated: number;
  applied: number;
  tombstoned: number;
  delivered: number;
  relaySwitches: number;
  checks: number;
  timers: number;
  /** Real time, ms. */
  tookMs: number;
  slowestMs: number;
  faults: Record<string, number>;
  /** How often each mark was reached. */
  marks: Record<string, number>;
}

/** Sums of nothing. */
export function emptyTotals(): Totals {
  return {
    seeds: 0,
    failed: 0,
    virtualHours: 0,
    generated: 0,
    applied: 0,
    tombstoned: 0,
    delivered: 0,
    relaySwitches: 0,
    checks: 0,
    timers: 0,
    tookMs: 0,
    slowestMs: 0,
    faults: {},
    marks: {},
  };
}

/** Adds one seed. @param tookMs Real time (ms) that it took by itself; the sum's own is that of the whole run. */
export function addResult(totals: Totals, result: SeedResult, tookMs: number): void {
  totals.seeds++;
  if (result.violation) totals.failed++;
  totals.virtualHours += result.virtualMs / 3_600_000;
  totals.generated += result.generated;
  totals.applied += result.applied;
  totals.tombstoned += result.tombstoned;
  totals.delivered += result.delivered;
  totals.relaySwitches += result.relaySwitches;
  totals.checks += result.checks;
  totals.timers += result.timers;
  totals.slowestMs = Math.max(totals.slowestMs, tookMs);
  for (const [kind, count] of Object.entries(result.faults)) totals.faults[kind] = (totals.faults[kind] ?? 0) + count;
  for (const [mark, count] of Object.entries(result.marks)) totals.marks[mark] = (totals.marks[mark] ?? 0) + count;
}

/** Seeds from which on a mark that none has reached is named: of fewer one would learn nothing. */
const MARKS_SEEDS_MIN = 50;

/** Which marks were reached, as text. */
function marksText({ marks, seeds }: Totals): string {
  const never = Object.entries(marks).filter(([, count]) => count === 0).map(([mark]) => mark);
  const all = Object.keys(marks).length;
  const named = never.length === 0 || seeds < MARKS_SEEDS_MIN ? "" : `, never: ${never.join(", ")}`;
  return `marks: ${all - never.length} of ${all} reached${named}`;
}

/** The sums as text. @param planted How many bugs were planted. @param missed Those that no seed caught. */
export function totalsText(totals: Totals, planted: number, missed: readonly string[]): string {
  const { seeds, failed, generated, applied, tombstoned, delivered, relaySwitches, checks } = totals;
  const faults = Object.entries(totals.faults).sort(([a], [b]) => a < b ? -1 : 1).map(([kind, n]) => `${kind} ${n}`);
  const each = totals.tookMs / Math.max(1, seeds);
  return [
    `faults: ${faults.join(", ")}`,
    `events: ${generated} made, ${applied} applied, ${tombstoned} tombstoned; ${delivered} messages delivered, ` +
    `${relaySwitches} relay switches, ${checks} checks`,
    marksText(totals),
    `planted bugs: ${planted - missed.length} of ${planted} caught`,
    `sim: ${seeds} seeds, ${totals.virtualHours.toFixed(1)} virtual hours, ${(totals.tookMs / 1_000).toFixed(1)} s ` +
    `(${each.toFixed(0)} ms a seed, slowest ${totals.slowestMs.toFixed(0)} ms), ${failed} failed`,
  ].join("\n");
}
