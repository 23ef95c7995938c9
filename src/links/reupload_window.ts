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
  return new RowWindow(bounds);
}

class RowWindow implements ReuploadWindow {
  readonly #bounds: WindowBounds;
  readonly #byId = new Map<string, SentRow>();
  readonly #bySeq = new Map<number, SentRow>();
  /** The round trip is over when the row that was sent first after the last one is acked. */
  #roundSeq: number | undefined;
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

  sent(row: EventRow): void {
    const sent: SentRow = { seq: row.seq, lane: row.lane, messageId: row.messageId, bytes: row.bytes.length };
    const isNew = !this.#byId.has(sent.messageId) && !this.#bySeq.has(sent.seq);
    invariant(isNew, `row ${sent.seq} sent while it is in flight`);
    this.#byId.set(sent.messageId, sent);
    this.#bySeq.set(sent.seq, sent);
    this.bytesInFlight += sent.bytes;
    this.#roundSeq ??= sent.seq;
    const { rowsMax, bytesMax } = this.#bounds;
    invariant(this.inFlight <= rowsMax + URGENT_ROWS_RESERVE, `${this.inFlight} rows in flight`);
    const bytesFit = this.inFlight === 1 || this.bytesInFlight <= bytesMax + URGENT_BYTES_RESERVE;
    invariant(bytesFit, `${this.bytesInFlight} bytes in flight`);
  }

  acked(messageId: string): SentRow | undefined {
    const row = this.#byId.get(messageId);
    if (row === undefined) return undefined;
    this.#remove(row);
    if (row.seq === this.#roundSeq) {
      this.rows = Math.min(this.#bounds.rowsMax, this.rows + 1);
      this.#roundSeq = undefined;
    }
    return row;
  }

  timedOut(): void {
    this.rows = Math.max(WINDOW_ROWS_MIN, Math.floor(this.rows / 2));
    this.#roundSeq = undefined;
  }

  forget(fromSeq: number, toSeq: number): readonly SentRow[] {
    const forgotten = [...this.#bySeq.values()].filter((row) => row.seq >= fromSeq && row.seq <= toSeq);
    for (const row of forgotten) {
      this.#remove(row);
      if (row.seq === this.#roundSeq) this.#roundSeq = undefined;
    }
    return forgotten;
  }

  clear(): readonly SentRow[] {
    const left = [...this.#bySeq.values()];
    this.#byId.clear();
    this.#bySeq.clear();
    this.bytesInFlight = 0;
    this.#roundSeq = undefined;
    return left;
  }

  #remove(row: SentRow): void {
    this.#byId.delete(row.messageId);
    this.#bySeq.delete(row.seq);
    this.bytesInFlight -= row.bytes;
    const fits = this.bytesInFlight >= 0 && this.#byId.size === this.#bySeq.size;
    invariant(fits, `window account: ${this.bytesInFlight} bytes`);
  }
}
