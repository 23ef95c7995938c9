import type { GuardVerdict } from "../core/output_guard.ts";
import type { CompressorLimits } from "./limits.ts";

/** Minimum on and off times of one compressor, seen through its two relays and its power. */
export interface CompressorTimes {
  /** @param lastOffWallMs Kept stamp of an earlier life; undefined when unknown. */
  restore(lastOffWallMs: number | undefined, nowMs: number, wallMs: number): void;
  /** May this output take this value now, as far as the minimum times go? */
  judge(output: string, value: number, nowMs: number): GuardVerdict;
  output(output: string, value: number, at: { readonly nowMs: number; readonly wallMs: number }): void;
  power(watts: number, nowMs: number, wallMs: number): void;
  /** Wall stamp of the newest stop, once it changed since the last call. */
  takeLastOffWallMs(): number | undefined;
}

/** Makes the account of one compressor; unknown times count in full. */
export function compressorTimes(limits: CompressorLimits): CompressorTimes {
  let call = 0;
  let failsafe = 0;
  let watts: number | undefined;
  let wallNow = 0;
  let onSinceMs: number | undefined;
  let offSinceMs: number | undefined;
  let changedWallMs: number | undefined;

  function runs(): boolean {
    return call === 1 && failsafe === 1;
  }
  function stopped(nowMs: number, wallMs: number): void {
    onSinceMs = undefined;
    offSinceMs = nowMs;
    changedWallMs = wallMs;
  }
  function judge(output: string, value: number, nowMs: number): GuardVerdict {
    const nextCall = output === limits.output ? value : call;
    const nextFailsafe = output === limits.failsafe ? value : failsafe;
    const nextRuns = nextCall === 1 && nextFailsafe === 1;
    if (nextRuns && !runs()) {
      return wait("minimum_off_time", (offSinceMs ?? nowMs) + limits.offMsMin - nowMs);
    }
    // Handing over to the heat pump's own thermostat is the safe state, which no minimum time may delay.
    if (runs() && !nextRuns && output === limits.output) {
      return wait("minimum_on_time", (onSinceMs ?? nowMs) + limits.onMsMin - nowMs);
    }
    return { kind: "allowed" };
  }
  return {
    restore(lastOffWallMs, nowMs, wallMs) {
      // A stamp from the future, after a step of the clock, says nothing: in full from now.
      const agoMs = lastOffWallMs === undefined ? 0 : Math.max(0, wallMs - lastOffWallMs);
      offSinceMs = nowMs - agoMs;
      wallNow = wallMs;
    },
    judge,
    output(output, value, at) {
      wallNow = at.wallMs;
      const ran = runs();
      const ruled = failsafe === 1;
      if (output === limits.output) call = value;
      else if (output === limits.failsafe) failsafe = value;
      else return;
      if (runs() && !ran) onSinceMs = at.nowMs;
      else if (ran && !runs()) stopped(at.nowMs, wallNow);
      // Taking over from the own thermostat stops a compressor that it may have been running.
      else if (!ruled && failsafe === 1 && watts !== undefined && watts >= limits.runningW) stopped(at.nowMs, wallNow);
    },
    power(now, nowMs, wallMs) {
      wallNow = wallMs;
      if (watts !== undefined && watts >= limits.runningW && now < limits.runningW && !runs()) stopped(nowMs, wallMs);
      watts = now;
    },
    takeLastOffWallMs() {
      const changed = changedWallMs;
      changedWallMs = undefined;
      return changed;
    },
  };
}

function wait(because: string, leftMs: number): GuardVerdict {
  return leftMs > 0 ? { kind: "refused", because, retryAfterMs: Math.ceil(leftMs) } : { kind: "allowed" };
}
