import { invariant } from "../core/invariant.ts";
import type { EventRow, Lane } from "../store/port.ts";

/** Rows of lanes 0 and 1 that may be un-acked beyond the window, so that the urgent never waits behind the backlog. */
export const URGENT_ROWS_RESERVE = 32;
/** Bytes of lanes 0 and 1 that may be un-acked beyond the window. */
export const URGENT_BYTES_RESERVE = 32_768;
/** Smallest window, in rows. */
export const WINDOW_ROWS_MIN = 1;
/** The window doubles until a round trip takes longer than this part of the ack time-out: a line that is filled so far … */
export const DOUBLING_PART = 0.25;
/** … is filled by one row after the other, and no further than to this part: it would soon time out. */
export const GROWTH_PART = 0.75;

/** One sent row that waits for its ack. */
export interface SentRow {
  readonly seq: number;
  readonly lane: Lane;
  readonly messageId: string;
  readonly bytes: number;
}

/** Bounds of a window; rows and bytes un-acked, and when an ack comes too late, in ms. */
export interface WindowBounds {
  readonly rowsInitial: number;
  readonly rowsMax: number;
  readonly bytesMax: number;
  readonly ackTimeoutMs: number;
}

/**
 * The rows on their way to the peer, and how many may be. A round trip that filled the window lets it grow: it doubles until
 * the first long round trip or the first time-out, then it grows by one. It halves on a time-out.
 */
export interface ReuploadWindow {
  readonly rows: number;
  readonly inFlight: number;
  readonly bytesInFlight: number;
  /** Whether a row may be sent now; urgent ones may use the reserve. */
  hasRoom(row: EventRow): boolean;
  has(seq: number): boolean;
  /** @param nowMs Monotonic. @throws {Error} If the bounds would be broken. */
  sent(row: EventRow, nowMs: number): void;
  /** @param nowMs Monotonic. @returns The row, or undefined when no row in flight has this id. */
  acked(messageId: string, nowMs: number): SentRow | undefined;
  timedOut(): void;
  /** Forgets the rows of this range without an ack. */
  forget(fromSeq: number, toSeq: number): readonly SentRow[];
  /** Takes everything out. @returns The rows in flight. */
  clear(): readonly SentRow[];
}

/** Makes an empty window. */
export function reuploadWindow(bounds: WindowBounds): ReuploadWindow {
  return new RowWindow(bounds);
}

/** It is over when its row is acked: the first one that was sent after the last round. */
interface Round {
  readonly seq: number;
  readonly sentMs: number;
  /** The window was full: without that the round says nothing about what line and peer can carry. */
  isFull: boolean;
}

class RowWindow implements ReuploadWindow {
  readonly #bounds: WindowBounds;
  readonly #byId = new Map<string, SentRow>();
  readonly #bySeq = new Map<number, SentRow>();
  #round: Round | undefined;
  #isDoubling = true;
  rows: number;
  bytesInFlight = 0;

  constructor(bounds: WindowBounds) {
    this.#bounds = bounds;
    this.rows = Math.min(bounds.rowsInitial, bounds.rowsMax);
    const fits = this.rows >= WINDOW_ROWS_MIN && bounds.bytesMax >= 1;
    invariant(fits, `window of ${this.rows} rows and ${bounds.bytesMax} bytes`);
  }

  get inFlight(): number {
    return this.#byId.size;
  }

  hasRoom(row: EventRow): boolean {
    if (this.#byId.has(row.messageId)) return false;
    const urgent = row.lane <= 1;
    const bytesMax = this.#bounds.bytesMax + (urgent ? URGENT_BYTES_RESERVE : 0);
    const rowsRoom = this.inFlight < this.rows + (urgent ? URGENT_ROWS_RESERVE : 0);
    // A row that is larger than the whole window goes alone, or it would never go.
    return rowsRoom && (this.bytesInFlight + row.bytes.length <= bytesMax || this.inFlight === 0);
  }

  has(seq: number): boolean {
    return this.#bySeq.has(seq);
  }

  sent(row: EventRow, nowMs: number): void {
    const sent: SentRow = { seq: row.seq, lane: row.lane, messageId: row.messageId, bytes: row.bytes.length };
    const isNew = !this.#byId.has(sent.messageId) && !this.#bySeq.has(sent.seq);
    invariant(isNew, `row ${sent.seq} sent while it is in flight`);
    this.#byId.set(sent.messageId, sent);
    this.#bySeq.set(sent.seq, sent);
    this.bytesInFlight += sent.bytes;
    this.#round ??= { seq: sent.seq, sentMs: nowMs, isFull: false };
    if (this.inFlight >= this.rows) this.#round.isFull = true;
    const { rowsMax, bytesMax } = this.#bounds;
    invariant(this.inFlight <= rowsMax + URGENT_ROWS_RESERVE, `${this.inFlight} rows in flight`);
    const bytesFit = this.inFlight === 1 || this.bytesInFlight <= bytesMax + URGENT_BYTES_RESERVE;
    invariant(bytesFit, `${this.bytesInFlight} bytes in flight`);
  }

  acked(messageId: string, nowMs: number): SentRow | undefined {
    const row = this.#byId.get(messageId);
    if (row === undefined) return undefined;
    this.#remove(row);
    const round = this.#round;
    if (row.seq === round?.seq) {
      if (round.isFull) this.#grow(nowMs - round.sentMs);
      this.#round = undefined;
    }
    return row;
  }

  timedOut(): void {
    this.rows = Math.max(WINDOW_ROWS_MIN, Math.floor(this.rows / 2));
    this.#isDoubling = false;
    this.#round = undefined;
  }

  forget(fromSeq: number, toSeq: number): readonly SentRow[] {
    const forgotten = [...this.#bySeq.values()].filter((row) => row.seq >= fromSeq && row.seq <= toSeq);
    for (const row of forgotten) {
      this.#remove(row);
      if (row.seq === this.#round?.seq) this.#round = undefined;
    }
    return forgotten;
  }

  clear(): readonly SentRow[] {
    const left = [...this.#bySeq.values()];
    this.#byId.clear();
    this.#bySeq.clear();
    this.bytesInFlight = 0;
    this.#round = undefined;
    return left;
  }

  #grow(tookMs: number): void {
    const { rowsMax, ackTimeoutMs } = this.#bounds;
    if (tookMs > DOUBLING_PART * ackTimeoutMs) this.#isDoubling = false;
    if (tookMs > GROWTH_PART * ackTimeoutMs) return;
    this.rows = Math.min(rowsMax, this.#isDoubling ? this.rows * 2 : this.rows + 1);
  }

  #remove(row: SentRow): void {
    this.#byId.delete(row.messageId);
    this.#bySeq.delete(row.seq);
    this.bytesInFlight -= row.bytes;
    const fits = this.bytesInFlight >= 0 && this.#byId.size === this.#bySeq.size;
    invariant(fits, `window account: ${this.bytesInFlight} bytes`);
  }
}
