import { invariant } from "../core/invariant.ts";
import type { EventRow, Lane } from "../store/port.ts";
import type { LinksContext } from "./port.ts";

/** Most rows asked of the store at once. */
export const READ_ROWS_MAX = 256;
/** Most bytes asked of the store at once. */
export const READ_BYTES_MAX = 131_072;
/** With fewer rows ahead than this more are asked for: the store answers while these are sent. */
export const AHEAD_ROWS_LOW = 128;
/** Most new rows that wait ahead in memory; further ones wait in the store alone. */
export const AHEAD_ROWS_MAX = 512;
/** Most bytes of new rows that wait ahead in memory. */
export const AHEAD_BYTES_MAX = 262_144;

/** What became of a row that was offered. */
export type Offered =
  /** It is on its way, or was acked already. */
  | "gone"
  /** Not now: neither it nor a later one of its stream. */
  | "waits";

/** Stored rows of some lanes, in order of their seq: each is offered once a time that the link is active. */
export interface RowStream {
  readonly lanes: readonly Lane[];
  /** Whether the store may hold rows that were not offered yet. */
  readonly running: boolean;
  /** Whether it waits for an answer of the store. */
  readonly reading: boolean;
  /** From the rows on that were in flight last: everything un-acked is offered again. */
  begin(): void;
  /** @param lowestSeq Lowest seq of this stream in flight; Infinity when there is none. */
  end(lowestSeq: number): void;
  /** New rows of these lanes are durable. @param active Whether they may be offered. */
  committed(rows: readonly EventRow[], active: boolean, ctx: LinksContext): void;
  /** The answer to its read. */
  rowsRead(rows: readonly EventRow[], end: boolean, ctx: LinksContext): void;
  /** Offers the rows ahead. @returns Whether it has to read on. */
  offerAhead(ctx: LinksContext): boolean;
  /** Asks the store for the next rows. */
  read(ctx: LinksContext): void;
  /** Rows of this range were evicted, but not each: what the store still has of it is read again. */
  forget(fromSeq: number, toSeq: number): void;
}

/** Makes the stream of these lanes. @param offer Sends a row unless it has to wait. */
export function rowStream(lanes: readonly Lane[], offer: (row: EventRow, ctx: LinksContext) => Offered): RowStream {
  return new LaneStream(lanes, offer);
}

class LaneStream implements RowStream {
  readonly lanes: readonly Lane[];
  readonly #offer: (row: EventRow, ctx: LinksContext) => Offered;
  /** Every pending row up to this seq was offered since the link became active. */
  #cursor = 0;
  /** Rows that wait to be offered, ascending, all beyond the cursor: no pending row lies between them. */
  #ahead: EventRow[] = [];
  #aheadIndex = 0;
  #aheadBytes = 0;
  #highestCommitted = 0;
  /** False only when nothing beyond the rows ahead is left in the store. */
  #backlog = true;
  #asked: { readonly highest: number; stale: boolean } | undefined;

  constructor(lanes: readonly Lane[], offer: (row: EventRow, ctx: LinksContext) => Offered) {
    this.lanes = lanes;
    this.#offer = offer;
  }

  get running(): boolean {
    return this.#backlog || this.#ahead.length > 0;
  }

  get reading(): boolean {
    return this.#asked !== undefined;
  }

  begin(): void {
    this.#backlog = true;
  }

  end(lowestSeq: number): void {
    this.#cursor = Math.min(this.#cursor, lowestSeq - 1);
    this.#setAhead([]);
    this.#backlog = true;
    if (this.#asked !== undefined) this.#asked.stale = true;
  }

  committed(rows: readonly EventRow[], active: boolean, ctx: LinksContext): void {
    for (const row of rows) {
      this.#highestCommitted = Math.max(this.#highestCommitted, row.seq);
      // A commit that failed may have been written all the same: its rows were read before they are told of.
      if (!active || row.seq <= this.#known) continue;
      if (this.#backlog || !this.#hasRoomAhead(row)) this.#backlog = true;
      else if (this.#ahead.length > 0 || this.#offer(row, ctx) === "waits") this.#addAhead(row);
      else this.#cursor = row.seq;
    }
  }

  rowsRead(rows: readonly EventRow[], end: boolean, ctx: LinksContext): void {
    invariant(this.#asked !== undefined, "rows came that were not asked for");
    const { stale, highest } = this.#asked;
    this.#asked = undefined;
    if (stale) return;
    for (const row of rows) this.#addAhead(row);
    if (end && this.#highestCommitted === highest) this.#backlog = false;
    this.offerAhead(ctx);
    if (end && this.#ahead.length === 0) this.#cursor = Math.max(this.#cursor, highest);
  }

  offerAhead(ctx: LinksContext): boolean {
    for (; this.#aheadIndex < this.#ahead.length; this.#aheadIndex++) {
      const row = this.#ahead[this.#aheadIndex];
      invariant(row !== undefined && row.seq > this.#cursor, `row ${row?.seq} ahead of ${this.#cursor}`);
      if (this.#offer(row, ctx) === "waits") break;
      this.#cursor = row.seq;
      this.#aheadBytes -= row.bytes.length;
    }
    const left = this.#ahead.length - this.#aheadIndex;
    if (this.#aheadIndex > 0 && (left === 0 || this.#aheadIndex >= AHEAD_ROWS_LOW)) {
      this.#ahead = this.#ahead.slice(this.#aheadIndex);
      this.#aheadIndex = 0;
    }
    return this.#backlog && this.#asked === undefined && left < AHEAD_ROWS_LOW;
  }

  read(ctx: LinksContext): void {
    invariant(this.#asked === undefined, "a stream reads one answer after the other");
    this.#asked = { highest: this.#highestCommitted, stale: false };
    const { lanes } = this;
    const afterSeq = this.#ahead.at(-1)?.seq ?? this.#cursor;
    ctx.readRows({ afterSeq, lanes, rowsMax: READ_ROWS_MAX, bytesMax: READ_BYTES_MAX });
  }

  forget(fromSeq: number, toSeq: number): void {
    const left = this.#ahead.slice(this.#aheadIndex);
    if (!left.some(({ seq }) => seq >= fromSeq && seq <= toSeq)) return;
    this.#setAhead(left.filter(({ seq }) => seq < fromSeq));
    this.#backlog = true;
    if (this.#asked !== undefined) this.#asked.stale = true;
  }

  /** The last row that was offered or is ahead. */
  get #known(): number {
    return Math.max(this.#cursor, this.#ahead.at(-1)?.seq ?? 0);
  }

  #hasRoomAhead(row: EventRow): boolean {
    const left = this.#ahead.length - this.#aheadIndex;
    return left < AHEAD_ROWS_MAX && this.#aheadBytes + row.bytes.length <= AHEAD_BYTES_MAX;
  }

  #addAhead(row: EventRow): void {
    this.#ahead.push(row);
    this.#aheadBytes += row.bytes.length;
  }

  #setAhead(rows: EventRow[]): void {
    this.#ahead = rows;
    this.#aheadIndex = 0;
    this.#aheadBytes = rows.reduce((sum, row) => sum + row.bytes.length, 0);
  }
}
