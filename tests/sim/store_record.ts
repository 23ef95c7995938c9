import type { EventRow, JournalRow, KeepRow, StoreEngine, StoreTxn } from "../../src/store/port.ts";

/** What a store holds, as text. */
export interface StoreRecord {
  readonly rows: readonly (Omit<EventRow, "bytes"> & { readonly text: string })[];
  readonly kept: readonly KeepRow[];
  readonly journal: readonly JournalRow[];
}

/** Reads all that a store holds. */
export function storeRecord(engine: StoreEngine): StoreRecord {
  const { kept, journal } = engine.open("look", 1);
  const request = { kind: "read", id: 0, afterSeq: 0, lanes: [0, 1, 2, 3], rowsMax: 1e6, bytesMax: 1e9 } as const;
  const { rows } = engine.read(request);
  const decoder = new TextDecoder();
  return { rows: rows.map(({ bytes, ...row }) => ({ ...row, text: decoder.decode(bytes) })), kept, journal };
}

/** The transaction that makes an empty store hold a record; rows are numbered anew. */
export function txnOf({ rows, kept, journal }: StoreRecord): StoreTxn {
  const encoder = new TextEncoder();
  const append = rows.map(({ text, ...row }, index) => ({ ...row, seq: index + 1, bytes: encoder.encode(text) }));
  return { txn: 1, lane: 1, append, deletes: [], keep: kept, inbox: [], journal };
}
