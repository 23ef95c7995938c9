import { strict as assert } from "node:assert";
import layout from "../../../layouts/simple_house.json" with { type: "json" };
import { houseLimits } from "../../../src/scada/house_limits.ts";
import { houseRoles, requireHouseRoles } from "../../../src/scada/house_roles.ts";
import { makeScada } from "../../../src/scada/make_scada.ts";
import { scadaFacts } from "../../../src/scada/scada_facts.ts";
import { SIMPLE_HOUSE_LIMITS } from "../../../src/safety/mod.ts";
import { actorHarness } from "../../../src/testing/actor_harness.ts";
import { twoZoneLayout } from "./_two_zone_house.ts";

const DATA = Deno.env.get("HEARTH_REFERENCE_DATA");
const WHY = DATA === undefined ? " (skipped: HEARTH_REFERENCE_DATA is not set)" : "";

/** The layout as text with one word replaced everywhere. */
function changed(from: string, to: string): unknown {
  const text = JSON.stringify(layout);
  assert.ok(text.includes(from), from);
  return JSON.parse(text.replaceAll(from, to));
}

function problemsOf(json: unknown): readonly string[] {
  const found = houseRoles(scadaFacts(json));
  return found.kind === "roles" ? [] : found.problems;
}

Deno.test("houseRoles() finds the parts of the simple house, and their limits", () => {
  const roles = requireHouseRoles(scadaFacts(layout));
  assert.deepEqual(roles, {
    hp: "relay1",
    hpFailsafe: "relay3",
    hpPower: "hp-odu-pwr",
    zones: [{ name: "main", call: "relay2", failsafe: "relay4", temp: "zone1-main-temp", isCritical: true }],
    tank: ["tank1-depth1", "tank1-depth2", "tank1-depth3"],
    allTanks: ["tank1-depth1", "tank1-depth2", "tank1-depth3"],
  });
  assert.deepEqual(houseLimits(roles), SIMPLE_HOUSE_LIMITS);
});

Deno.test("houseRoles() follows the layout when it names relays, channels and zones otherwise", () => {
  const text = JSON.stringify(layout).replaceAll("relay1", "relay17").replaceAll("zone1-main", "zone1-attic")
    .replaceAll('"main"', '"attic"').replaceAll("tank1-depth", "buffer-depth").replaceAll("hp-odu-pwr", "pump-power");
  const roles = requireHouseRoles(scadaFacts(JSON.parse(text)));
  assert.deepEqual([roles.hp, roles.hpPower, roles.tank[0]], ["relay17", "pump-power", "buffer-depth1"]);
  assert.deepEqual(roles.zones.map(({ name, temp }) => [name, temp]), [["attic", "zone1-attic-temp"]]);
});

Deno.test("houseRoles() names each thing that the layout lacks", () => {
  const must = "Cannot run the house of the layout as it must have";
  for (
    const [json, expected] of [
      [changed("hp-call-relay1", "hp-hum-relay1"), `a relay with state channel "hp-call-<relay>": found none`],
      [changed("hp-failsafe-relay3", "hp-hum-relay3"), `a relay with state channel "hp-failsafe-<relay>": found none`],
      [
        changed("zone1-main-failsafe", "zone1-x"),
        `a relay with state channel "zone1-main-failsafe-<relay>": found none`,
      ],
      [changed("zone1-main-call", "zone1-x"), `a relay with state channel "zone1-main-call-<relay>": found none`],
      [changed('"hp-odu"', '"hp-hum"'), 'a PowerW channel about the heat pump "hp-odu": found none'],
      [changed("tank1-depth", "tank-depth"), "2 or more WaterTempCTimes1000 channels about depths of a tank: found 0"],
      [changed('"scada-blind"', '"scada-deaf"'), 'a node "scada-blind": found none'],
      [{ ...layout, ZoneList: [], CriticalZoneList: [] }, "a zone in ZoneList: found none"],
      [{ ...layout, CriticalZoneList: ["up"] }, 'only zones of ZoneList in CriticalZoneList: found "up"'],
      [
        changed("AirTempCTimes1000", "AirTempFTimes1000"),
        'an AirTempCTimes1000 channel about zone "zone1-main": found "zone1-main-temp" in AirTempFTimes1000',
      ],
    ] as const
  ) assert.deepEqual(problemsOf(json), [`${must} ${expected}`]);
});

Deno.test("houseRoles() refuses relays that do the contrary when they are energized", () => {
  const relays = scadaFacts(layout).relays.map((relay) => ({
    ...relay,
    energizedState: relay.deEnergizedState,
    deEnergizedState: relay.energizedState,
  }));
  const found = houseRoles({ ...scadaFacts(layout), relays });
  assert.equal(found.kind === "problems" && found.problems.length, 4);
});

Deno.test("makeScada() rules each zone by its own relays when the layout has two", () => {
  const scada = makeScada({ facts: scadaFacts(twoZoneLayout()) });
  const harness = actorHarness(scada.actors, { wallMs: Date.parse("2026-01-11T12:00:00Z") });
  harness.start();
  harness.take();
  const readings = {
    "tank1-depth1": 45_000,
    "tank1-depth3": 44_000,
    "zone1-main-temp": 21_000,
    "zone2-up-temp": 19_000,
  };
  for (const [channel, value] of Object.entries(readings)) harness.reading(channel, value);
  const outputs = harness.take().commands.map(({ output, value }) => `${output} ${value}`);
  assert.deepEqual(outputs, ["relay6 1", "relay3 1", "relay4 1", "relay5 1"]);
  const brain = scada.actors.find(({ name }) => name === "lc")?.snapshot() as { readonly zones: unknown };
  assert.deepEqual(brain.zones, { main: "Idle", up: "Calling" });
});

Deno.test({
  name: `houseRoles() refuses the reference's house, whose relays call when they are de-energized${WHY}`,
  ignore: DATA === undefined,
  fn() {
    const text = Deno.readTextFileSync(`${DATA}/gridworks-scada-layout.json`);
    const problems = problemsOf(JSON.parse(text));
    assert.ok(problems.some((problem) => problem.includes('a relay "relay6" that calls when it is energized')));
  },
});
