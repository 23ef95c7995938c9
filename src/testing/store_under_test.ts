import { strict as assert } from "node:assert";
import type { Counters, EventRow, InboxRow, Lane, StoreEngine, StoreTxn } from "../store/port.ts";

/** One store under test, on a disk that outlives its engines. */
export interface StoreUnderTest extends Disposable {
  /** Opens an engine on the disk; the test disposes of it before it opens the next. */
  open(): StoreEngine;
  /** Lets the n-th commit from now on fail with a code: 1 is the next one. */
  failCommit(n: number, code: string): void;
}

/** What the suite asks for: bounds and the wall clock of the engine. */
export interface StoreUnderTestOptions {
  readonly bytesMax: number;
  wallMs(): number;
}

/** Makes a store on a new, empty disk. */
export type MakeStore = (options: StoreUnderTestOptions) => StoreUnderTest;

/** Ample room in bytes: nothing is evicted. */
export const ROOM_BYTES = 1_000_000;

/** An event for tests. @param size Payload bytes. */
export function eventRow(seq: number, options: { lane?: Lane; class?: string; size?: number } = {}): EventRow {
  const { lane = 2, size = 10 } = options;
  return {
    seq,
    lane,
    class: options.class ?? "gridworks.event.problem",
    messageId: `id-${seq}`,
    bytes: new Uint8Array(size).fill(seq % 256),
  };
}

/** An inbox row for tests. */
export function inboxRow(messageId: string, peer = "hw1.isone.peer"): InboxRow {
  return { peer, messageId, type: "report.event", receivedWallMs: 1_700_000_000_000, bytes: new Uint8Array([1, 2]) };
}

/** A transaction for tests: empty but for what is given. */
export function storeTxn(txn: number, given: Partial<StoreTxn> = {}): StoreTxn {
  return { txn, lane: 2, append: [], deletes: [], keep: [], inbox: [], journal: [], ...given };
}

/** Checks the account of an engine. @throws {Error} When generated is not acked + pending + tombstoned. */
export function checkAccount(counters: Counters): void {
  assert.equal(counters.generated, counters.acked + counters.pending + counters.tombstoned, JSON.stringify(counters));
}

/** Seqs of all pending rows, ascending. */
export function pendingSeqs(engine: StoreEngine): number[] {
  const { rows } = engine.read({
    kind: "read",
    id: 1,
    afterSeq: 0,
    lanes: [0, 1, 2, 3],
    rowsMax: 10_000,
    bytesMax: 1e9,
  });
  return rows.map((row) => row.seq);
}
