import { strict as assert } from "node:assert";
import type { BusDevices, ReadFault } from "../core/bus_devices.ts";
import { BUS_TICK_MS, type FromBus, LEASE_MS, type ToBus } from "../core/device.ts";
import { QUICK_RETRIES_MAX, SLOW_RETRY_MS } from "../core/output_lease.ts";
import { type BusClock, type BusPort, serveBus, SWEEP_MS_MAX } from "./bus_server.ts";

/** A port whose other end is the test. */
function testPort() {
  const sent: FromBus[] = [];
  let isClosed = false;
  const port: BusPort = {
    send: (message) => (sent.push(message), "sent"),
    onmessage: undefined,
    [Symbol.dispose]: () => isClosed = true,
  };
  return {
    port,
    hear: (message: ToBus) => port.onmessage?.(message),
    take: () => sent.splice(0),
    isClosed: () => isClosed,
  };
}

/** A bus with one relay and one channel on a clock that the test moves. */
function bench(speed = 1, more: Partial<BusDevices> = {}) {
  let nowMs = 0;
  let tick: (() => void) | undefined;
  const clock: BusClock = {
    nowMs: () => nowMs,
    houseMs: () => nowMs * speed,
    every(_periodMs, _name, callback) {
      tick = callback;
      return { [Symbol.dispose]: () => tick = undefined };
    },
  };
  const values = new Map<string, number>();
  const broken = new Set<string>();
  const inputs: { temp: number | undefined | ReadFault } = { temp: 20_000 };
  const devices: BusDevices & { bus: string } = {
    bus: "i2c1",
    outputs: [{ name: "relay1", safeValue: 0, holdMsMin: 0 }],
    channels: [{ channel: "temp", periodMs: 1_000 }],
    write(output, value) {
      if (broken.has(output)) return { kind: "failed", code: "EBUSY" };
      values.set(output, value);
      return { kind: "written", readBack: value };
    },
    read: () => inputs.temp,
    ...more,
  };
  const end = testPort();
  const server = serveBus(devices, end.port, clock);
  function pass(ms: number): void {
    for (const untilMs = nowMs + ms; nowMs < untilMs;) {
      nowMs += 100;
      tick?.();
    }
  }
  return {
    server,
    end,
    spend: (ms: number) => nowMs += ms,
    values,
    broken,
    inputs,
    pass,
    isTicking: () => tick !== undefined,
  };
}

const OPENED: FromBus = {
  kind: "opened",
  bus: "i2c1",
  outputs: [{ name: "relay1", safeValue: 0, holdMsMin: 0 }],
  channels: ["temp"],
};

Deno.test("serveBus() makes outputs safe before it greets the agent", () => {
  const { values, end } = bench();
  assert.equal(values.get("relay1"), 0);
  assert.deepEqual(end.take(), [OPENED]);
});

Deno.test("serveBus() sends one reading a period of house time", () => {
  for (const [speed, expected] of [[1, 3], [5, 15], [300, 30]] as const) {
    const { end, pass } = bench(speed);
    end.take();
    pass(3_000);
    const readings = end.take();
    assert.deepEqual(readings[0], { kind: "reading", channel: "temp", value: 20_000 });
    assert.equal(readings.length, expected, `at speed ${speed}`);
  }
});

Deno.test("serveBus() tells a fault once until the channel reads again", () => {
  const { end, pass, inputs } = bench();
  const fault: ReadFault = { kind: "fault", device: "ads1", code: "EIO", message: "no answer" };
  end.take();
  inputs.temp = fault;
  pass(3_000);
  assert.deepEqual(end.take(), [fault]);
  inputs.temp = 1;
  pass(1_000);
  inputs.temp = fault;
  pass(1_000);
  assert.deepEqual(end.take(), [{ kind: "reading", channel: "temp", value: 1 }, fault]);
});

