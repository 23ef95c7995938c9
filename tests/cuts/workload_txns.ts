import type { EventRow, InboxRow, JournalRow, KeepRow, Lane, StoreTxn } from "../../src/store/port.ts";
import type { RandomStreams } from "../../src/testing/mod.ts";
import { payloadOf } from "./mark.ts";

/** What the next transaction is drawn from. */
export interface StoreNow {
  /** Last seq given away. */
  lastSeq: number;
  /** Seqs that were committed and not acked yet, ascending; evicted ones may be among them. */
  readonly pending: number[];
  /** Whether acks come in. */
  isLinked: boolean;
  wallMs: number;
  readonly random: RandomStreams;
}

/** Part of the transactions in each lane, least urgent last. */
const LANES: readonly (readonly [Lane, number])[] = [[0, 0.1], [1, 0.25], [2, 0.8], [3, 1]];
/** Most rows of one kind in a transaction. */
const ROWS_MAX = 6;
/** Most acks in a transaction. */
const ACKS_MAX = 12;
/** Payloads in bytes: most events are small, a report may fill several pages. */
const SMALL_BYTES_MAX = 600;
const LARGE_BYTES_MAX = 24_000;
const LARGE_PART = 0.12;
/** Probability that the link comes or goes before a transaction. */
const LINK_TURNS = 0.02;
/** Keys of kept values. */
const KEYS = 8;
/** How far back the stamps of readings go, in ms. */
const READING_MS_MAX = 20_000;

function drawLane(random: RandomStreams): Lane {
  const at = random.next("lane");
  return LANES.find(([, part]) => at < part)![0];
}

function drawEvents(lane: Lane, now: StoreNow): EventRow[] {
  const { random } = now;
  const count = lane === 3 ? 1 : random.integer("events", lane === 2 ? 1 : 0, ROWS_MAX);
  return Array.from({ length: count }, () => {
    const seq = ++now.lastSeq;
    const isLarge = lane === 3 || random.chance("large", LARGE_PART);
    const length = random.integer("bytes", 0, isLarge ? LARGE_BYTES_MAX : SMALL_BYTES_MAX);
    const messageId = `event-${seq}-${random.integer("id", 0, 0xffff)}`;
    const name = `class.${random.integer("class", 0, 3)}`;
    return { seq, lane, class: name, messageId, bytes: payloadOf(messageId, length) };
  });
}

/** Acks of the oldest rows mostly, as a link sends them in order. */
function drawDeletes({ pending, random }: StoreNow): number[] {
  const count = Math.min(pending.length, random.integer("acks", 0, ACKS_MAX));
  return Array.from({ length: count }, () => {
    const at = random.chance("ack_late", 0.2) ? random.integer("ack_at", 0, pending.length - 1) : 0;
    return pending.splice(at, 1)[0]!;
  });
}

function drawKeep(txn: number, { random }: StoreNow): KeepRow[] {
  if (!random.chance("keep", 0.3)) return [];
  const key = `key-${random.integer("key", 0, KEYS - 1)}`;
  const value = random.chance("drop", 0.2)
    ? null
    : JSON.stringify({ txn, text: "x".repeat(random.integer("value", 0, 900)) });
  return [{ key, version: txn, value, expiresWallMs: 0 }];
}

function drawInbox({ random, wallMs }: StoreNow): InboxRow[] {
  return Array.from({ length: random.integer("inbox", 0, 2) }, () => {
    const messageId = `applied-${random.integer("applied", 0, 5_000)}`;
    const bytes = payloadOf(messageId, random.integer("inbox_bytes", 0, SMALL_BYTES_MAX));
    return { peer: `peer-${messageId.length % 2}`, messageId, type: "report.event", receivedWallMs: wallMs, bytes };
  });
}

function drawJournal({ random, wallMs }: StoreNow): JournalRow[] {
  return Array.from({ length: random.integer("readings", 0, ROWS_MAX) }, () => ({
    channel: `channel-${random.integer("channel", 0, 9)}`,
    value: random.integer("value", -10, 900) / 10,
    wallMs: wallMs - random.integer("reading_ms", 0, READING_MS_MAX),
  }));
}

/** Acks come for a while, and for a while not, so that events pile up until some are given up. */
function drawLink(now: StoreNow): boolean {
  if (now.random.chance("link", LINK_TURNS)) now.isLinked = !now.isLinked;
  return now.isLinked;
}

/** Draws a transaction of one lane: what a step of a proactor might leave to its store. Moves `lastSeq` and `pending` on. */
export function drawTxn(txn: number, now: StoreNow): StoreTxn {
  const { random } = now;
  const lane = drawLane(random);
  const append = drawEvents(lane, now);
  const deletes = drawLink(now) && random.chance("ack", 0.6) ? drawDeletes(now) : [];
  const keep = lane <= 1 ? drawKeep(txn, now) : [];
  const inbox = lane === 1 ? drawInbox(now) : [];
  const journal = lane === 3 ? drawJournal(now) : [];
  const clears = lane === 2 && random.chance("report", 0.1);
  const cleared = clears ? { journalClearBeforeWallMs: now.wallMs - READING_MS_MAX / 2 } : {};
  return { txn, lane, append, deletes, keep, inbox, journal, ...cleared };
}
