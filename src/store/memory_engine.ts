import { EnvironmentError } from "../core/errors.ts";
import {
  type Account,
  countersOf,
  type Evicted,
  INBOX_ROWS_MAX,
  isAlive,
  JOURNAL_ROWS_MAX,
  stampMs,
  sumEvicted,
} from "./account.ts";
import { type DiskFaults, diskFaults } from "./disk_faults.ts";
import { type LaneIndex, laneIndex } from "./lane_index.ts";
import type { EventRow, FromStore, InboxRow, KeepRow, StoreEngine, StoreTxn } from "./port.ts";
import { addReading, clearReadings, type Readings, readingsInOrder } from "./readings.ts";
import { windowCount } from "./window_count.ts";

interface OwnerData {
  account: Account;
  readonly events: Map<number, EventRow>;
  readonly lanes: LaneIndex;
  readonly kept: Map<string, KeepRow & { readonly value: string }>;
  readonly inbox: Map<string, { readonly peer: string; readonly row: InboxRow }>;
  /** Rows in `inbox` by peer. */
  readonly peers: Map<string, number>;
  readonly journal: Readings;
}

/** What survives the engine: a disk for simulation, with faults. */
export interface MemoryDisk extends DiskFaults {
  /** Power cut: engines on this disk are dead from now on; what was committed stays. */
  crash(): void;
}

interface Disk extends MemoryDisk {
  readonly owners: Map<string, OwnerData>;
  era: number;
}

/** Makes an empty disk. */
export function memoryDisk(): MemoryDisk {
  const disk: Disk = Object.assign(diskFaults(), {
    owners: new Map<string, OwnerData>(),
    era: 0,
    crash: () => void disk.era++,
  });
  return disk;
}

function ownerOf(disk: Disk, owner: string): OwnerData {
  let data = disk.owners.get(owner);
  if (!data) {
    data = {
      account: { lastSeq: 0, generated: 0, acked: 0, tombstoned: 0, applied: 0, pendingBytes: 0, journalRows: 0 },
      events: new Map(),
      lanes: laneIndex(),
      kept: new Map(),
      inbox: new Map(),
      peers: new Map(),
      journal: new Map(),
    };
    disk.owners.set(owner, data);
  }
  return data;
}

function remove(data: OwnerData, seq: number): EventRow | undefined {
  const row = data.events.get(seq);
  if (!row) return undefined;
  data.events.delete(seq);
  data.lanes.remove(row.lane, seq);
  data.account.pendingBytes -= row.bytes.length;
  return row;
}

function applyEvents(data: OwnerData, txn: StoreTxn): void {
  const { account, events, lanes } = data;
  for (const row of txn.append) {
    if (row.seq <= account.lastSeq) continue;
    events.set(row.seq, row);
    lanes.add(row.lane, row.seq);
    account.lastSeq = row.seq;
    account.generated++;
    account.pendingBytes += row.bytes.length;
  }
  for (const seq of txn.deletes) if (remove(data, seq)) account.acked++;
}

function applyInbox(data: OwnerData, row: InboxRow): void {
  const key = JSON.stringify([row.peer, row.messageId]);
  if (data.inbox.has(key)) return;
  data.inbox.set(key, { peer: row.peer, row: { ...row, receivedWallMs: stampMs(row.receivedWallMs) } });
  data.account.applied++;
  const count = (data.peers.get(row.peer) ?? 0) + 1;
  data.peers.set(row.peer, Math.min(count, INBOX_ROWS_MAX));
  if (count <= INBOX_ROWS_MAX) return;
  for (const [old, { peer }] of data.inbox) {
    if (peer !== row.peer) continue;
    data.inbox.delete(old);
    break;
  }
}

function applyJournal({ journal, account }: OwnerData, txn: StoreTxn): void {
  for (const row of txn.journal) addReading(journal, row);
  if (journal.size > JOURNAL_ROWS_MAX) {
    const rows = readingsInOrder(journal);
    journal.clear();
    for (const row of rows.slice(-JOURNAL_ROWS_MAX)) addReading(journal, row);
  }
  if (txn.journalClearBeforeWallMs !== undefined) clearReadings(journal, txn.journalClearBeforeWallMs);
  account.journalRows = journal.size;
}

function applyTxn(data: OwnerData, txn: StoreTxn): void {
  applyEvents(data, txn);
  for (const row of txn.keep) {
    if (row.value === null) data.kept.delete(row.key);
    else data.kept.set(row.key, { ...row, value: row.value, expiresWallMs: stampMs(row.expiresWallMs) });
  }
  for (const row of txn.inbox) applyInbox(data, row);
  applyJournal(data, txn);
}

function evict(data: OwnerData, bytesMax: number): readonly Evicted[] {
  const evicted: Evicted[] = [];
  while (data.account.pendingBytes > bytesMax) {
    const row = remove(data, data.lanes.leastUrgent()!)!;
    data.account.tombstoned++;
    evicted.push({ seq: row.seq, class: row.class });
  }
  return evicted;
}

/** What the memory engine is made from. */
export interface MemoryEngineOptions {
  readonly disk: MemoryDisk;
  readonly owner: string;
  /** Most payload bytes of pending events. */
  readonly bytesMax: number;
  /** Wall clock in ms, for lifetimes. */
  wallMs(): number;
}

/** Opens the store of one owner on a disk in memory: what the SQLite engine does, without a file. */
export function openMemoryEngine(options: MemoryEngineOptions): StoreEngine {
  const disk = options.disk as Disk;
  const { era } = disk;
  const data = ownerOf(disk, options.owner);
  let closed = false;

  function check(verb: string): void {
    if (closed) throw new TypeError(`Cannot ${verb} store of "${options.owner}" as it must be open: it is closed`);
    if (disk.era === era) return;
    throw new EnvironmentError(`Cannot ${verb} store of "${options.owner}" as the disk lost its power`, "SQLITE_IOERR");
  }

  return {
    open(boot, life) {
      check("read");
      return {
        kind: "opened",
        boot,
        life,
        lastSeq: data.account.lastSeq,
        kept: [...data.kept.values()].filter((row) => isAlive(row.expiresWallMs, options.wallMs()))
          .sort((a, b) => a.key < b.key ? -1 : 1),
        counters: countersOf(data.account),
        journal: readingsInOrder(data.journal),
        appliedIds: [...data.inbox.values()].slice(-INBOX_ROWS_MAX).map(({ row }) => row.messageId),
      };
    },
    commit(txns) {
      check("commit to");
      const fault = disk.next();
      let evicted: readonly Evicted[] = [];
      if (fault?.how !== "lost") {
        for (const txn of txns) applyTxn(data, txn);
        evicted = evict(data, options.bytesMax);
      }
      if (fault) {
        throw new EnvironmentError(`Cannot commit to store of "${options.owner}" as planned`, fault.code);
      }
      return sumEvicted(evicted);
    },
    read({ id, afterSeq, lanes, rowsMax, bytesMax }): Extract<FromStore, { kind: "rows" }> {
      check("read");
      const found = data.lanes.after(lanes, afterSeq, rowsMax + 1).map((seq) => data.events.get(seq)!);
      const count = windowCount(found.map((row) => row.bytes.length), rowsMax, bytesMax);
      return { kind: "rows", id, rows: found.slice(0, count), end: count === found.length };
    },
    inboxList(newest) {
      check("read");
      return newest <= 0 ? [] : [...data.inbox.values()].slice(-newest).map(({ row }) => row);
    },
    counters: () => countersOf(data.account),
    [Symbol.dispose]() {
      closed = true;
    },
  };
}
