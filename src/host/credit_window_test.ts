import { strict as assert } from "node:assert";
import { creditSender, type WindowOptions } from "./credit_window.ts";

const BOUNDS: WindowOptions<string> = {
  rowsMax: 2,
  bytesMax: 100,
  waitingRowsMax: 2,
  waitingBytesMax: 100,
  overflow: "refuse",
};

Deno.test("creditSender() sends within the window, then waits, then refuses", () => {
  const sender = creditSender(BOUNDS);
  assert.deepEqual(["a", "b", "c", "d", "e"].map((text) => sender.offer(text, 10)), [
    "sent",
    "sent",
    "waiting",
    "waiting",
    "refused",
  ]);
  assert.deepEqual([sender.waitingRows, sender.waitingBytes, sender.lost], [2, 20, 1]);
  assert.deepEqual(sender.credit(2, 20).map((item) => item.message), ["c", "d"]);
  assert.equal(sender.waitingRows, 0);
});

Deno.test("creditSender() counts bytes, and passes a message larger than the window alone", () => {
  const sender = creditSender({ ...BOUNDS, rowsMax: 10, waitingBytesMax: 1_000 });
  assert.equal(sender.offer("large", 500), "sent");
  assert.equal(sender.offer("small", 1), "waiting");
  assert.deepEqual(sender.credit(1, 500), [{ message: "small", bytes: 1 }]);
  assert.equal(sender.offer("large", 500), "waiting");
  assert.deepEqual(sender.credit(1, 1), [{ message: "large", bytes: 500 }]);
});

Deno.test("creditSender() drops the oldest waiting message when told so", () => {
  const sender = creditSender({ ...BOUNDS, overflow: "drop_oldest" });
  for (const text of ["a", "b", "c", "d"]) sender.offer(text, 10);
  assert.equal(sender.offer("e", 10), "dropped_oldest");
  assert.deepEqual(sender.credit(2, 20).map((item) => item.message), ["d", "e"]);
});

Deno.test("creditSender() replaces a waiting message of the same key", () => {
  const sender = creditSender<string>({ ...BOUNDS, key: (text) => text[0] });
  for (const text of ["x0", "y0", "x1", "y1"]) sender.offer(text, 10);
  assert.equal(sender.offer("x2", 20), "replaced");
  assert.equal(sender.waitingBytes, 30);
  assert.deepEqual(sender.credit(2, 20).map((item) => item.message), ["x2", "y1"]);
});

Deno.test("creditSender() asks once for each answer when its window runs low", () => {
  const sender = creditSender({ ...BOUNDS, rowsMax: 4 });
  sender.offer("a", 1);
  sender.offer("b", 1);
  assert.equal(sender.takeAsk(), false);
  sender.offer("c", 1);
  assert.deepEqual([sender.takeAsk(), sender.takeAsk()], [true, false]);
  sender.credit(2, 2);
  assert.equal(sender.takeAsk(), false);
});

Deno.test("creditSender() throws when more credit comes back than was sent", () => {
  const sender = creditSender(BOUNDS);
  assert.throws(() => sender.credit(1, 1), { message: "Invariant broken: credits do not exceed what was sent" });
});
