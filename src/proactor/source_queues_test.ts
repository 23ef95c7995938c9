import { strict as assert } from "node:assert";
import { FLOW_RESUME_AT, FLOW_STOP_AT, PEERS_MAX, SOURCE_QUEUE_CAPACITY, sourceQueues } from "./source_queues.ts";
import type { ProactorInput } from "./world.ts";

function message(peer: string, connection = "up"): ProactorInput {
  const input = { kind: "message", connection, topic: `gw/${peer}/to/x/t`, bytes: new Uint8Array(0) } as const;
  return { kind: "connection", input };
}

function reading(channel: string, value: number): ProactorInput {
  return { kind: "bus", bus: "b", message: { kind: "reading", channel, value } };
}

Deno.test("sourceQueues() lets a flooding peer delay another source by one input at most", () => {
  const queues = sourceQueues();
  for (let n = 0; n < 500; n++) queues.push(message("loud"));
  queues.push(message("quiet"));
  queues.push({ kind: "timer", name: "t", epoch: 1 });
  const kinds = [queues.next(), queues.next(), queues.next()].map((input) =>
    input?.kind === "connection" && input.input.kind === "message" ? input.input.topic.split("/")[1] : input?.kind
  );
  assert.deepEqual(kinds, ["loud", "quiet", "timer"]);
  queues.push({ kind: "stop", reason: "" });
  assert.equal(queues.next()?.kind, "stop", "a source that is new takes the next turn");
});

Deno.test("sourceQueues() stops the reading of a socket when much of it waits, and resumes it when little does", () => {
  const queues = sourceQueues();
  for (let n = 0; n < FLOW_STOP_AT - 1; n++) queues.push(message(n % 2 === 0 ? "a" : "b"));
  assert.deepEqual(queues.takeFlow(), []);
  queues.push(message("c"));
  assert.deepEqual(queues.takeFlow(), [{ connection: "up", reading: false }]);
  queues.push(message("c"));
  while (queues.size > FLOW_RESUME_AT + 1) queues.next();
  assert.deepEqual(queues.takeFlow(), []);
  queues.next();
  assert.deepEqual(queues.takeFlow(), [{ connection: "up", reading: true }]);
});

Deno.test("sourceQueues() keeps the latest reading of each channel, in the place of the first", () => {
  const queues = sourceQueues();
  queues.push(reading("t1", 1));
  queues.push(reading("t2", 2));
  queues.push(reading("t1", 3));
  assert.equal(queues.size, 2);
  assert.deepEqual([queues.next(), queues.next(), queues.next()], [reading("t1", 3), reading("t2", 2), undefined]);
  queues.push(reading("t1", 4));
  assert.deepEqual(queues.next(), reading("t1", 4));
});

Deno.test("sourceQueues() refuses and counts what a full queue cannot take, and breaks when it is the store's", () => {
  const queues = sourceQueues();
  for (let n = 0; n < SOURCE_QUEUE_CAPACITY; n++) assert.equal(queues.push(message("a")), true);
  assert.equal(queues.push(message("a")), false);
  assert.deepEqual(queues.lost(), new Map([["peer:up:a", 1]]));
  const flushed: ProactorInput = { kind: "store", message: { kind: "flushed", id: 0 } };
  for (let n = 0; n < SOURCE_QUEUE_CAPACITY; n++) queues.push(flushed);
  assert.throws(() => queues.push(flushed), { message: 'Invariant broken: queue "store" is full' });
});

Deno.test("sourceQueues() lets peers beyond the bound share a queue of their connection, never the store's", () => {
  const queues = sourceQueues();
  for (let n = 0; n < PEERS_MAX + 2_000; n++) queues.push(message(`peer${n}`));
  assert.equal(queues.size, PEERS_MAX + SOURCE_QUEUE_CAPACITY);
  assert.deepEqual([...queues.lost().keys()], ["peer:up:*"]);
  assert.deepEqual(queues.takeFlow(), [{ connection: "up", reading: false }]);
  assert.equal(queues.push({ kind: "store", message: { kind: "flushed", id: 0 } }), true);
});

Deno.test("sourceQueues() keeps only how far a connection's bytes were taken last", () => {
  const queues = sourceQueues();
  for (const token of [1, 2, 3]) {
    queues.push({ kind: "connection", input: { kind: "taken", connection: "c", token } });
    queues.push({ kind: "connection", input: { kind: "taken", connection: "d", token } });
  }
  const tokens = [queues.next(), queues.next(), queues.next()];
  assert.deepEqual(tokens, [
    { kind: "connection", input: { kind: "taken", connection: "c", token: 3 } },
    { kind: "connection", input: { kind: "taken", connection: "d", token: 3 } },
    undefined,
  ]);
});
