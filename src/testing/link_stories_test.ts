import { strict as assert } from "node:assert";
import type { Lane } from "../store/port.ts";
import { encodeTopic } from "../protocol/mod.ts";
import type { PlantedBug } from "../links/mod.ts";
import {
  linkConfig,
  type LinkDisk,
  linkDisk,
  type LinkNode,
  linkNode,
  type LinkNodeOptions,
  type LinkWorld,
} from "./link_harness.ts";
import { randomStreams } from "./random_streams.ts";
import { simulatedBroker } from "./simulated_broker.ts";
import { virtualClock } from "./virtual_clock.ts";

const HOUR_MS = 3_600_000;

function world(seed: number): LinkWorld {
  const clock = virtualClock();
  const random = randomStreams(seed);
  return { clock, random, broker: simulatedBroker(clock, random) };
}

function child(in_: LinkWorld, more: Partial<LinkNodeOptions> = {}): LinkNode {
  return linkNode(in_, { name: "child", config: linkConfig("child", "parent", "upstream"), ...more });
}

function parent(in_: LinkWorld): LinkNode {
  return linkNode(in_, { name: "parent", config: linkConfig("parent", "child", "downstream") });
}

function pair(seed: number, more: Partial<LinkNodeOptions> = {}): LinkWorld & { child: LinkNode; parent: LinkNode } {
  const in_ = world(seed);
  const nodes = { ...in_, child: child(in_, more), parent: parent(in_) };
  nodes.parent.start();
  nodes.child.start();
  return nodes;
}

function planted(bug: PlantedBug): Partial<LinkNodeOptions> {
  return { planted: new Set([bug]) };
}

function count(items: readonly string[], item: string): number {
  return items.filter((one) => one === item).length;
}

Deno.test("Link: a start activates both ends and delivers every event once", () => {
  const { clock, child, parent } = pair(1);
  clock.run(10_000);
  assert.equal(child.snapshot().state, "active");
  assert.equal(parent.snapshot().state, "active");
  assert.deepEqual(child.recorded, [
    "gridworks.event.comm.mqtt.connect",
    "gridworks.event.comm.mqtt.fully.subscribed",
    "gridworks.event.comm.peer.active",
  ]);
  assert.equal(child.disk.rows.size, 0);
  assert.equal(parent.delivered.length, 3);
});

Deno.test("Link: simultaneous starts never flap", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const { clock, broker, child, parent } = pair(seed);
    broker.faults.subackDelayMsMax = 3_000;
    clock.run(30_000);
    for (const node of [child, parent]) {
      assert.equal(node.snapshot().timeouts, 0, `seed ${seed}`);
      assert.equal(count(node.recorded, "gridworks.event.comm.peer.active"), 1, `seed ${seed}`);
    }
  }
});

Deno.test("Link: a peer that comes 4 s late is not knocked down by the ping it missed", () => {
  const in_ = world(3);
  const one = child(in_);
  one.start();
  in_.clock.run(4_000);
  const other = parent(in_);
  other.start();
  in_.clock.run(20_000);
  assert.equal(one.snapshot().state, "active");
  assert.equal(one.snapshot().timeouts, 0);
});

Deno.test("Link: a broker unreachable for a day costs few timers and few events", () => {
  const in_ = world(4);
  in_.broker.partition(true);
  const one = child(in_);
  one.start();
  in_.clock.run(24 * HOUR_MS);
  assert.ok(in_.clock.fired < 6_000, `${in_.clock.fired} timers`);
  assert.ok(count(one.recorded, "gridworks.event.comm.mqtt.connect.failed") <= 25);
  in_.broker.partition(false);
  const other = parent(in_);
  other.start();
  in_.clock.run(130_000);
  assert.equal(one.snapshot().state, "active");
  assert.equal(one.disk.rows.size, 0);
});

Deno.test("Link: a ping that spins is found by the clock", () => {
  const in_ = world(4);
  in_.broker.partition(true);
  child(in_, planted("ping_spin")).start();
  assert.throws(() => in_.clock.run(HOUR_MS), /timer "link.poll.parent" keeps firing/);
});

Deno.test("Link: ack timers that are not cancelled are found by an invariant", () => {
  const { clock } = pair(5, planted("no_timer_cancel"));
  assert.throws(() => clock.run(20_000), /fired, but its message is not in flight/);
});

Deno.test("Link: rows acked at send are found lost after a crash", () => {
  const lost = (more: Partial<LinkNodeOptions>): number => {
    const { clock, broker, child, parent } = pair(6, more);
    clock.run(10_000);
    const row = child.emit("gridworks.event.x");
    clock.run(0.5);
    broker.cut("child");
    child.crash();
    clock.run(10_000);
    return child.disk.rows.has(row.seq) || parent.delivered.includes(row.messageId) ? 0 : 1;
  };
  assert.equal(lost({}), 0);
  assert.equal(lost(planted("memory_in_flight")), 1);
});

