import { type Account, type Evicted, sumEvicted } from "./account.ts";
import { eventId, eventPlace, SEQ_MAX } from "./event_place.ts";
import type { FromStore, Lane } from "./port.ts";
import type { SqlDatabase } from "./sql_port.ts";

/** Rows looked at in one go when room is made: few at first, as mostly one or two go. */
const EVICT_ROWS_FIRST = 4;
const EVICT_ROWS_MAX = 256;
/** Rows that are given up in one transaction as they are too old; the others go with the next ones. */
const AGED_ROWS_MAX = 1_024;
/** Bytes given up before the file's pages are counted again, */
const STEP_BYTES = 65_536;
/** and in one transaction beside twice what it adds: a cap that was lowered must not make one huge transaction. */
const FILE_BYTES_MAX = 1_048_576;
/** What a row takes in the file besides its payload, about, in bytes. */
const ROW_FILE_BYTES = 96;
/** Least urgent first. */
const EVICT_ORDER: readonly Lane[] = [3, 2, 1, 0];

/** What the events of one owner must stay within. */
export interface EvictBounds {
  /** Most payload bytes of pending events. */
  readonly bytesMax: number;
  /** Every seq up to this one is too old; 0: none. */
  readonly agedSeq: number;
  /** Whether the file has more pages than it may. @param eventBytes What the events take in it, about. */
  isOver(eventBytes: number): boolean;
  /** Bytes that this transaction adds, about. */
  addedBytes(): number;
  /** Slot of the tombstones. */
  readonly day: number;
}

type EvictedMessage = Extract<FromStore, { kind: "evicted" }>;

/** Makes room in one transaction. @param damaged Ids of rows that cannot be sent any more; some may be gone already. */
type Evict = (account: Account, bounds: EvictBounds, damaged: ReadonlySet<number>) => readonly EvictedMessage[];

/** Ids in the order in which they go. */
interface IdsToGiveUp {
  /** Oldest of the least urgent lane that has any. */
  oldest(rowsMax: number): readonly number[];
  /** Up to this seq, whatever the lane. */
  aged(toSeq: number): readonly number[];
}

function idsToGiveUp(db: SqlDatabase, owner: number): IdsToGiveUp {
  const run = db.prepare("SELECT id FROM events WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?");

  function idsOf(lane: Lane, { toSeq = SEQ_MAX, rowsMax }: { toSeq?: number; rowsMax: number }): readonly number[] {
    const rows = run.all(eventId(owner, lane, 0), eventId(owner, lane, toSeq), rowsMax);
    return rows.map(({ id }) => id as number);
  }

  return {
    oldest(rowsMax) {
      for (const lane of EVICT_ORDER) {
        const ids = idsOf(lane, { rowsMax });
        if (ids.length > 0) return ids;
      }
      return [];
    },
    aged(toSeq) {
      if (toSeq <= 0) return [];
      return EVICT_ORDER.flatMap((lane) => idsOf(lane, { toSeq, rowsMax: AGED_ROWS_MAX }))
        .sort((a, b) => eventPlace(a).seq - eventPlace(b).seq).slice(0, AGED_ROWS_MAX);
    },
  };
}

/**
 * Makes what gives events up and leaves a tombstone for each: first what is damaged and what is too old, whatever its
 * lane; then, until bytes and pages are within their bounds, the oldest rows of lane 3, of lane 2, of lane 1, and of
 * lane 0 last.
 *
 * @param take Takes a row out of the file and counts it; its class, or undefined when there is no such row.
 */
export function sqliteEvict(
  db: SqlDatabase,
  owner: number,
  take: (account: Account, id: number) => string | undefined,
): Evict {
  const { oldest, aged } = idsToGiveUp(db, owner);
  const tombstone = db.prepare(
    `INSERT INTO tombstones(owner, class, day, from_seq, to_seq, count) VALUES(?, ?, ?, ?, ?, ?)
     ON CONFLICT(owner, class, day) DO UPDATE SET from_seq=min(from_seq, excluded.from_seq),
       to_seq=max(to_seq, excluded.to_seq), count=count+excluded.count`,
  );

  function giveUp(account: Account, id: number, evicted: Evicted[]): void {
    const name = take(account, id);
    if (name !== undefined) evicted.push({ seq: eventPlace(id).seq, class: name });
  }

  function makeBytes(account: Account, bytesMax: number, evicted: Evicted[]): void {
    for (let rowsMax = EVICT_ROWS_FIRST; account.pendingBytes > bytesMax; rowsMax *= 4) {
      const ids = oldest(Math.min(rowsMax, EVICT_ROWS_MAX));
      if (ids.length === 0) return;
      for (const id of ids) if (account.pendingBytes > bytesMax) giveUp(account, id, evicted);
    }
  }

  function makePages(account: Account, bounds: EvictBounds, evicted: Evicted[]): void {
    function isOver(): boolean {
      const rows = account.generated - account.acked - account.tombstoned;
      return bounds.isOver(account.pendingBytes + rows * ROW_FILE_BYTES);
    }
    if (!isOver()) return;
    let leftBytes = FILE_BYTES_MAX + 2 * bounds.addedBytes();
    while (leftBytes > 0 && isOver()) {
      const ids = oldest(EVICT_ROWS_MAX);
      if (ids.length === 0) return;
      let stepBytes = 0;
      for (const id of ids) {
        if (stepBytes >= STEP_BYTES) break;
        const { pendingBytes } = account;
        giveUp(account, id, evicted);
        stepBytes += pendingBytes - account.pendingBytes + ROW_FILE_BYTES;
      }
      leftBytes -= stepBytes;
    }
  }

  return function evict(account, bounds, damaged) {
    const lost: Evicted[] = [];
    const evicted: Evicted[] = [];
    for (const id of damaged) giveUp(account, id, lost);
    for (const id of aged(bounds.agedSeq)) giveUp(account, id, evicted);
    makeBytes(account, bounds.bytesMax, evicted);
    makePages(account, bounds, evicted);
    const messages = [
      ...sumEvicted(lost).map((message) => ({ ...message, isDamaged: true } as const)),
      ...sumEvicted(evicted),
    ];
    for (const { class: name, fromSeq, toSeq, count } of messages) {
      tombstone.run(owner, name, bounds.day, fromSeq, toSeq, count);
    }
    return messages;
  };
}
