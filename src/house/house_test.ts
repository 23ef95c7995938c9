import { strict as assert } from "node:assert";
import { type HouseOutputs, type HouseState, initialHouse, stepHouse, storedJ } from "./house.ts";
import { houseDevices } from "./house_devices.ts";
import { compressorW, heatPumpCop, SIMPLE_HOUSE } from "./house_model.ts";
import { outdoorC } from "./outdoor_trace.ts";

const SAFE: HouseOutputs = { relay1: 0, relay2: 0, relay3: 0, relay4: 0 };
const HOUR_MS = 3_600_000;

function run(state: HouseState, outputs: HouseOutputs, ms: number): HouseState {
  let next = state;
  for (let t = 0; t < ms; t += 60_000) next = stepHouse(next, { outputs }, 60_000);
  return next;
}

Deno.test("stepHouse() closes the energy balance within 0.1 % when every flow ran for a day", () => {
  const start = initialHouse(0);
  let state = start;
  for (let hour = 0; hour < 24; hour++) {
    state = run(state, { relay1: hour % 3 ? 1 : 0, relay2: hour % 2, relay3: hour < 18 ? 1 : 0, relay4: 1 }, HOUR_MS);
  }
  const inJ = state.energy.electricJ + state.energy.ambientJ + state.energy.gainsJ;
  const gap = inJ - state.energy.zoneLossJ - (storedJ(state) - storedJ(start));
  assert.ok(inJ > 100e6, `too little energy moved: ${inJ} J`);
  assert.ok(Math.abs(gap) < inJ * 0.001, `gap ${gap} J of ${inJ} J`);
});

Deno.test("stepHouse() keeps the house warm by its own thermostats when every relay is de-energized", () => {
  let state = initialHouse(0);
  for (let hour = 0; hour < 72; hour++) {
    state = run(state, SAFE, HOUR_MS);
    assert.ok(state.zoneC > 17.5 && state.zoneC < 21, `zone ${state.zoneC} °C at hour ${hour}`);
    assert.ok((state.layersC[0] ?? 0) < 60, `tank ${state.layersC[0]} °C at hour ${hour}`);
  }
});

Deno.test("stepHouse() keeps warm water on top when the zone draws from the tank", () => {
  let state = initialHouse(0, 20, 50);
  for (let i = 0; i < 200; i++) {
    state = stepHouse(state, { outputs: { relay1: i > 100 ? 1 : 0, relay2: 1, relay3: 1, relay4: 1 } }, 30_000);
    const sorted = [...state.layersC].sort((a, b) => b - a);
    assert.deepEqual(state.layersC, sorted);
  }
});

Deno.test("stepHouse() gives the same state when the same time is cut into other steps of whole substeps", () => {
  const a = stepHouse(initialHouse(0), { outputs: SAFE }, 60_000);
  const b = stepHouse(stepHouse(initialHouse(0), { outputs: SAFE }, 30_000), { outputs: SAFE }, 30_000);
  assert.deepEqual(a, b);
});

Deno.test("heatPumpCop() falls when it is colder outside or the water is hotter", () => {
  assert.ok(heatPumpCop(-10, 45) < heatPumpCop(5, 45));
  assert.ok(heatPumpCop(-10, 55) < heatPumpCop(-10, 40));
  assert.equal(heatPumpCop(44, 45), 5.5);
});

Deno.test("compressorW() stays between the minimum and the maximum power", () => {
  for (const [leavingC, expected] of [[30, 3_200], [54, 2_100], [70, 1_000]] as const) {
    assert.equal(compressorW(SIMPLE_HOUSE, leavingC), expected, `${leavingC} °C`);
  }
});

Deno.test("outdoorC() is continuous over midnight", () => {
  assert.ok(Math.abs(outdoorC(23.999) - outdoorC(24)) < 0.02);
});

Deno.test("houseDevices() reads integers and switches outputs when written", () => {
  const house = houseDevices({ startMs: 0 });
  assert.equal(house.read("tank1-depth1"), 42_000);
  assert.equal(house.read("nothing"), undefined);
  assert.deepEqual(house.write("relay9", 1), { kind: "failed", code: "ENODEV" });
  assert.deepEqual(house.write("relay1", 1), { kind: "written", readBack: 1 });
  house.write("relay3", 1);
  house.advance(5_000);
  assert.equal(house.read("hp-odu-pwr"), 3_200);
});
