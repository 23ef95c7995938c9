import { strict as assert } from "node:assert";
import { WORKDAY_TARIFF } from "../../../src/calendar/mod.ts";
import { type ActorHarness, actorHarness } from "../../../src/testing/actor_harness.ts";
import layout from "../../../layouts/simple_house.json" with { type: "json" };
import type { FsmEvent } from "../../../src/protocol/mod.ts";
import { scadaFacts } from "../../../src/scada/scada_facts.ts";
import { simpleScada } from "./_simple_house.ts";

const HOUR_MS = 3_600_000;
const MIN_MS = 60_000;

interface BrainSnapshot {
  readonly state: string;
  readonly why: string;
}

function brain(wallMs: number, timezone = WORKDAY_TARIFF.timezone) {
  const scada = simpleScada({ tariff: { ...WORKDAY_TARIFF, timezone } });
  const actor = scada.actors.find(({ name }) => name === "lc");
  assert.ok(actor !== undefined);
  const harness = actorHarness([actor], { wallMs });
  harness.start();
  return { harness, seen: () => actor.snapshot() as unknown as BrainSnapshot };
}

/** A warm zone, and a tank that only on-peak keeps the heat pump from. */
function tell(harness: ActorHarness): void {
  harness.reading("tank1-depth1", 30_000);
  harness.reading("tank1-depth3", 30_000);
  harness.reading("zone1-main-temp", 20_000);
}

function isOnPeakAt(wallMs: number, timezone?: string): boolean {
  const { harness, seen } = brain(wallMs, timezone);
  tell(harness);
  return seen().why === "hp_off_on_peak";
}

Deno.test("localControl() makes its first pass when the last channel has its first reading, and not before", () => {
  const { harness, seen } = brain(Date.parse("2026-01-11T12:00:00Z"));
  harness.take();
  harness.reading("tank1-depth1", 30_000);
  harness.reading("tank1-depth3", 30_000);
  assert.deepEqual([seen().state, seen().why], ["Initializing", "starting"]);
  assert.deepEqual(harness.take().sent.filter(({ type }) => type === "fsm.event"), []);
  harness.reading("zone1-main-temp", 20_000);
  assert.deepEqual([seen().state, seen().why], ["HpOn", "hp_on_tank_below_minimum"]);
  const asked = harness.take().sent.filter(({ type }) => type === "fsm.event").map(({ dst }) => dst);
  assert.deepEqual(asked, ["relay1", "relay3", "relay4"]);
});

Deno.test("localControl() brings a relay that no rule drives to rest when the house is its own again", () => {
  const facts = scadaFacts(layout);
  const spare = { ...facts.relays[0]!, name: "relay9", channel: "spare-relay9" };
  const node = { ...facts.nodes.find(({ Name }) => Name === "relay1")!, Name: "relay9", Handle: "auto.lc.n.relay9" };
  const scada = simpleScada({ facts: { ...facts, relays: [...facts.relays, spare], nodes: [...facts.nodes, node] } });
  const actor = scada.actors.find(({ name }) => name === "lc")!;
  const harness = actorHarness([actor], { wallMs: Date.parse("2026-01-11T12:00:00Z") });
  harness.start();
  tell(harness);
  harness.message({ dst: "lc", type: "go.dormant", payload: {} });
  scada.tree.setBoss("admin");
  const state = { MachineHandle: "admin.relay9", StateEnum: "relay.closed.or.open", State: spare.energizedState };
  harness.message({ dst: "lc", src: "relay9", type: "single.machine.state", payload: state });
  harness.take();
  harness.message({ dst: "lc", type: "wake.up", payload: {} });
  const asked = harness.take().sent.filter(({ dst }) => dst === "relay9").map(({ payload }) => payload as FsmEvent);
  assert.deepEqual(asked.map((event) => [event.ToHandle, event.EventName]), [[
    "auto.lc.n.relay9",
    spare.deEnergizingEvent,
  ]]);
});

