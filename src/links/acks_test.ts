import { strict as assert } from "node:assert";
import type { TimerContext } from "../core/context.ts";
import { type AckWaits, ackWaits } from "./acks.ts";

const TIMEOUT_MS = 5_000;

function bench() {
  const said: string[] = [];
  const now = { ms: 0 };
  const ctx = {
    get nowMs() {
      return now.ms;
    },
    timer: (name: string, delayMs: number) => void said.push(`${name} in ${delayMs}`),
    cancel: (name: string) => void said.push(`no ${name}`),
  } as TimerContext;
  const waits = ackWaits("ack/", TIMEOUT_MS, false);
  return { said, now, ctx, waits, told: () => said.splice(0) };
}

function addRows(waits: AckWaits, ctx: TimerContext, ...tokens: readonly number[]): void {
  for (const token of tokens) waits.add({ messageId: `m${token}`, kind: "row", token }, ctx);
}

Deno.test("ackWaits() runs one timer, from when the first bytes were taken until no ack is missing", () => {
  const { ctx, waits, told } = bench();
  addRows(waits, ctx, 1, 2, 3);
  assert.deepEqual(told(), []);
  waits.taken(2, ctx);
  waits.taken(3, ctx);
  assert.deepEqual(told(), ["ack/m1 in 5000"]);
  for (const id of ["m1", "m2"]) assert.equal(waits.received(id, ctx)?.messageId, id);
  assert.equal(waits.received("m1", ctx), undefined);
  assert.deepEqual(told(), []);
  waits.received("m3", ctx);
  assert.deepEqual([told(), waits.size], [["no ack/m1"], 0]);
});

Deno.test("ackWaits() gives each message its whole time when the timer ran for an earlier one", () => {
  const { ctx, now, waits, told } = bench();
  addRows(waits, ctx, 1);
  waits.taken(1, ctx);
  now.ms = 3_000;
  addRows(waits, ctx, 2, 3);
  waits.taken(2, ctx);
  waits.received("m1", ctx);
  told();
  now.ms = 5_000;
  assert.equal(waits.expired("ack/m1", ctx), undefined);
  assert.deepEqual(told(), ["ack/m2 in 3000"]);
  now.ms = 8_000;
  assert.equal(waits.expired("ack/m2", ctx)?.messageId, "m2");
  assert.deepEqual([told(), waits.size], [[], 1]);
});

Deno.test("ackWaits() goes on with the next message when one timed out", () => {
  const { ctx, now, waits, told } = bench();
  addRows(waits, ctx, 1, 2);
  waits.taken(2, ctx);
  now.ms = TIMEOUT_MS;
  assert.equal(waits.expired("ack/m1", ctx)?.messageId, "m1");
  assert.equal(waits.expired("ack/m2", ctx)?.messageId, "m2");
  assert.deepEqual(told(), ["ack/m1 in 5000", "ack/m2 in 0"]);
});

Deno.test("ackWaits() starts no time-out of what was sent after the bytes that were taken, and again for a new sending", () => {
  const { ctx, waits, told } = bench();
  addRows(waits, ctx, 1, 2);
  waits.taken(1, ctx);
  waits.received("m1", ctx);
  assert.deepEqual(told(), ["ack/m1 in 5000", "no ack/m1"]);
  waits.add({ messageId: "m2", kind: "row", token: 3 }, ctx);
  waits.taken(2, ctx);
  assert.deepEqual([told(), waits.size], [[], 1]);
});

Deno.test("ackWaits() finds a firing that nobody waits for", () => {
  const { ctx, waits } = bench();
  addRows(waits, ctx, 1);
  waits.taken(1, ctx);
  assert.equal(waits.cancelAll(ctx), 1);
  assert.throws(() => waits.expired("ack/m1", ctx), /not in flight/);
});
