/** A row that was sent so often without an ack in time is taken for one that the peer cannot read. */
export const UNACKED_MAX = 5;
/** Rows whose time-outs are counted; the one that was counted first is forgotten. */
export const UNACKED_ROWS_MAX = 512;

/** Rows that the peer does not ack though it answers, as it cannot read them: without a way out they block all others. */
export interface Refusals {
  /** The ack of this row did not come in time. */
  timedOut(messageId: string): void;
  acked(messageId: string): void;
  /** Whether this sending should be a problem event: each second one, as the peer may have been ill and not the row. */
  isRefused(messageId: string): boolean;
}

/** Makes an empty memory of refusals. */
export function refusals(): Refusals {
  const counts = new Map<string, number>();
  return {
    timedOut(messageId) {
      counts.set(messageId, (counts.get(messageId) ?? 0) + 1);
      if (counts.size <= UNACKED_ROWS_MAX) return;
      for (const first of counts.keys()) {
        counts.delete(first);
        return;
      }
    },
    acked(messageId) {
      counts.delete(messageId);
    },
    isRefused(messageId) {
      const beyond = (counts.get(messageId) ?? 0) - UNACKED_MAX;
      return beyond >= 0 && beyond % 2 === 0;
    },
  };
}
