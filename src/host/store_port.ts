import { invariant } from "../core/invariant.ts";
import { type FromStore, type ToStore, txnBytes } from "../store/port.ts";
import { STORE_WINDOW, windowPort } from "./credit_window.ts";
import {
  type PackedFromStore,
  type PackedToStore,
  packFromStore,
  packToStore,
  unpackFromStore,
  unpackToStore,
} from "./packed_rows.ts";
import type { PortLike } from "./port_like.ts";

/** Weight of a message besides its rows or its transaction, and of a row that was read besides its body; in bytes. */
const FRAME_BYTES = 64;

/** The proactor's end of the port to its store. */
export interface ProactorStorePort extends Disposable {
  /** @throws {Error} An invariant, when window and waiting room are full: the proactor hands over at most its own window. */
  send(message: ToStore): void;
  /** Messages that wait for credit here. */
  readonly waitingRows: number;
}

function rowsBytes(rows: readonly { readonly bytes: Uint8Array }[]): number {
  return rows.reduce((sum, row) => sum + row.bytes.length + FRAME_BYTES, 0);
}

function toStoreBytes(message: ToStore): number {
  return FRAME_BYTES + (message.kind === "txn" ? txnBytes(message.txn) : 0);
}

function fromStoreBytes(message: FromStore): number {
  const hasRows = message.kind === "rows" || message.kind === "inbox_rows";
  return FRAME_BYTES + (hasRows ? rowsBytes(message.rows) : 0);
}

/**
 * The proactor's end. Its own window (256 transactions, 1 MiB: `STORE_WINDOW_TXNS` in proactor/pending_txns.ts) fits into
 * window and waiting room of this port, so that a refusal is a bug and not a state: overflow of an internal port is an invariant.
 */
export function proactorStorePort(port: MessagePort, receive: (message: FromStore) => void): ProactorStorePort {
  const windowed = windowPort<PackedFromStore, PackedToStore>(port, STORE_WINDOW);
  windowed.onmessage = (message) => receive(unpackFromStore(message));
  return {
    send(message) {
      const offer = windowed.send(packToStore(message), toStoreBytes(message));
      invariant(offer !== "refused", `the port to the store has room for what the proactor's window lets through`);
    },
    get waitingRows() {
      return windowed.sender.waitingRows;
    },
    [Symbol.dispose]: () => windowed[Symbol.dispose](),
  };
}

/**
 * The store's end, as its server takes it. The store only answers: at most one message for each transaction, read or
 * flush, and one for each retry; a proactor that takes none of them is silent, and ended, long before the room is full.
 */
export function storeServerPort(port: MessagePort): PortLike {
  const windowed = windowPort<PackedToStore, PackedFromStore>(port, STORE_WINDOW);
  let handler: PortLike["onmessage"] = null;
  return {
    postMessage(message) {
      const answer = message as FromStore;
      const offer = windowed.send(packFromStore(answer), fromStoreBytes(answer));
      invariant(offer !== "refused", "the port to the proactor has room for an answer to each thing it asked");
    },
    get onmessage() {
      return handler;
    },
    set onmessage(given) {
      handler = given;
      windowed.onmessage = given === null ? undefined : (data) => given({ data: unpackToStore(data) });
    },
    close: () => windowed[Symbol.dispose](),
  };
}
