import { strict as assert } from "node:assert";
import { STORE_WINDOW_TXNS } from "../proactor/pending_txns.ts";
import type { FromStore, StoreTxn, ToStore } from "../store/port.ts";
import { STORE_WINDOW } from "./credit_window.ts";
import { proactorStorePort, storeServerPort } from "./store_port.ts";
import { portTurns } from "../testing/port_turns.ts";

/** Enough for everything under way to arrive, and for more if there were more. */
const TURNS = 100;

function txn(number: number): ToStore {
  const body: StoreTxn = { txn: number, lane: 2, append: [], deletes: [number], keep: [], inbox: [], journal: [] };
  return { kind: "txn", txn: body };
}

Deno.test("proactorStorePort() queues no more than its window when the store takes nothing", async () => {
  const { port1, port2 } = new MessageChannel();
  let messages = 0, frames = 0;
  port2.onmessage = ({ data }: MessageEvent<readonly unknown[]>) => {
    messages++;
    frames += data.length;
  };
  using port = proactorStorePort(port1, () => {});
  for (let n = 1; n <= STORE_WINDOW_TXNS; n++) port.send(txn(n));
  await portTurns(TURNS);
  port2.close();
  assert.equal(port.waitingRows, STORE_WINDOW_TXNS - STORE_WINDOW.rowsMax);
  // One frame more is the ask for credit; what is sent in one turn crosses the port at once.
  assert.deepEqual([messages, frames], [1, STORE_WINDOW.rowsMax + 1]);
});

Deno.test("proactorStorePort() throws when more is sent than any proactor's window lets through", () => {
  const { port1, port2 } = new MessageChannel();
  using port = proactorStorePort(port1, () => {});
  const room = STORE_WINDOW.rowsMax + STORE_WINDOW.waitingRowsMax;
  for (let n = 1; n <= room; n++) port.send(txn(n));
  assert.throws(() => port.send(txn(room + 1)), {
    message: "Invariant broken: the port to the store has room for what the proactor's window lets through",
  });
  port2.close();
});

Deno.test("storeServerPort() and proactorStorePort() hand over everything in order when both ends read", async () => {
  const { port1, port2 } = new MessageChannel();
  const server = storeServerPort(port2);
  server.onmessage = ({ data }: { readonly data: ToStore }) => {
    if (data.kind === "txn") server.postMessage({ kind: "flushed", id: data.txn.txn });
  };
  const answers: number[] = [];
  using port = proactorStorePort(port1, (message: FromStore) => message.kind === "flushed" && answers.push(message.id));
  const all = Array.from({ length: 2 * STORE_WINDOW_TXNS }, (_, index) => index + 1);
  for (const number of all) port.send(txn(number));
  for (let turns = 0; turns < TURNS && answers.length < all.length; turns++) await portTurns(1);
  server.close?.();
  assert.deepEqual(answers, all);
});
