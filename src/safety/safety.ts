import type { ForcedWrite, GuardVerdict, OutputGuard } from "../core/output_guard.ts";
import { compressorTimes } from "./compressor_times.ts";
import { highLatch, lowLatch } from "./latch.ts";
import type { SafetyLimits, SensorLimits } from "./limits.ts";

const LAST_OFF_KEY = "safety.compressor_last_off";

/** Why outputs are forced now, the strongest rule first. */
export type SafetyRule = "frost" | "sensor_lost" | "over_temperature";

/** The guard, and what it enforces now, for the dashboard. */
export interface Safety extends OutputGuard {
  readonly rules: readonly SafetyRule[];
}

/**
 * Makes the guard of a house: safe state (frost, lost sensors) before interlock (over-temperature) before minimum times
 * before commands.
 *
 * Safe state means that every failsafe relay is de-energized: the house's own thermostats rule.
 */
export function makeSafety(limits: SafetyLimits): Safety {
  const times = compressorTimes(limits.compressor);
  const tankHot = highLatch(limits.tank.channels, limits.tank.cutMilliC, limits.tank.releaseMilliC);
  const frost = lowLatch(limits.frost.channels, limits.frost.frostMilliC, limits.frost.releaseMilliC);
  const heardMs = new Map<string, number>();
  const outputs = new Map<string, number>();
  let startMs: number | undefined;
  let wallOffsetMs = 0;
  let lastRules: readonly SafetyRule[] = [];

  function lost(nowMs: number): boolean {
    startMs ??= nowMs;
    return isSensorLost(limits.sensors, { heardMs, sinceMs: startMs, nowMs });
  }
  function rulesAt(nowMs: number): SafetyRule[] {
    const rules: SafetyRule[] = [];
    if (frost.active) rules.push("frost");
    if (lost(nowMs)) rules.push("sensor_lost");
    if (tankHot.active) rules.push("over_temperature");
    return rules;
  }
  function demands(nowMs: number): ReadonlyMap<string, Demand> {
    return demandsOf(rulesAt(nowMs), limits);
  }
  function forced(nowMs: number): readonly ForcedWrite[] {
    return [...demands(nowMs)]
      .filter(([output, { value }]) => outputs.get(output) !== value)
      .map(([output, { value, because }]) => ({ output, value, because }));
  }
  return {
    restore(kept, nowMs, wallMs) {
      startMs = nowMs;
      wallOffsetMs = wallMs - nowMs;
      times.restore(parseStamp(kept.get(LAST_OFF_KEY)), nowMs, wallMs);
    },
    command(command, nowMs): GuardVerdict {
      const demand = demands(nowMs).get(command.output);
      if (demand !== undefined && demand.value !== command.value) return { kind: "refused", because: demand.because };
      if (demand !== undefined) return { kind: "allowed" };
      return times.judge(command.output, command.value, nowMs);
    },
    output(output, value, nowMs, wallMs) {
      outputs.set(output, value);
      times.output(output, value, { nowMs, wallMs });
    },
    reading(channel, value, nowMs) {
      heardMs.set(channel, nowMs);
      frost.update(channel, value);
      tankHot.update(channel, value);
      if (channel === limits.compressor.powerChannel) times.power(value, nowMs, nowMs + wallOffsetMs);
      lastRules = rulesAt(nowMs);
      return forced(nowMs);
    },
    tick(nowMs, wallMs) {
      wallOffsetMs = wallMs - nowMs;
      lastRules = rulesAt(nowMs);
      return forced(nowMs);
    },
    takeKept() {
      const lastOff = times.takeLastOffWallMs();
      return lastOff === undefined ? new Map() : new Map([[LAST_OFF_KEY, JSON.stringify(lastOff)]]);
    },
    get rules() {
      return lastRules;
    },
  };
}

interface Demand {
  readonly value: number;
  readonly because: SafetyRule;
}

/** Output to forced value with the rule that demands it; a stronger rule has the first word on an output. */
function demandsOf(rules: readonly SafetyRule[], limits: SafetyLimits): ReadonlyMap<string, Demand> {
  const demanded = new Map<string, Demand>();
  for (const because of rules) {
    const names = because === "over_temperature" ? [limits.compressor.output] : limits.failsafes;
    for (const name of names) if (!demanded.has(name)) demanded.set(name, { value: 0, because });
  }
  return demanded;
}

/** @param now `sinceMs`: from when on a channel that was never heard counts as silent. */
function isSensorLost(
  { channels, lostMs }: SensorLimits,
  now: { readonly heardMs: ReadonlyMap<string, number>; readonly sinceMs: number; readonly nowMs: number },
): boolean {
  return channels.some((channel) => now.nowMs - (now.heardMs.get(channel) ?? now.sinceMs) > lostMs);
}

function parseStamp(text: string | undefined): number | undefined {
  const stamp = Number(text ?? NaN);
  return Number.isFinite(stamp) ? stamp : undefined;
}
