import type { Lane, StoreTxn } from "../../src/store/port.ts";

/** A row whose payload is told by its length: `payloadOf` gives the bytes. */
export interface PackedEvent {
  readonly seq: number;
  readonly lane: Lane;
  readonly class: string;
  readonly messageId: string;
  readonly length: number;
}

/** An inbox row whose payload is told by its length. */
export interface PackedInbox {
  readonly peer: string;
  readonly messageId: string;
  readonly type: string;
  readonly receivedWallMs: number;
  readonly length: number;
}

/** A transaction whose payloads are told by their lengths. */
export type PackedTxn = Omit<StoreTxn, "append" | "inbox"> & {
  readonly append: readonly PackedEvent[];
  readonly inbox: readonly PackedInbox[];
};

/** What a workload says between its writes; the recorder keeps it in their order. */
export type Mark =
  /** A store is about to be served; transactions of the life before that were not committed are void. */
  | { readonly kind: "life" }
  /** This transaction was handed to the store. */
  | { readonly kind: "posted"; readonly txn: PackedTxn }
  /** The store said that everything up to this transaction is durable. */
  | { readonly kind: "committed"; readonly txn: number };

/** The payload of a row in these tests: any byte that is off shows. */
export function payloadOf(messageId: string, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = length;
  for (let at = 0; at < messageId.length; at++) state = (Math.imul(state, 31) + messageId.charCodeAt(at)) >>> 0;
  for (let at = 0; at < length; at++) bytes[at] = (state + at * 7) & 0xff;
  return bytes;
}

/** Leaves the payloads out. */
export function packTxn(txn: StoreTxn): PackedTxn {
  return {
    ...txn,
    append: txn.append.map(({ bytes, ...row }) => ({ ...row, length: bytes.length })),
    inbox: txn.inbox.map(({ bytes, ...row }) => ({ ...row, length: bytes.length })),
  };
}
