import { invariant } from "../core/invariant.ts";
import { recentSet } from "../core/recent_set.ts";
import type { EventRow } from "../store/port.ts";
import type { LinksConfig, LinksContext } from "./port.ts";
import { type ReuploadWindow, reuploadWindow } from "./reupload_window.ts";
import { type Offered, type RowStream, rowStream } from "./row_stream.ts";

/** Acked rows that are remembered until the store has surely deleted them; older ones may be sent twice at worst. */
export const SETTLED_MAX = 4_096;
/** Rows whose ack is still welcome after their time-out, so that a slow peer makes progress. */
export const LATE_MAX = 512;

/** Brings stored rows upstream: one for the upstream link. */
export interface Reupload {
  readonly window: ReuploadWindow;
  /** Whether the store may hold rows that were not sent yet. */
  readonly running: boolean;
  /** Entering active: everything un-acked is sent, lanes 0 and 1 first, each pair of lanes from its lowest seq on. */
  activate(ctx: LinksContext): void;
  /** Leaving active: rows in flight are in the store, and wait there. */
  deactivate(timedOut: boolean): void;
  committed(rows: readonly EventRow[], ctx: LinksContext): void;
  rowsRead(rows: readonly EventRow[], end: boolean, ctx: LinksContext): void;
  /** An ack came. @returns Whether it belongs to a row. */
  acked(messageId: string, ctx: LinksContext): boolean;
  /** @returns Message ids of rows in flight that were forgotten. */
  evicted(fromSeq: number, toSeq: number, ctx: LinksContext): readonly string[];
  /** Looks whether rows that were held back may go. */
  pump(ctx: LinksContext): void;
}

/** What a re-upload needs of its link. */
export interface ReuploadPeer {
  /** Puts one row on the wire and waits for its ack. */
  send(row: EventRow, ctx: LinksContext): void;
  /** Whether this row must wait; the peer calls `pump` when it need not any more. */
  holdsBack(row: EventRow, ctx: LinksContext): boolean;
  /** Planted bug: a row that was sent counts as acked, as in the reference. */
  readonly ackOnSend: boolean;
}

/** Makes the re-upload. */
export function makeReupload(config: LinksConfig, peer: ReuploadPeer): Reupload {
  return new LaneReupload(config, peer);
}

class LaneReupload implements Reupload {
  readonly window: ReuploadWindow;
  readonly #peer: ReuploadPeer;
  /** Urgent lanes first. */
  readonly #streams: readonly RowStream[];
  readonly #settled = recentSet<number>(SETTLED_MAX);
  readonly #late = new Map<string, number>();
  #active = false;

  constructor(config: LinksConfig, peer: ReuploadPeer) {
    this.#peer = peer;
    this.window = reuploadWindow({
      rowsInitial: config.windowInitial,
      rowsMax: config.windowRowsMax,
      bytesMax: config.windowBytesMax,
      ackTimeoutMs: config.ackTimeoutMs,
    });
    const offer = (row: EventRow, ctx: LinksContext) => this.#offer(row, ctx);
    this.#streams = [rowStream([0, 1], offer), rowStream([2, 3], offer)];
  }

  get running(): boolean {
    return this.#active && this.#streams.some((stream) => stream.running);
  }

  activate(ctx: LinksContext): void {
    const { inFlight } = this.window;
    invariant(!this.#active && inFlight === 0, `activated with ${inFlight} rows in flight`);
    this.#active = true;
    for (const stream of this.#streams) stream.begin();
    this.pump(ctx);
  }

  deactivate(timedOut: boolean): void {
    this.#active = false;
    if (timedOut) this.window.timedOut();
    const rows = this.window.clear();
    for (const { messageId, seq } of rows) {
      this.#late.set(messageId, seq);
      if (this.#late.size > LATE_MAX) deleteFirst(this.#late);
    }
    for (const stream of this.#streams) {
      const own = rows.filter((row) => stream.lanes.includes(row.lane));
      stream.end(lowestSeq(own));
    }
  }

  committed(rows: readonly EventRow[], ctx: LinksContext): void {
    for (const stream of this.#streams) {
      stream.committed(rows.filter((row) => stream.lanes.includes(row.lane)), this.#active, ctx);
    }
    this.pump(ctx);
  }

  rowsRead(rows: readonly EventRow[], end: boolean, ctx: LinksContext): void {
    const stream = this.#streams.find((one) => one.reading);
    invariant(stream !== undefined, "rows came that were not asked for");
    stream.rowsRead(rows, end, ctx);
    this.pump(ctx);
  }

  acked(messageId: string, ctx: LinksContext): boolean {
    const seq = this.window.acked(messageId, ctx.nowMs)?.seq ?? this.#late.get(messageId);
    if (seq === undefined) return false;
    this.#late.delete(messageId);
    this.#settled.add(seq);
    if (!this.#peer.ackOnSend) ctx.acked(seq);
    this.pump(ctx);
    return true;
  }

  evicted(fromSeq: number, toSeq: number, ctx: LinksContext): readonly string[] {
    for (const [id, seq] of this.#late) if (seq >= fromSeq && seq <= toSeq) this.#late.delete(id);
    const forgotten = this.window.forget(fromSeq, toSeq);
    for (const stream of this.#streams) {
      const own = forgotten.filter((row) => stream.lanes.includes(row.lane));
      // The range also holds rows of other classes and lanes, which the store still has.
      if (own.length > 0) stream.end(lowestSeq(own));
      else stream.forget(fromSeq, toSeq);
    }
    this.pump(ctx);
    return forgotten.map((row) => row.messageId);
  }

  pump(ctx: LinksContext): void {
    if (!this.#active) return;
    for (const stream of this.#streams) {
      const wantsMore = stream.offerAhead(ctx);
      if (wantsMore && !this.#streams.some((one) => one.reading)) stream.read(ctx);
    }
  }

  #offer(row: EventRow, ctx: LinksContext): Offered {
    if (this.window.has(row.seq) || this.#settled.has(row.seq)) return "gone";
    if (!this.window.hasRoom(row) || this.#peer.holdsBack(row, ctx)) return "waits";
    this.#late.delete(row.messageId);
    this.window.sent(row, ctx.nowMs);
    this.#peer.send(row, ctx);
    if (this.#peer.ackOnSend) ctx.acked(row.seq);
    return "gone";
  }
}

/** @returns Infinity when there is no row. */
function lowestSeq(rows: readonly { readonly seq: number }[]): number {
  return rows.reduce((lowest, { seq }) => Math.min(lowest, seq), Infinity);
}

function deleteFirst<Key>(items: { keys(): Iterable<Key>; delete(key: Key): boolean }): void {
  for (const first of items.keys()) {
    items.delete(first);
    return;
  }
}
