import { strict as assert } from "node:assert";
import type { GuardVerdict } from "../core/output_guard.ts";
import { SIMPLE_HOUSE_LIMITS } from "./limits.ts";
import { makeSafety, type Safety } from "./safety.ts";

const WALL = 1_790_000_000_000;
const MIN = 60_000;

/** A guard whose sensors are alive and whose agent rules, at time 0. */
function ruling(kept: ReadonlyMap<string, string> = new Map()): Safety {
  const guard = makeSafety(SIMPLE_HOUSE_LIMITS);
  guard.restore(kept, 0, WALL);
  for (const relay of ["relay1", "relay2", "relay3", "relay4"]) guard.output(relay, 0, 0, WALL);
  guard.output("relay3", 1, 0, WALL);
  guard.output("relay4", 1, 0, WALL);
  warm(guard, 0);
  return guard;
}

function warm(guard: Safety, nowMs: number): void {
  guard.reading("tank1-depth1", 45_000, nowMs);
  guard.reading("zone1-main-temp", 20_000, nowMs);
}

function ask(guard: Safety, relay: string, value: number, nowMs: number): GuardVerdict {
  return guard.command({ id: "1", output: relay, value, by: "auto.lc.n" }, nowMs, WALL + nowMs);
}

Deno.test("makeSafety() counts the minimum off time in full when no stop is known", () => {
  const guard = ruling();
  warm(guard, 10 * MIN - 1);
  assert.deepEqual(ask(guard, "relay1", 1, 10 * MIN - 1), {
    kind: "refused",
    because: "minimum_off_time",
    retryAfterMs: 1,
  });
  assert.deepEqual(ask(guard, "relay1", 1, 10 * MIN), { kind: "allowed" });
});

Deno.test("makeSafety() counts the minimum off time from the kept stamp", () => {
  for (
    const [agoMs, waitMs] of [[4 * MIN, 6 * MIN], [10 * MIN, 0], [-5 * MIN, 10 * MIN]] as const
  ) {
    const guard = ruling(new Map([["safety.compressor_last_off", JSON.stringify(WALL - agoMs)]]));
    const expected = waitMs === 0
      ? { kind: "allowed" }
      : { kind: "refused", because: "minimum_off_time", retryAfterMs: waitMs };
    assert.deepEqual(ask(guard, "relay1", 1, 0), expected, `stopped ${agoMs} ms ago`);
  }
});

Deno.test("makeSafety() holds the compressor on for its minimum time and keeps the stamp of its stop", () => {
  const guard = ruling(new Map([["safety.compressor_last_off", "0"]]));
  guard.output("relay1", 1, 0, WALL);
  assert.deepEqual(ask(guard, "relay1", 0, MIN), {
    kind: "refused",
    because: "minimum_on_time",
    retryAfterMs: 9 * MIN,
  });
  warm(guard, 10 * MIN);
  assert.deepEqual(ask(guard, "relay1", 0, 10 * MIN), { kind: "allowed" });
  guard.output("relay1", 0, 10 * MIN, WALL + 10 * MIN);
  assert.deepEqual(guard.takeKept(), new Map([["safety.compressor_last_off", String(WALL + 10 * MIN)]]));
  assert.deepEqual(guard.takeKept(), new Map());
});

Deno.test("makeSafety() counts from the take-over when the own thermostat was running the compressor", () => {
  const guard = makeSafety(SIMPLE_HOUSE_LIMITS);
  guard.restore(new Map([["safety.compressor_last_off", "0"]]), 0, WALL);
  guard.tick(0, WALL);
  guard.reading("hp-odu-pwr", 2_500, 0);
  warm(guard, MIN);
  guard.output("relay3", 1, MIN, WALL + MIN);
  assert.deepEqual(ask(guard, "relay1", 1, MIN), {
    kind: "refused",
    because: "minimum_off_time",
    retryAfterMs: 10 * MIN,
  });
});

Deno.test("makeSafety() forces the heat pump off when the tank is too hot, in spite of the minimum on time", () => {
  const guard = ruling(new Map([["safety.compressor_last_off", "0"]]));
  guard.output("relay1", 1, 0, WALL);
  const cut = [{ output: "relay1", value: 0, because: "over_temperature" }];
  assert.deepEqual(guard.reading("tank1-depth2", 61_999, MIN), []);
  assert.deepEqual(guard.reading("tank1-depth2", 62_000, MIN), cut);
  assert.deepEqual(guard.tick(MIN + 1_000, WALL), cut, "demanded again until it is so");
  assert.deepEqual(ask(guard, "relay1", 0, MIN), { kind: "allowed" });
  guard.output("relay1", 0, MIN, WALL);
  assert.deepEqual(ask(guard, "relay1", 1, 2 * MIN), { kind: "refused", because: "over_temperature" });
  assert.deepEqual(guard.reading("tank1-depth2", 57_000, 2 * MIN), []);
  assert.deepEqual(guard.rules, ["over_temperature"]);
  guard.reading("tank1-depth2", 56_999, 2 * MIN);
  assert.deepEqual(guard.rules, []);
});

Deno.test("makeSafety() hands the house to its own thermostats when it freezes or a sensor is lost", () => {
  const both = (because: string) => ["relay3", "relay4"].map((output) => ({ output, value: 0, because }));
  const cold = ruling();
  assert.deepEqual(cold.reading("zone1-main-temp", 8_000, 0), both("frost"));
  assert.deepEqual(cold.reading("zone1-main-temp", 11_999, 0), both("frost"));
  assert.deepEqual(ask(cold, "relay4", 1, 0), { kind: "refused", because: "frost" });
  assert.deepEqual(cold.reading("zone1-main-temp", 12_001, 0), []);

  const silent = ruling();
  assert.deepEqual(silent.tick(2 * MIN, WALL), []);
  assert.deepEqual(silent.tick(2 * MIN + 1, WALL), both("sensor_lost"));
  assert.deepEqual(ask(silent, "relay3", 1, 2 * MIN + 1), { kind: "refused", because: "sensor_lost" });
  warm(silent, 3 * MIN);
  assert.deepEqual(silent.tick(3 * MIN, WALL), []);
});

Deno.test("makeSafety() lets the hand-over to the own thermostat pass when the compressor runs", () => {
  const guard = ruling(new Map([["safety.compressor_last_off", "0"]]));
  guard.output("relay1", 1, 0, WALL);
  assert.deepEqual(ask(guard, "relay3", 0, 1_000), { kind: "allowed" });
});

Deno.test("makeSafety() refuses to take the call back when that would start the compressor too early", () => {
  const guard = ruling(new Map([["safety.compressor_last_off", "0"]]));
  guard.output("relay1", 1, 0, WALL);
  guard.output("relay3", 0, MIN, WALL);
  assert.equal(ask(guard, "relay3", 1, 2 * MIN).kind, "refused");
});