Deno.test("localControl() decides by its period once it has seen the house", () => {
  const { harness, seen } = brain(Date.parse("2026-01-11T12:00:00Z"));
  tell(harness);
  assert.equal(seen().state, "HpOn");
  for (const channel of ["tank1-depth1", "tank1-depth3"]) harness.reading(channel, 55_000);
  assert.equal(seen().state, "HpOn");
  harness.advance(5_000);
  assert.equal(seen().state, "HpOff");
});

Deno.test("localControl() keeps on-peak hours in the time zone that is set", () => {
  // A Monday, 12:30 UTC: 7:30 in New York, 6:30 in Chicago, 13:30 in Berlin.
  const wallMs = Date.parse("2026-01-12T12:30:00Z");
  const found = ["America/New_York", "America/Chicago", "Europe/Berlin"].map((zone) => isOnPeakAt(wallMs, zone));
  assert.deepEqual(found, [true, false, false]);
});

Deno.test("localControl() keeps on-peak hours by the local clock over a change to and from daylight saving", () => {
  for (
    const [day, utcOfSix] of [["2026-03-06", 11], ["2026-03-09", 10], ["2026-10-30", 10], ["2026-11-02", 11]] as const
  ) {
    const sixMs = Date.parse(`${day}T00:00:00Z`) + utcOfSix * HOUR_MS;
    assert.equal(isOnPeakAt(sixMs + 57 * MIN_MS), false, `${day} 6:57`);
    assert.equal(isOnPeakAt(sixMs + 58 * MIN_MS), true, `${day} 6:58`);
    assert.equal(isOnPeakAt(sixMs + 6 * HOUR_MS), false, `${day} 12:00`);
  }
});

/** A house whose thermostat tells its set point, Monday at this time in UTC; 12:30 is on-peak. */
function brainWithSet(time: string) {
  const facts = scadaFacts(layout);
  const temp = facts.channels.find(({ name }) => name === "zone1-main-temp")!;
  const channels = [{ ...temp, name: "zone1-main-set" }, ...facts.channels];
  const scada = simpleScada({ facts: { ...facts, channels } });
  const actor = scada.actors.find(({ name }) => name === "lc")!;
  const harness = actorHarness([actor], { wallMs: Date.parse(`2026-01-12T${time}:00Z`) });
  harness.start();
  const seen = () => actor.snapshot() as unknown as BrainSnapshot & { zone: string; setsC: Record<string, number> };
  return { harness, seen };
}

Deno.test("localControl() heats a zone to what its thermostat is set to", () => {
  const { harness, seen } = brainWithSet("17:30");
  tell(harness);
  harness.reading("zone1-main-temp", 21_000);
  assert.deepEqual([seen().zone, seen().setsC], ["Idle", { main: 20 }]);
  harness.reading("zone1-main-set", 22_000);
  harness.advance(10_000);
  assert.deepEqual([seen().zone, seen().setsC], ["Calling", { main: 22 }]);
  harness.reading("zone1-main-set", 19_000);
  harness.advance(10_000);
  assert.equal(seen().zone, "Idle");
});

Deno.test("localControl() takes a zone for cold as far below any set point, and not for a set point raised on-peak", () => {
  for (const [setC, zoneC, why] of [[20, 17.9, "cold"], [16, 17.9, "on_peak"], [16, 13.9, "cold"]] as const) {
    const { harness, seen } = brainWithSet("12:30");
    harness.reading("zone1-main-set", setC * 1_000);
    for (const channel of ["tank1-depth1", "tank1-depth3"]) harness.reading(channel, 30_000);
    harness.reading("zone1-main-temp", zoneC * 1_000);
    const expected = why === "cold" ? "hp_on_zone_cold_on_peak" : "hp_off_on_peak";
    assert.equal(seen().why, expected, `${zoneC} °C at ${setC} °C`);
    harness.reading("zone1-main-set", 25_000);
    harness.advance(10_000);
    assert.equal(seen().why, expected, `${zoneC} °C, then set to 25 °C`);
  }
});