Deno.test("Link: re-uploads after a crash between ack and delete", () => {
  const in_ = pair(7, { deleteDelayMs: 60_000 });
  in_.clock.run(10_000);
  const row = in_.child.emit("gridworks.event.x");
  in_.clock.run(2_000);
  assert.equal(count(in_.parent.delivered, row.messageId), 1);
  const disk: LinkDisk = in_.child.disk;
  in_.child.crash();
  const again = child(in_, { disk });
  again.start();
  in_.clock.run(30_000);
  assert.equal(count(in_.parent.delivered, row.messageId), 2);
  assert.equal(disk.rows.size, 0);
});

Deno.test("Link: a backlog drains in order, the window grows, and nothing is sent twice", () => {
  const in_ = world(8);
  const one = child(in_, { deleteDelayMs: 2_000 });
  const ids = Array.from({ length: 3_000 }, () => {
    in_.clock.run(1);
    return one.emit("gridworks.event.x").messageId;
  });
  one.start();
  const other = parent(in_);
  other.start();
  in_.clock.run(120_000);
  assert.deepEqual(other.delivered.slice(0, 3_000), ids);
  assert.equal(new Set(other.delivered).size, other.delivered.length);
  assert.equal(one.disk.rows.size, 0);
  assert.ok(one.snapshot().window > 20, `window ${one.snapshot().window}`);
  assert.ok(one.reads < 30, `${one.reads} reads`);
  assert.equal(one.snapshot().reuploading, false);
});

Deno.test("Link: a row of lane 0 overtakes the backlog, one of lane 2 does not", () => {
  const in_ = world(9);
  const one = child(in_, { deleteDelayMs: 60_000 });
  for (let index = 0; index < 1_000; index++) one.emit("gridworks.event.x");
  one.start();
  const other = parent(in_);
  other.start();
  in_.clock.run(500);
  assert.ok(one.snapshot().reuploading);
  const urgent = one.emit("gridworks.event.urgent", 0);
  const plain = one.emit("gridworks.event.plain", 2);
  in_.clock.run(120_000);
  const place = other.delivered.indexOf(urgent.messageId);
  assert.ok(place >= 0 && place < 500, `place ${place}`);
  assert.ok(other.delivered.indexOf(plain.messageId) >= 1_000);
  assert.equal(new Set(other.delivered).size, other.delivered.length);
  assert.equal(one.disk.rows.size, 0);
});

Deno.test("Link: without a backlog rows are sent without reading the store", () => {
  const { clock, child } = pair(10);
  clock.run(10_000);
  const { reads } = child;
  for (let index = 0; index < 20; index++) {
    child.emit("gridworks.event.x");
    clock.run(1_000);
  }
  assert.equal(child.reads, reads);
  assert.equal(child.disk.rows.size, 0);
});

Deno.test("Link: a flood of un-acked messages does not hide a dead peer", () => {
  const { clock, child, parent } = pair(11);
  clock.run(10_000);
  parent.crash();
  for (let second = 0; second < 70; second++) {
    child.send({
      src: "",
      dst: "",
      type: "power.watts",
      messageId: "",
      ackRequired: false,
      payload: { TypeName: "power.watts", Watts: 1 },
    });
    clock.run(1_000);
  }
  assert.equal(child.snapshot().state, "awaiting_peer");
});

Deno.test("Link: a half-open connection is found, left and made anew", () => {
  const { clock, broker, child } = pair(12);
  clock.run(10_000);
  broker.halfOpen("child");
  clock.run(75_000);
  assert.equal(child.snapshot().state, "awaiting_peer");
  clock.run(60_000);
  assert.equal(child.snapshot().state, "active");
  assert.equal(broker.fired.half_open, 1);
});

Deno.test("Link: a refused topic is a problem, and asked for again", () => {
  const in_ = world(13);
  in_.broker.refuseTopics(["gw/d1-parent/to/child/#"]);
  const one = child(in_);
  one.start();
  parent(in_).start();
  in_.clock.run(60_000);
  assert.equal(one.snapshot().state, "awaiting_setup_and_peer");
  assert.equal(count(one.recorded, "gridworks.event.problem"), 1);
  in_.broker.calm();
  in_.clock.run(130_000);
  assert.equal(one.snapshot().state, "active");
});

Deno.test("Link: what cannot be read or used is one problem an hour; an unknown type is acked", () => {
  const in_ = pair(14);
  in_.clock.run(10_000);
  const stranger = in_.broker.attach("stranger", () => {});
  stranger.effect({ kind: "connect", connection: "c" });
  in_.clock.run(1_000);
  const text = (type: string): string =>
    `{"Header":{"Src":"d1.parent","Dst":"child","MessageType":"${type}","MessageId":"7","AckRequired":true},` +
    `"Payload":{"TypeName":"${type}"},"TypeName":"gw"}`;
  const sent = in_.child.snapshot().sent;
  for (let index = 0; index < 10; index++) {
    for (const body of ["{", text("no.such.type")]) {
      const topic = encodeTopic({ src: "d1.parent", dst: "child", type: "x" });
      const bytes = new TextEncoder().encode(body);
      stranger.effect({ kind: "publish", connection: "c", topic, bytes, token: 1 });
    }
  }
  in_.clock.run(3_000);
  assert.equal(count(in_.child.recorded, "gridworks.event.problem"), 2);
  assert.equal(in_.child.snapshot().sent - sent, 12);
  assert.equal(in_.child.snapshot().state, "active");
});

