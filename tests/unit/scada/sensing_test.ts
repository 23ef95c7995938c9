import { strict as assert } from "node:assert";
import { actorHarness } from "../../../src/testing/actor_harness.ts";
import { simpleScada } from "./_simple_house.ts";

function sender(node: string) {
  const actor = simpleScada().actors.find((each) => each.name === node);
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
  const harness = sender("power-meter");
  const steps = [[0, 0, true], [1_000, 63, false], [1_000, 64, true], [299_999, 64, false], [1, 64, true]] as const;
  for (const [waitMs, value, expected] of steps) {
    harness.advance(waitMs);
    harness.reading("hp-odu-pwr", value);
    const sent = harness.take().sent.some((message) => message.type === "power.watts");
    assert.equal(sent, expected, `${value} W at ${harness.nowMs} ms`);
  }
});
