/** When a link last heard from its peer and last sent to it, in monotonic ms. */
export interface MessageTimes {
  receivedMs: number;
  sentMs: number;
}

/** What a poll of the peer's silence finds. */
export type Poll =
  /** Heard within the period: look again after `againMs`, which is more than 0 and at most the period. */
  | { readonly kind: "heard"; readonly againMs: number }
  /** Silent for the period or longer: ping, and look again after a full period. */
  | { readonly kind: "silent"; readonly againMs: number };

/** Judges silence by what was received; what was sent does not count. @param pollMs Greater than 0. */
export function pollSilence(times: MessageTimes, pollMs: number, nowMs: number): Poll {
  const leftMs = times.receivedMs + pollMs - nowMs;
  return leftMs > 0 ? { kind: "heard", againMs: Math.min(leftMs, pollMs) } : { kind: "silent", againMs: pollMs };
}
