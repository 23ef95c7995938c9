/** What a poll of the peer's silence finds. */
export type Poll =
  /** Heard within the period: look again after `againMs`, which is more than 0 and at most the period. */
  | { readonly kind: "heard"; readonly againMs: number }
  /** Silent for the period or longer: ping, and look again after a full period. */
  | { readonly kind: "silent"; readonly againMs: number };

/**
 * Judges silence by what was received; what was sent does not count.
 *
 * @param receivedMs Monotonic ms at which the peer was heard last.
 * @param pollMs Greater than 0.
 */
export function pollSilence(receivedMs: number, pollMs: number, nowMs: number): Poll {
  const leftMs = receivedMs + pollMs - nowMs;
  return leftMs > 0 ? { kind: "heard", againMs: Math.min(leftMs, pollMs) } : { kind: "silent", againMs: pollMs };
}
