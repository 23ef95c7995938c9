import { strict as assert } from "node:assert";
import layout from "../../layouts/simple_house.json" with { type: "json" };
import { agentOptions } from "./agent_options.ts";
import { agentInit } from "./plan_proactors.ts";
import { zonesOf } from "./zones.ts";

const FOUND = {
  path: "house.json",
  text: JSON.stringify(layout),
  json: layout,
  scada: "d1.house.scada",
  ltn: "d1.house",
};

Deno.test("agentOptions() hands over every setting of the plan", () => {
  const connection = { name: "gridworks_mqtt", host: "up.example", port: 1_883, keepAliveS: 60 };
  const bounds = {
    pollMs: 1,
    ackTimeoutMs: 1,
    windowInitial: 1,
    windowRowsMax: 1,
    windowBytesMax: 1,
    peerIsHearth: true,
  };
  const clock = { speed: 1, houseWallStartMs: 0, realWallStartMs: 0 };
  const init = agentInit({ layout: FOUND, clock, bounds, logLevel: "warn", store: "store" }, {
    upstream: connection,
    admin: { connection, name: "keeper" },
    buses: [],
    timeZone: "Europe/Berlin",
    reportMs: 60_000,
    snapshotMs: 10_000,
    powerReportingThreshold: 0.5,
    adminTimeoutMsMax: 120_000,
  });
  const { tariff, powerThreshold, adminTimeoutSMax, reportMs, snapshotMs, admin } = agentOptions(init);
  assert.deepEqual(
    { timezone: tariff?.timezone, powerThreshold, adminTimeoutSMax, reportMs, snapshotMs, admin },
    {
      timezone: "Europe/Berlin",
      powerThreshold: 0.5,
      adminTimeoutSMax: 120,
      reportMs: 60_000,
      snapshotMs: 10_000,
      admin: { dst: "keeper", link: "admin" },
    },
  );
});

Deno.test("zonesOf() takes zones and channels from the layout", () => {
  const json = JSON.parse(
    JSON.stringify(layout).replaceAll("zone1-main", "zone1-attic").replaceAll('"main"', '"attic"'),
  );
  assert.deepEqual(zonesOf({ ...FOUND, json }), [{ name: "attic", channel: "zone1-attic-temp", setpointC: 20 }]);
  assert.throws(() => zonesOf({ ...FOUND, json: { ...layout, ZoneList: ["up"], CriticalZoneList: [] } }), {
    name: "OutsideDataError",
    message: /"zone1-up-call-<relay>"/,
  });
});
