import { strict as assert } from "node:assert";
import { isOnPeak, localClock, WORKDAY_TARIFF } from "../../../src/calendar/mod.ts";
import { houseDevices, type HouseOptions } from "../../../src/house/mod.ts";
import { SIMPLE_HOUSE_LIMITS } from "../../../src/safety/mod.ts";
import { actorHarness } from "../../../src/testing/actor_harness.ts";
import { simpleScada } from "./_simple_house.ts";

/** Monday 2026-01-12 00:00 in New York. */
const MONDAY_WALL_MS = Date.parse("2026-01-12T05:00:00Z");
const TICK_MS = 5_000;
const HOUR_MS = 3_600_000;

interface Switch {
  readonly output: string;
  readonly value: number;
  readonly atMs: number;
  readonly because: string;
}

/** Wires agent, guard and house directly: each tick physics, readings, timers, forced writes, commands. */
function world(options: HouseOptions = {}) {
  const scada = simpleScada();
  const house = houseDevices(options);
  const harness = actorHarness(scada.actors, { wallMs: MONDAY_WALL_MS });
  const switches: Switch[] = [];
  const values = new Map<string, number>();
  const dead = new Set<string>();
  const { guard } = scada;
  guard.restore(new Map(), 0, MONDAY_WALL_MS);
  for (const { name, safeValue } of house.outputs) guard.output(name, safeValue, 0, MONDAY_WALL_MS);
  harness.start();

  function write(output: string, value: number, because: string): number {
    const outcome = house.write(output, value);
    assert.equal(outcome.kind, "written");
    if (values.get(output) !== value) switches.push({ output, value, atMs: harness.nowMs, because });
    values.set(output, value);
    guard.output(output, value, harness.nowMs, harness.wallMs);
    return value;
  }
  function settle(): void {
    for (const { actor, id, output, value, by } of harness.take().commands) {
      const verdict = guard.command({ id, output, value, by }, harness.nowMs, harness.wallMs);
      const result = verdict.kind === "refused"
        ? { ...verdict, kind: "forbidden" as const }
        : { kind: "written" as const, value, readBack: write(output, value, by) };
      harness.input(actor, { kind: "result", id, output, result });
    }
  }
  function tick(): void {
    house.advance(TICK_MS);
    harness.advance(TICK_MS);
    const forced = [...guard.tick(harness.nowMs, harness.wallMs)];
    for (const { channel } of house.channels) {
      const value = dead.has(channel) ? undefined : house.read(channel);
      if (value === undefined) continue;
      forced.push(...guard.reading(channel, value, harness.nowMs));
      harness.reading(channel, value);
    }
    for (const { output, value, because } of forced) {
      if (values.get(output) === value) continue;
      write(output, value, because);
      harness.input(output, { kind: "output", output, value, because });
    }
    settle();
  }
  function run(ms: number, each?: () => void): void {
    for (let passed = 0; passed < ms; passed += TICK_MS) {
      tick();
      each?.();
    }
  }
  return { scada, house, harness, switches, values, dead, run };
}

Deno.test("makeScada() heats the house over two days within its limits when nothing fails", () => {
  const { house, harness, switches, run } = world();
  const clock = localClock(WORKDAY_TARIFF.timezone);
  let onPeakRunMs = 0;
  run(48 * HOUR_MS, () => {
    const { zoneC, compressorOn, layersC } = house.state();
    assert.ok(zoneC > 18 && zoneC < 21.5, `zone ${zoneC} °C at ${harness.nowMs} ms`);
    assert.ok((layersC[0] ?? 0) < 62, `tank ${layersC[0]} °C`);
    if (compressorOn && isOnPeak(WORKDAY_TARIFF, clock(harness.wallMs))) onPeakRunMs += TICK_MS;
  });
  assert.ok(onPeakRunMs <= 4 * 10 * 60_000, `compressor ran ${onPeakRunMs} ms on-peak`);
  for (const output of ["relay1", "relay2"]) {
    const own = switches.filter((entry) => entry.output === output);
    assert.ok(own.length >= 4, `${output} hardly moved: ${own.length}`);
    const minMs = output === "relay1" ? SIMPLE_HOUSE_LIMITS.compressor.offMsMin : 60_000;
    own.slice(1).forEach((entry, i) => {
      const gapMs = entry.atMs - (own[i]?.atMs ?? 0);
      assert.ok(gapMs >= minMs, `${output} switched after ${gapMs} ms at ${entry.atMs} ms`);
    });
  }
});

Deno.test("makeScada() hands the house to its own thermostats when a sensor is lost, and takes it back", () => {
  const { house, values, dead, run, switches } = world();
  run(HOUR_MS);
  assert.deepEqual([values.get("relay3"), values.get("relay4")], [1, 1]);
  dead.add("zone1-main-temp");
  run(10 * 60_000);
  assert.deepEqual([values.get("relay3"), values.get("relay4")], [0, 0]);
  assert.ok(switches.some((entry) => entry.because === "sensor_lost"));
  run(12 * HOUR_MS, () => assert.ok(house.state().zoneC > 17.5, `zone ${house.state().zoneC} °C`));
  dead.clear();
  run(HOUR_MS);
  assert.deepEqual([values.get("relay3"), values.get("relay4")], [1, 1]);
});

Deno.test("makeScada() gives the zone to its own thermostat when it freezes, until it is warm again", () => {
  const { house, switches, values, run } = world({ zoneC: 7, tankC: 20, outdoorC: -5 });
  run(2 * HOUR_MS);
  assert.equal(values.get("relay4") ?? 0, 0);
  run(40 * HOUR_MS);
  assert.ok(house.state().zoneC > 17, `zone ${house.state().zoneC} °C`);
  assert.equal(values.get("relay4"), 1);
  const taken = switches.filter((entry) => ["relay3", "relay4"].includes(entry.output) && entry.value === 1);
  assert.ok(
    taken.every((entry) => entry.atMs > 2 * HOUR_MS),
    "nothing was taken from the own thermostats in the frost",
  );
});

Deno.test("makeScada() keeps the minimum off time above the admin, and takes the relays back at the time-out", () => {
  const { harness, scada, values, switches, run } = world();
  run(60_000);
  assert.deepEqual([values.get("relay1") ?? 0, values.get("relay3")], [0, 1]);
  const event = {
    FromHandle: "admin",
    ToHandle: "admin.relay1",
    EventType: "change.relay.state",
    EventName: "CloseRelay",
    TriggerId: "26bc6ea4-e340-4113-83d8-ead21fb22587",
    SendTimeUnixMs: harness.wallMs,
  };
  function askForHeat(): void {
    const payload = { DispatchTrigger: event, TimeoutSeconds: 600 };
    harness.message({ dst: "s", type: "admin.dispatch", payload }, "admin");
  }
  askForHeat();
  run(300_000);
  assert.equal(values.get("relay1") ?? 0, 0, "started before its minimum off time");
  assert.equal(scada.tree.bossOf("relay1"), "admin");
  run(270_000);
  askForHeat();
  run(10_000);
  assert.equal(values.get("relay1"), 1);
  assert.equal(switches.at(-1)?.because, "admin");
  run(601_000);
  assert.equal(scada.tree.bossOf("relay1"), "auto.lc.n");
  assert.equal((scada.hub.snapshot() as { control: { top: string } }).control.top, "Auto");
});
