import { invariant } from "../core/invariant.ts";
import type { EventRow, Lane } from "../store/port.ts";
import type { LinksConfig, LinksContext } from "./port.ts";
import { type ReuploadWindow, reuploadWindow } from "./reupload_window.ts";

/** Most rows asked of the store at once. */
export const READ_ROWS_MAX = 256;
/** Most bytes asked of the store at once. */
export const READ_BYTES_MAX = 131_072;
/** Acked rows that are remembered until the store has surely deleted them; older ones may be sent twice at worst. */
export const SETTLED_MAX = 4_096;
/** Rows whose ack is still welcome after their time-out, so that a slow peer makes progress. */
export const LATE_MAX = 512;

const ALL_LANES: readonly Lane[] = [0, 1, 2, 3];

/** Brings stored rows upstream: one for the upstream link. */
export interface Reupload {
  readonly window: ReuploadWindow;
  /** Whether the store may hold rows that were not sent yet. */
  readonly running: boolean;
  /** Entering active: everything un-acked is sent from the lowest un-acked seq on. */
  activate(ctx: LinksContext): void;
  /** Leaving active: rows in flight are in the store, and wait there. */
  deactivate(timedOut: boolean): void;
  committed(rows: readonly EventRow[], ctx: LinksContext): void;
  rowsRead(rows: readonly EventRow[], end: boolean, ctx: LinksContext): void;
  /** An ack came. @returns Whether it belongs to a row. */
  acked(messageId: string, ctx: LinksContext): boolean;
  /** @returns Message ids of rows in flight that were forgotten. */
  evicted(fromSeq: number, toSeq: number, ctx: LinksContext): readonly string[];
}

/** What a re-upload needs of its link. */
export interface ReuploadPeer {
  /** Puts one row on the wire and waits for its ack. */
  send(row: EventRow, ctx: LinksContext): void;
  /** Planted bug: a row that was sent counts as acked, as in the reference. */
  readonly ackOnSend: boolean;
}

/** Makes the re-upload. */
export function makeReupload(config: LinksConfig, peer: ReuploadPeer): Reupload {
  const window = reuploadWindow({
    rowsInitial: config.windowInitial,
    rowsMax: config.windowRowsMax,
    bytesMax: config.windowBytesMax,
  });
  const settled = new Set<number>();
  const late = new Map<string, number>();
  let active = false;
  /** Every pending row up to this seq was sent since the link became active. */
  let cursor = 0;
  /** Rows read ahead, ascending, all beyond `cursor`. */
  let ahead: readonly EventRow[] = [];
  let aheadIndex = 0;
  let highestCommitted = 0;
  /** False only when nothing beyond `cursor` is left in the store. */
  let backlog = true;
  let reading: { readonly highestAsked: number; stale: boolean } | undefined;

  function put(row: EventRow, ctx: LinksContext): void {
    late.delete(row.messageId);
    window.sent(row);
    peer.send(row, ctx);
    if (peer.ackOnSend) ctx.acked(row.seq);
  }
  function settle(seq: number): void {
    settled.add(seq);
    if (settled.size > SETTLED_MAX) deleteFirst(settled);
  }
  function sendAhead(ctx: LinksContext): void {
    for (; aheadIndex < ahead.length; aheadIndex++) {
      const row = ahead[aheadIndex];
      invariant(row !== undefined && row.seq > cursor, `row ${row?.seq} read ahead of ${cursor}`);
      if (!window.has(row.seq) && !settled.has(row.seq)) {
        // The reserve is for rows that overtake; from the store all wait for the window, in order.
        if (!window.hasRoom({ ...row, lane: 3 })) return;
        put(row, ctx);
      }
      cursor = row.seq;
    }
    ahead = [];
    aheadIndex = 0;
  }
  function pump(ctx: LinksContext): void {
    if (!active) return;
    sendAhead(ctx);
    if (ahead.length > 0 || !backlog || reading !== undefined) return;
    reading = { highestAsked: highestCommitted, stale: false };
    ctx.readRows({ afterSeq: cursor, lanes: ALL_LANES, rowsMax: READ_ROWS_MAX, bytesMax: READ_BYTES_MAX });
  }
  return {
    window,
    get running() {
      return active && (backlog || ahead.length > 0);
    },
    activate(ctx) {
      invariant(!active && window.inFlight === 0, `activated with ${window.inFlight} rows in flight`);
      active = true;
      backlog = true;
      pump(ctx);
    },
    deactivate(timedOut) {
      active = false;
      if (timedOut) window.timedOut();
      for (const row of window.clear()) {
        cursor = Math.min(cursor, row.seq - 1);
        late.set(row.messageId, row.seq);
        if (late.size > LATE_MAX) deleteFirst(late);
      }
      ahead = [];
      aheadIndex = 0;
      backlog = true;
      if (reading !== undefined) reading.stale = true;
    },
    committed(rows, ctx) {
      for (const row of rows) {
        highestCommitted = Math.max(highestCommitted, row.seq);
        if (!active) continue;
        const overtakes = backlog && row.lane <= 1;
        if ((!backlog || overtakes) && !window.has(row.seq) && window.hasRoom(row)) {
          put(row, ctx);
          if (!backlog) cursor = row.seq;
        } else backlog = true;
      }
      pump(ctx);
    },
    rowsRead(rows, end, ctx) {
      invariant(reading !== undefined, "rows came that were not asked for");
      const { stale, highestAsked } = reading;
      reading = undefined;
      if (!stale && active) {
        invariant(ahead.length === 0, `${ahead.length} rows are still ahead`);
        ahead = rows;
        if (end && highestCommitted === highestAsked) backlog = false;
        sendAhead(ctx);
        // Committed rows must not go past those that were read: with rows left ahead the backlog is not over.
        if (ahead.length > 0) backlog = true;
        else if (end) cursor = Math.max(cursor, highestAsked);
      }
      pump(ctx);
    },
    acked(messageId, ctx) {
      const seq = window.acked(messageId)?.seq ?? late.get(messageId);
      if (seq === undefined) return false;
      late.delete(messageId);
      settle(seq);
      if (!peer.ackOnSend) ctx.acked(seq);
      pump(ctx);
      return true;
    },
    evicted(fromSeq, toSeq, ctx) {
      ahead = ahead.slice(aheadIndex).filter((row) => row.seq < fromSeq || row.seq > toSeq);
      aheadIndex = 0;
      for (const [id, seq] of late) if (seq >= fromSeq && seq <= toSeq) late.delete(id);
      const forgotten = window.forget(fromSeq, toSeq).map((row) => row.messageId);
      pump(ctx);
      return forgotten;
    },
  };
}

function deleteFirst<Key>(items: { keys(): Iterable<Key>; delete(key: Key): boolean }): void {
  for (const first of items.keys()) {
    items.delete(first);
    return;
  }
}