Deno.test("serveBus() greets a new life on its new port and closes the old one", () => {
  const { server, end, pass, values } = bench();
  end.hear({ kind: "lease", life: 1, outputs: ["relay1"] });
  end.hear({ kind: "write", life: 1, id: "c1", output: "relay1", value: 1 });
  assert.equal(values.get("relay1"), 1);
  const next = testPort();
  server.attach(next.port);
  assert.equal(end.isClosed(), true);
  next.hear({ kind: "lease", life: 2, outputs: ["relay1"] });
  pass(1_500);
  assert.equal(values.get("relay1"), 0);
  assert.deepEqual(next.take().filter((message) => message.kind !== "reading"), [
    OPENED,
    { kind: "lapsed", outputs: ["relay1"] },
  ]);
});

Deno.test("serveBus() reads every channel at once when a new life attaches", () => {
  const { server, end, pass } = bench(1, { channels: [{ channel: "temp", periodMs: 60_000 }] });
  pass(5_000);
  assert.equal(end.take().filter((message) => message.kind === "reading").length, 1);
  const next = testPort();
  server.attach(next.port);
  pass(100);
  assert.deepEqual(next.take(), [OPENED, { kind: "reading", channel: "temp", value: 20_000 }]);
});

Deno.test("serveBus() leaves outputs safe and takes no command when it was stopped", () => {
  const { server, end, values, isTicking } = bench();
  end.hear({ kind: "lease", life: 1, outputs: ["relay1"] });
  end.hear({ kind: "write", life: 1, id: "c1", output: "relay1", value: 1 });
  server.stop();
  server.stop();
  end.hear({ kind: "write", life: 1, id: "c2", output: "relay1", value: 1 });
  assert.equal(values.get("relay1"), 0);
  assert.equal(isTicking(), false);
  assert.deepEqual(server.log().map((each) => each.because), ["start", "command", "stop"]);
});

Deno.test("serveBus() tells a write to safe that fails once, repeats it until it succeeds, and tells the next failure", () => {
  const { end, values, broken, pass } = bench();
  const message = 'Cannot set output "relay1" to its safe value as the device must answer: EBUSY';
  const fault: FromBus = { kind: "fault", device: "relay1", code: "EBUSY", message };
  function lapse(): readonly FromBus[] {
    end.hear({ kind: "lease", life: 1, outputs: ["relay1"] });
    end.hear({ kind: "write", life: 1, id: "a", output: "relay1", value: 1 });
    broken.add("relay1");
    end.take();
    pass(3_000);
    broken.clear();
    return end.take().filter(({ kind }) => kind === "fault");
  }
  assert.deepEqual([lapse(), values.get("relay1")], [[fault], 1]);
  pass(SLOW_RETRY_MS);
  assert.equal(values.get("relay1"), 0);
  assert.deepEqual([lapse(), values.get("relay1")], [[fault], 1]);
});

Deno.test("serveBus() reads slow channels over several ticks, each in its turn", () => {
  const order: string[] = [];
  const hardware: { spend?: (ms: number) => void } = {};
  const at = bench(1, {
    channels: ["a", "b", "c"].map((channel) => ({ channel, periodMs: 300 })),
    read(channel) {
      order.push(channel);
      hardware.spend?.(SWEEP_MS_MAX);
      return 1;
    },
  });
  hardware.spend = at.spend;
  for (let tick = 0; tick < 7; tick++) {
    const before = order.length;
    at.pass(100);
    assert.equal(order.length, before + 1, `tick ${tick}`);
  }
  assert.equal(order.join(""), "abcabca");
});

