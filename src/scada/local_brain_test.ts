import { strict as assert } from "node:assert";
import { stepMachine } from "../core/table_machine.ts";
import {
  decideHp,
  decideZone,
  HP_TABLE,
  LOCAL_TOP_TABLE,
  type LocalView,
  SIMPLE_LOCAL_LIMITS,
  ZONE_TABLE,
} from "./local_brain.ts";

const VIEW: LocalView = {
  tankTopC: 45,
  tankBottomC: 42,
  zoneC: 20,
  onPeak: false,
  minutesToOnPeak: 600,
  wasCold: false,
};

Deno.test("decideHp() gives one event and one reason for every situation", () => {
  for (
    const [state, change, event, why] of [
      ["HpOff", {}, undefined, "hp_off_tank_between_limits"],
      ["Initializing", {}, "BufferFull", "hp_off_tank_between_limits"],
      ["HpOff", { tankTopC: 39.9 }, "BufferNeedsCharge", "hp_on_tank_below_minimum"],
      ["HpOn", { tankTopC: 45 }, undefined, "hp_on_until_tank_full"],
      ["HpOn", { tankBottomC: 50 }, "BufferFull", "hp_off_tank_full"],
      ["HpOff", { minutesToOnPeak: 150 }, "BufferNeedsCharge", "hp_on_before_on_peak"],
      ["HpOff", { minutesToOnPeak: 150, tankBottomC: 45 }, undefined, "hp_off_tank_between_limits"],
      ["HpOn", { onPeak: true, minutesToOnPeak: 0 }, "OnPeakStart", "hp_off_on_peak"],
      ["HpOff", { onPeak: true, minutesToOnPeak: 0, tankTopC: 30 }, undefined, "hp_off_on_peak"],
      [
        "HpOff",
        { onPeak: true, minutesToOnPeak: 0, tankTopC: 30, zoneC: 17.9 },
        "BufferNeedsCharge",
        "hp_on_zone_cold_on_peak",
      ],
      ["HpOn", { onPeak: true, tankTopC: 41, zoneC: 18.2, wasCold: true }, undefined, "hp_on_until_tank_full"],
      ["HpOn", { onPeak: true, tankTopC: 41, zoneC: 18.5, wasCold: true }, "OnPeakStart", "hp_off_on_peak"],
    ] as const
  ) {
    const decision = decideHp(state, { ...VIEW, ...change }, SIMPLE_LOCAL_LIMITS);
    assert.deepEqual(decision, event === undefined ? { why } : { event, why }, `${state} ${JSON.stringify(change)}`);
    if (event !== undefined) assert.equal(stepMachine(HP_TABLE, state, event).kind, "moved");
  }
});

Deno.test("decideZone() keeps the zone inside its band", () => {
  for (const [zoneC, event] of [[19.7, "ZoneCold"], [20, undefined], [20.3, "ZoneWarm"]] as const) {
    assert.equal(decideZone(zoneC, SIMPLE_LOCAL_LIMITS), event);
  }
});

Deno.test("tables of local control lead everywhere and only to states that they name", () => {
  for (const table of [LOCAL_TOP_TABLE, HP_TABLE, ZONE_TABLE]) {
    const states = Object.keys(table);
    const targets = new Set(Object.values(table).flatMap((row) => Object.values(row) as string[]));
    assert.deepEqual([...targets].sort(), [...states].sort());
  }
});
