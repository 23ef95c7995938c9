import { invariant } from "../core/invariant.ts";
import type { EventRow, Lane } from "../store/port.ts";

/** Rows of lanes 0 and 1 that may be un-acked beyond the window, so that the urgent never waits behind the backlog. */
export const URGENT_ROWS_RESERVE = 32;
/** Bytes of lanes 0 and 1 that may be un-acked beyond the window. */
export const URGENT_BYTES_RESERVE = 32_768;
/** Smallest window, in rows. */
export const WINDOW_ROWS_MIN = 1;

/** One sent row that waits for its ack. */
export interface SentRow {
  readonly seq: number;
  readonly lane: Lane;
  readonly messageId: string;
  readonly bytes: number;
}

/** Bounds of a window; rows and bytes un-acked. */
export interface WindowBounds {
  readonly rowsInitial: number;
  readonly rowsMax: number;
  readonly bytesMax: number;
}

/** The rows on their way to the peer, and how many may be: grows by one each clean round trip, halves on a time-out. */
export interface ReuploadWindow {
  readonly rows: number;
  readonly inFlight: number;
  readonly bytesInFlight: number;
  /** Whether a row may be sent now; urgent ones may use the reserve. */
  hasRoom(row: EventRow): boolean;
  has(seq: number): boolean;
  /** @throws {Error} If the bounds would be broken. */
  sent(row: EventRow): void;
  /** @returns The row, or undefined when no row in flight has this id. */
  acked(messageId: string): SentRow | undefined;
  timedOut(): void;
  /** Forgets the rows of this range without an ack. */
  forget(fromSeq: number, toSeq: number): readonly SentRow[];
  /** Takes everything out. @returns The rows in flight. */
  clear(): readonly SentRow[];
}

/** Makes an empty window. */
export function reuploadWindow(bounds: WindowBounds): ReuploadWindow {
  const byId = new Map<string, SentRow>();
  const bySeq = new Map<number, SentRow>();
  let rows = Math.min(bounds.rowsInitial, bounds.rowsMax);
  let bytesInFlight = 0;
  /** The round trip is over when the row that was sent first after the last one is acked. */
  let roundSeq: number | undefined;
  invariant(rows >= WINDOW_ROWS_MIN && bounds.bytesMax >= 1, `window of ${rows} rows and ${bounds.bytesMax} bytes`);

  function remove(row: SentRow): void {
    byId.delete(row.messageId);
    bySeq.delete(row.seq);
    bytesInFlight -= row.bytes;
    invariant(bytesInFlight >= 0 && byId.size === bySeq.size, `window account: ${bytesInFlight} bytes`);
  }
  return {
    get rows() {
      return rows;
    },
    get inFlight() {
      return byId.size;
    },
    get bytesInFlight() {
      return bytesInFlight;
    },
    hasRoom(row) {
      if (byId.has(row.messageId)) return false;
      const urgent = row.lane <= 1;
      const rowsRoom = byId.size < rows + (urgent ? URGENT_ROWS_RESERVE : 0);
      const bytesRoom = bytesInFlight + row.bytes.length <= bounds.bytesMax + (urgent ? URGENT_BYTES_RESERVE : 0);
      // A row that is larger than the whole window goes alone, or it would never go.
      return rowsRoom && (bytesRoom || byId.size === 0);
    },
    has(seq) {
      return bySeq.has(seq);
    },
    sent(row) {
      const sent: SentRow = { seq: row.seq, lane: row.lane, messageId: row.messageId, bytes: row.bytes.length };
      invariant(!byId.has(sent.messageId) && !bySeq.has(sent.seq), `row ${sent.seq} sent while it is in flight`);
      byId.set(sent.messageId, sent);
      bySeq.set(sent.seq, sent);
      bytesInFlight += sent.bytes;
      roundSeq ??= sent.seq;
      invariant(byId.size <= bounds.rowsMax + URGENT_ROWS_RESERVE, `${byId.size} rows in flight`);
      invariant(
        byId.size === 1 || bytesInFlight <= bounds.bytesMax + URGENT_BYTES_RESERVE,
        `${bytesInFlight} bytes in flight`,
      );
    },
    acked(messageId) {
      const row = byId.get(messageId);
      if (row === undefined) return undefined;
      remove(row);
      if (row.seq === roundSeq) {
        rows = Math.min(bounds.rowsMax, rows + 1);
        roundSeq = undefined;
      }
      return row;
    },
    timedOut() {
      rows = Math.max(WINDOW_ROWS_MIN, Math.floor(rows / 2));
      roundSeq = undefined;
    },
    forget(fromSeq, toSeq) {
      const forgotten = [...bySeq.values()].filter((row) => row.seq >= fromSeq && row.seq <= toSeq);
      for (const row of forgotten) {
        remove(row);
        if (row.seq === roundSeq) roundSeq = undefined;
      }
      return forgotten;
    },
    clear() {
      const left = [...bySeq.values()];
      byId.clear();
      bySeq.clear();
      bytesInFlight = 0;
      roundSeq = undefined;
      return left;
    },
  };
}
