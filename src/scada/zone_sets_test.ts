import { strict as assert } from "node:assert";
import type { ZoneRoles } from "./house_roles.ts";
import { zoneSets } from "./zone_sets.ts";

const ZONES: readonly ZoneRoles[] = [
  { name: "main", call: "relay2", failsafe: "relay4", temp: "main-temp", set: "main-set", isCritical: true },
  { name: "bath", call: "relay5", failsafe: "relay6", temp: "bath-temp", isCritical: false },
];

Deno.test("zoneSets() takes what a thermostat tells, until it tells something else", () => {
  const sets = zoneSets(ZONES, 20);
  assert.deepEqual(sets.channels, ["main-set"]);
  assert.deepEqual(sets.nowC(), [20, 20]);
  sets.update("main-set", 21_500);
  sets.update("bath-temp", 15_000);
  assert.deepEqual(sets.nowC(), [21.5, 20]);
});

Deno.test("zoneSets() takes no set point that no thermostat can mean", () => {
  const sets = zoneSets(ZONES, 20);
  sets.update("main-set", 5_000);
  for (const value of [4_999, 30_001, NaN, 0]) sets.update("main-set", value);
  assert.deepEqual(sets.nowC(), [5, 20]);
});

Deno.test("zoneSets() lets a set point that is raised on-peak make no zone cold, and one that is lowered count", () => {
  const sets = zoneSets(ZONES, 20);
  sets.update("main-set", 21_000);
  assert.deepEqual(sets.coldC(false), [21, 20]);
  sets.update("main-set", 24_000);
  assert.deepEqual([sets.nowC(), sets.coldC(true)], [[24, 20], [21, 20]]);
  sets.update("main-set", 16_000);
  assert.deepEqual(sets.coldC(true), [16, 20]);
  sets.update("main-set", 24_000);
  assert.deepEqual([sets.coldC(true), sets.coldC(false), sets.coldC(true)], [[21, 20], [24, 20], [24, 20]]);
});