Deno.test("Link: a corrupt row is delivered as a problem in its place and does not block", () => {
  const in_ = world(15);
  const one = child(in_);
  const rows = Array.from({ length: 30 }, () => one.emit("gridworks.event.x"));
  in_.clock.run(0);
  rows.forEach((row, index) => {
    if (index % 3 === 0) one.disk.rows.set(row.seq, { ...row, bytes: row.bytes.subarray(0, 9) });
  });
  one.start();
  const other = parent(in_);
  other.start();
  in_.clock.run(30_000);
  assert.deepEqual(other.delivered.slice(0, 30), rows.map((row) => row.messageId));
  assert.equal(one.disk.rows.size, 0);
});

Deno.test("Link: acks that always come after the time-out still make progress", () => {
  const in_ = world(16);
  Object.assign(in_.broker.faults, { latencyMsMin: 3_000, latencyMsMax: 3_000 });
  const one = child(in_);
  for (let index = 0; index < 10; index++) one.emit("gridworks.event.x");
  one.start();
  parent(in_).start();
  in_.clock.run(HOUR_MS);
  assert.ok(one.disk.acked >= 10, `${one.disk.acked} acked`);
});

Deno.test("Link: 40 seeds of faults lose nothing and end active", () => {
  const fired = new Map<string, number>();
  for (let seed = 1; seed <= 40; seed++) {
    const in_ = pair(seed, { deleteDelayMs: 500 });
    Object.assign(in_.broker.faults, {
      stallChance: 0.001,
      stallMsMax: 9_000,
      refuseChance: 0.2,
      subackDelayMsMax: 900,
    });
    const emitted: string[] = [];
    for (let turn = 0; turn < 200; turn++) {
      emitted.push(in_.child.emit("gridworks.event.x", in_.random.integer("lane", 0, 3) as 0 | 1 | 2 | 3).messageId);
      in_.clock.run(in_.random.integer("turn", 1, 9_000));
      const who = in_.random.chance("who", 0.5) ? "child" : "parent";
      const fault = in_.random.integer("fault", 0, 40);
      if (fault === 0) in_.broker.cut(who);
      else if (fault === 1) in_.broker.halfOpen(who);
      else if (fault === 2) in_.broker.restart(20_000);
      else if (fault === 3) in_.broker.partition(true);
      else if (fault < 8) in_.broker.partition(false);
    }
    in_.broker.calm();
    in_.clock.run(600_000);
    const seen = new Set(in_.parent.delivered);
    assert.deepEqual(emitted.filter((id) => !seen.has(id)), [], `seed ${seed}`);
    assert.equal(in_.child.snapshot().state, "active", `seed ${seed}`);
    assert.equal(in_.child.disk.rows.size, 0, `seed ${seed}`);
    assert.equal(in_.child.disk.acked, in_.child.disk.lastSeq);
    assert.ok(in_.clock.alive < 40, `${in_.clock.alive} timers alive`);
    for (const [kind, times] of Object.entries(in_.broker.fired)) fired.set(kind, (fired.get(kind) ?? 0) + times);
  }
  for (const kind of ["cut", "half_open", "restart", "partition", "refused", "stall", "lost"]) {
    assert.ok((fired.get(kind) ?? 0) > 0, `${kind} never fired`);
  }
});

Deno.test("Link: urgent rows stored while the link was down overtake the backlog, and each lane keeps its order", () => {
  const in_ = world(30);
  const disk = linkDisk();
  const one = child(in_, { disk });
  const bulk = Array.from({ length: 1_000 }, () => {
    in_.clock.run(1);
    return one.emit("gridworks.event.x", 2).messageId;
  });
  const urgent = Array.from({ length: 3 }, () => one.emit("gridworks.event.x", 0).messageId);
  const other = parent(in_);
  other.start();
  one.start();
  in_.clock.run(120_000);
  const at = urgent.map((id) => other.delivered.indexOf(id));
  assert.ok(at.every((index) => index >= 0 && index < 10), `urgent rows came as numbers ${at}`);
  assert.deepEqual(other.delivered.filter((id) => urgent.includes(id)), urgent);
  assert.deepEqual(other.delivered.filter((id) => bulk.includes(id)), bulk);
  assert.equal(disk.rows.size, 0);
});

Deno.test("Link: urgent rows keep their order when their own window is full", () => {
  const in_ = world(31);
  const one = child(in_);
  const urgent = Array.from({ length: 300 }, (_, n) => one.emit("gridworks.event.x", n % 2 as Lane).messageId);
  const other = parent(in_);
  other.start();
  one.start();
  in_.clock.run(120_000);
  assert.deepEqual(other.delivered.filter((id) => urgent.includes(id)), urgent);
  assert.equal(one.disk.rows.size, 0);
});
