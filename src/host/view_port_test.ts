import { strict as assert } from "node:assert";
import { VIEW_WINDOW, viewReceiver, viewSender } from "./view_port.ts";
import { portTurns } from "../testing/port_turns.ts";

const SENT = 10_000;
/** Enough for everything under way to arrive, and for more if there were more. */
const TURNS = 100;

Deno.test("viewSender() queues no more than its window when the view never reads", async () => {
  const { port1, port2 } = new MessageChannel();
  let arrived = 0;
  // It returns no credit: the frames that arrive, one or more in a message, are what was queued.
  port2.onmessage = ({ data }) => arrived += [data].flat().length;
  using sender = viewSender(port1);
  let waitingMax = 0;
  for (let n = 0; n < SENT; n++) {
    sender.send({ n });
    waitingMax = Math.max(waitingMax, sender.waitingRows);
  }
  await portTurns(TURNS);
  port2.close();
  assert.equal(waitingMax, 1);
  // One frame more is the ask for credit.
  assert.equal(arrived, VIEW_WINDOW.rowsMax + 1);
});

Deno.test("viewSender() hands the latest state over as soon as the view reads again", async () => {
  const { port1, port2 } = new MessageChannel();
  using sender = viewSender(port1);
  for (let n = 1; n <= SENT; n++) sender.send(n);
  const seen: number[] = [];
  using _receiver = viewReceiver<number>(port2, (n) => seen.push(n));
  for (let turns = 0; turns < TURNS && seen.at(-1) !== SENT; turns++) await portTurns(1);
  assert.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7, 8, SENT]);
  assert.equal(sender.waitingRows, 0);
});
