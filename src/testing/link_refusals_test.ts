import { strict as assert } from "node:assert";
import { linkConfig, linkNode } from "./link_harness.ts";
import { randomStreams } from "./random_streams.ts";
import { simulatedBroker } from "./simulated_broker.ts";
import { virtualClock } from "./virtual_clock.ts";

const MINUTE_MS = 60_000;

Deno.test("Link: rows that the peer cannot read go as problems and block no other", () => {
  const clock = virtualClock();
  const random = randomStreams(1);
  const in_ = { clock, random, broker: simulatedBroker(clock, random) };
  const sender = linkNode(in_, { name: "child", config: linkConfig("child", "parent", "upstream") });
  const peer = linkNode(in_, { name: "parent", config: linkConfig("parent", "child", "downstream") });
  const unreadable = new Set(Array.from({ length: 6 }, () => sender.emit("gridworks.event.x").messageId));
  const good = Array.from({ length: 20 }, () => sender.emit("gridworks.event.x").messageId);
  const { links } = peer;
  const ack = links.ack.bind(links);
  const problems: string[] = [];
  links.ack = function ackReadable(link, message, ctx) {
    const isProblem = message.type === "gridworks.event.problem";
    if (unreadable.has(message.messageId) && !isProblem) return;
    if (isProblem) problems.push(message.messageId);
    ack(link, message, ctx);
  };
  sender.start();
  peer.start();
  clock.run(5 * MINUTE_MS);
  assert.equal(sender.disk.rows.size, 0);
  assert.deepEqual(new Set(problems), unreadable);
  for (const id of good) assert.ok(peer.delivered.includes(id), `row ${id}`);
  const { timeouts } = sender.snapshot();
  clock.run(60 * MINUTE_MS);
  assert.equal(sender.snapshot().timeouts, timeouts, "the link is calm afterwards");
});
