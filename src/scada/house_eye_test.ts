import { strict as assert } from "node:assert";
import { WORKDAY_TARIFF } from "../calendar/mod.ts";
import { houseEye } from "./house_eye.ts";
import type { HouseRoles, ZoneRoles } from "./house_roles.ts";

function zone(name: string, isCritical: boolean): ZoneRoles {
  return { name, call: `${name}-call`, failsafe: `${name}-failsafe`, temp: `${name}-temp`, isCritical };
}

const ROLES: HouseRoles = {
  hp: "relay1",
  hpFailsafe: "relay3",
  hpPower: "hp-odu-pwr",
  zones: [zone("main", true), zone("bath", true), zone("garage", false)],
  tank: ["top", "middle", "bottom"],
  allTanks: ["top", "middle", "bottom"],
};

/** A Monday, 8:00 in New York. */
const WALL_MS = Date.parse("2026-01-12T13:00:00Z");

Deno.test("houseEye() sees the house when every channel has a reading that is fresh", () => {
  const eye = houseEye(ROLES, WORKDAY_TARIFF);
  assert.deepEqual(eye.channels, ["top", "bottom", "main-temp", "bath-temp", "garage-temp"]);
  for (const [index, channel] of eye.channels.entries()) {
    assert.equal(eye.look(0, WALL_MS), undefined, `before ${channel}`);
    eye.update(channel, (20 - index) * 1_000, index);
  }
  assert.deepEqual(eye.look(120_000, WALL_MS), {
    tankTopC: 20,
    tankBottomC: 19,
    zonesC: [18, 17, 16],
    onPeak: true,
    minutesToOnPeak: 0,
  });
  assert.equal(eye.look(120_001, WALL_MS), undefined);
});

Deno.test("houseEye() refuses a time zone that does not exist", () => {
  assert.throws(() => houseEye(ROLES, { ...WORKDAY_TARIFF, timezone: "Mars/Base" }), RangeError);
});
