import { strict as assert } from "node:assert";
import { actorHarness } from "../../../src/testing/actor_harness.ts";
import { simpleScada } from "./_simple_house.ts";

function sender(node: string, options: Parameters<typeof simpleScada>[0] = {}) {
  const actor = simpleScada(options).actors.find((each) => each.name === node);
  assert.ok(actor !== undefined);
  return actorHarness([actor]);
}

Deno.test("sensorActor() captures first, by delta and by period", () => {
  const harness = sender("analog-temp");
  const steps = [[0, 20_000, 1], [1_000, 20_199, 0], [1_000, 20_200, 1], [57_000, 20_200, 0], [
    3_000,
    20_201,
    1,
  ]] as const;
  for (const [waitMs, value, expected] of steps) {
    harness.advance(waitMs);
    harness.reading("zone1-main-temp", value);
    assert.equal(harness.take().sent.length, expected, `${value} at ${harness.nowMs} ms`);
  }
});

Deno.test("sensorActor() sends metered power by threshold and each five minutes", () => {
  // 2 % of the heat pump's 3200 W are 64 W.
  const harness = sender("power-meter");
  const steps = [[0, 0, true], [1_000, 64, false], [1_000, 65, true], [299_999, 65, false], [1, 65, true]] as const;
  for (const [waitMs, value, expected] of steps) {
    harness.advance(waitMs);
    harness.reading("hp-odu-pwr", value);
    assert.equal(sentPower(harness), expected, `${value} W at ${harness.nowMs} ms`);
  }
});

Deno.test("sensorActor() sends metered power by the threshold that is set", () => {
  for (const [powerThreshold, changeW] of [[0, 0], [0.5, 1_600], [1, 3_200]] as const) {
    const harness = sender("power-meter", { powerThreshold });
    harness.reading("hp-odu-pwr", 0);
    assert.equal(sentPower(harness), true);
    harness.reading("hp-odu-pwr", changeW);
    assert.equal(sentPower(harness), false, `${changeW} W at ${powerThreshold}`);
    harness.reading("hp-odu-pwr", changeW + 1);
    assert.equal(sentPower(harness), true, `${changeW + 1} W at ${powerThreshold}`);
  }
});

function sentPower(harness: ReturnType<typeof sender>): boolean {
  return harness.take().sent.some((message) => message.type === "power.watts");
}