Deno.test("serveBus() writes nothing for a message that is neither a lease nor a write, and says so once", () => {
  const { end, values } = bench();
  end.hear({ kind: "lease", life: 1, outputs: ["relay1"] });
  end.take();
  const odd: readonly unknown[] = [
    { kind: "lease" },
    { kind: "write", life: 1, id: "a", output: "relay1" },
    { kind: "write", life: 1, id: "a", output: "relay1", value: Infinity },
    { kind: "write", life: NaN, id: "a", output: "relay1", value: 1 },
    { life: 1, output: "relay1", value: 1 },
    null,
  ];
  for (const message of odd) end.hear(message as ToBus);
  assert.deepEqual(end.take().map((message) => message.kind === "fault" && message.code), ["EPROTO"]);
  assert.equal(values.get("relay1"), 0);
  end.hear({ kind: "write", life: 1, id: "b", output: "relay1", value: 1 });
  assert.equal(values.get("relay1"), 1);
});

/** A clock that rests as long as it may, and counts how often it wakes. */
function restingClock(speed = 1) {
  let nowMs = 0, wakes = 0, wakeMs = Infinity;
  let wake = () => 0;
  const clock: BusClock = {
    nowMs: () => nowMs,
    houseMs: () => nowMs * speed,
    speed,
    every(periodMs, _name, callback) {
      wake = () => Math.max(periodMs, callback());
      wakeMs = nowMs + periodMs;
      return { [Symbol.dispose]: () => wakeMs = Infinity };
    },
  };
  function pass(ms: number): number {
    const untilMs = nowMs + ms, before = wakes;
    for (; wakeMs <= untilMs; wakes++) {
      nowMs = wakeMs;
      wakeMs = nowMs + wake();
    }
    nowMs = untilMs;
    return wakes - before;
  }
  return { clock, pass, nowMs: () => nowMs };
}

const RESTING: BusDevices & { bus: string } = {
  bus: "i2c1",
  outputs: [{ name: "relay1", safeValue: 0, holdMsMin: 0 }],
  channels: [{ channel: "fast", periodMs: 1_000 }, { channel: "slow", periodMs: 5_000 }],
  write: (_output, value) => ({ kind: "written", readBack: value }),
  read: () => 1,
};

Deno.test("serveBus() wakes once a second when its channels are due once a second, and misses no reading", () => {
  const { clock, pass } = restingClock();
  const end = testPort();
  serveBus(RESTING, end.port, clock);
  pass(1_000);
  end.take();
  const wakes = pass(60_000);
  assert.ok(wakes <= 62, `${wakes} wakes in a minute`);
  assert.equal(end.take().filter(({ kind }) => kind === "reading").length, 60 + 12);
});

Deno.test("serveBus() ends a lease in time, also one that came while it rested", () => {
  const { clock, pass, nowMs } = restingClock();
  const end = testPort();
  const server = serveBus({ ...RESTING, channels: [] }, end.port, clock);
  for (const restMs of [0, 50, 150, 400, 999, 1_001]) {
    pass(10_000 + restMs);
    end.hear({ kind: "lease", life: 1, outputs: ["relay1"] });
    end.hear({ kind: "write", life: 1, id: "c1", output: "relay1", value: 1 });
    const endMs = nowMs() + LEASE_MS;
    pass(LEASE_MS + BUS_TICK_MS);
    const lapse = server.log().at(-1)!;
    assert.equal(lapse.because, "lapse", `after ${restMs} ms`);
    assert.ok(lapse.atMs >= endMs && lapse.atMs <= endMs + BUS_TICK_MS, `${lapse.atMs} ms for ${endMs} ms`);
  }
});

Deno.test("serveBus() reads as often as the house's clock wants, and repeats a write to safe that failed", () => {
  const fast = restingClock(10);
  const end = testPort();
  serveBus(RESTING, end.port, fast.clock);
  fast.pass(1_000);
  end.take();
  fast.pass(10_000);
  assert.equal(end.take().filter(({ kind }) => kind === "reading").length, 100 + 20);
  const slow = restingClock();
  let tries = 0;
  const broken: BusDevices["write"] = () => (tries++, { kind: "failed", code: "EBUSY" });
  serveBus({ ...RESTING, channels: [], write: broken }, testPort().port, slow.clock);
  slow.pass(1_000);
  assert.ok(tries >= QUICK_RETRIES_MAX, `${tries} tries`);
});
