import { invariant } from "../core/invariant.ts";
import type { EventRow, Lane } from "../store/port.ts";
import type { LinksContext } from "./port.ts";

/** Most rows asked of the store at once. */
export const READ_ROWS_MAX = 256;
/** Most bytes asked of the store at once. */
export const READ_BYTES_MAX = 131_072;

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
  /** Offers the rows that were read ahead. @returns Whether it has to read on. */
  offerAhead(ctx: LinksContext): boolean;
  /** Asks the store for the next rows. */
  read(ctx: LinksContext): void;
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
  /** Rows read ahead, ascending, all beyond the cursor. */
  #ahead: readonly EventRow[] = [];
  #aheadIndex = 0;
  #highestCommitted = 0;
  /** False only when nothing beyond the cursor is left in the store. */
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
    this.#ahead = [];
    this.#aheadIndex = 0;
    this.#backlog = true;
    if (this.#asked !== undefined) this.#asked.stale = true;
  }

  committed(rows: readonly EventRow[], active: boolean, ctx: LinksContext): void {
    for (const row of rows) {
      this.#highestCommitted = Math.max(this.#highestCommitted, row.seq);
      if (!active) continue;
      if (!this.#backlog && this.#offer(row, ctx) === "gone") this.#cursor = row.seq;
      else this.#backlog = true;
    }
  }

  rowsRead(rows: readonly EventRow[], end: boolean, ctx: LinksContext): void {
    invariant(this.#asked !== undefined, "rows came that were not asked for");
    const { stale, highest } = this.#asked;
    this.#asked = undefined;
    if (stale) return;
    invariant(this.#ahead.length === 0, `${this.#ahead.length} rows are still ahead`);
    this.#ahead = rows;
    if (end && this.#highestCommitted === highest) this.#backlog = false;
    this.offerAhead(ctx);
    // Committed rows must not go past those that were read: with rows left ahead the backlog is not over.
    if (this.#ahead.length > 0) this.#backlog = true;
    else if (end) this.#cursor = Math.max(this.#cursor, highest);
  }

  offerAhead(ctx: LinksContext): boolean {
    for (; this.#aheadIndex < this.#ahead.length; this.#aheadIndex++) {
      const row = this.#ahead[this.#aheadIndex];
      invariant(row !== undefined && row.seq > this.#cursor, `row ${row?.seq} read ahead of ${this.#cursor}`);
      if (this.#offer(row, ctx) === "waits") return false;
      this.#cursor = row.seq;
    }
    this.#ahead = [];
    this.#aheadIndex = 0;
    return this.#backlog && this.#asked === undefined;
  }

  read(ctx: LinksContext): void {
    invariant(this.#asked === undefined, "a stream reads one answer after the other");
    this.#asked = { highest: this.#highestCommitted, stale: false };
    const { lanes } = this;
    ctx.readRows({ afterSeq: this.#cursor, lanes, rowsMax: READ_ROWS_MAX, bytesMax: READ_BYTES_MAX });
  }

  forget(fromSeq: number, toSeq: number): void {
    this.#ahead = this.#ahead.slice(this.#aheadIndex).filter((row) => row.seq < fromSeq || row.seq > toSeq);
    this.#aheadIndex = 0;
  }
}
