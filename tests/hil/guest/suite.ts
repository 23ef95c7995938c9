/**
 * What the compiled binary does to real pins and gets from real sensors; runs in the guest of scripts/hil-test. One story
 * in steps, as an emulated machine takes long to start a process.
 */
import { strict as assert } from "node:assert";
import { EXIT } from "../../../src/core/exit_codes.ts";
import { inboxIds, ltnStorePath } from "../../support/hearth_house.ts";
import type { HearthProcess } from "../../support/hearth_process.ts";
import {
  FLOW_SWITCH_OFFSET,
  hangNext,
  HANGS,
  hasHung,
  isEnergized,
  levelOf,
  type Pin,
  PINS,
  SENSORS,
  setTemperature,
} from "./hardware.ts";
import { type House, last, makeHouse, seen, settled, stage } from "./house.ts";
import { mark, markedS, traceEntries, type TraceEntry, transitionsOf } from "./kernel_trace.ts";
import { type PayloadWatch, watchPayloads } from "./payload_watch.ts";

/** Longest time that a pin may take after its command or its bus's end; generous: an emulated machine is slow. */
const PIN_MS_MAX = 20_000;
/** A hold of 5 s may lose the time of a few messages at its start. */
const HOLD_S_MIN = 4;
/** Nobody asks for these in a warm house. */
const UNASKED: readonly Pin[] = [PINS.relay1, PINS.relay2, PINS.relay5];

function assertAllSafe(): void {
  const energized = Object.values(PINS).filter(isEnergized).map(({ relay }) => relay);
  assert.deepEqual(energized, [], "energized relays");
}

/** Fails unless the record and the pins agree: then it has missed nothing. */
function assertTraceIsWhole(entries: readonly TraceEntry[]): void {
  for (const pin of Object.values(PINS)) {
    const last = transitionsOf(pin, entries).at(-1)?.isEnergized ?? false;
    assert.equal(last, isEnergized(pin), `${pin.relay} by the record and by its pin`);
  }
}

function energizings(pin: Pin, entries: readonly TraceEntry[]): number {
  return transitionsOf(pin, entries).filter(({ isEnergized }) => isEnergized).length;
}

function assertNothingEnergizedSince(text: string, entries: readonly TraceEntry[]): void {
  const sinceS = markedS(text, entries);
  const found = Object.values(PINS).filter((pin) =>
    transitionsOf(pin, entries).some(({ atS, isEnergized }) => isEnergized && atS > sinceS)
  );
  assert.deepEqual(found.map(({ relay }) => relay), [], `energized after "${text}"`);
}

/** Waits until the pin is energized by the admin. @throws {Error} With the admin's output, at the deadline or its end. */
async function energizedBy(admin: HearthProcess, pin: Pin): Promise<void> {
  await admin.until("its hold", () => admin.stdout.includes('"step":"holding"'));
  await seen(`${pin.relay} energized by the admin`, () => isEnergized(pin), PIN_MS_MAX);
  stage(`the admin holds ${pin.relay}`);
}

/** The admin's hold of a relay, from its pin. @returns Its time energized in s. */
async function holdByAdmin(house: House, pin: Pin, time: string): Promise<number> {
  await using admin = house.admin(pin.relay, "close", time);
  await energizedBy(admin, pin);
  const end = await admin.ended;
  assert.equal(end.code, EXIT.ok, end.stdout + end.stderr);
  await seen(`${pin.relay} given back`, () => !isEnergized(pin), PIN_MS_MAX);
  const [on, off, ...more] = transitionsOf(pin, traceEntries());
  assert.deepEqual([on?.isEnergized, off?.isEnergized, more], [true, false, []], "once on, once off");
  return off!.atS - on!.atS;
}

/** A sample reads the configuration too, which is one byte. */
const TEMPERATURE_BYTES = 2;

/** A sample is due each 0.5 s, and taken at the first look after that, one each 0.1 s: a gap of this holds a lost one. */
const GAP_S = 1;

/** Times of the samples of one source between two times, in s of the kernel's clock. */
function samplesBetween(
  entries: readonly TraceEntry[],
  source: "gpio" | "i2c",
  [fromS, toS]: readonly [number, number],
) {
  return entries.filter((entry) => {
    const fits = source === "gpio"
      ? entry.kind === "get" && entry.offset === FLOW_SWITCH_OFFSET
      : entry.kind === "i2c_read" && entry.address === parseInt(SENSORS.tankTop, 16) &&
        entry.bytes === TEMPERATURE_BYTES;
    return fits && entry.atS >= fromS && entry.atS < toS;
  }).map(({ atS }) => atS);
}

/** Longer than it takes to see that a worker is silent, and to start its successor. */
const HANG_MS = 6_000;
const BUSES = {
  i2c: { place: HANGS.i2cTransfer, worker: "bus-i2c-1", other: "gpio" },
  gpio: { place: HANGS.gpioGet, worker: "bus-gpio-hil-sim", other: "i2c" },
} as const;

function livesOf(agent: HearthProcess, worker: string): number {
  return last(agent)?.isolates.find(({ name }) => name === worker)?.lives ?? 0;
}

/** Lets a bus hang and checks that the launcher replaces its worker, and that the other bus samples on. */
async function hangBus(agent: HearthProcess, bus: keyof typeof BUSES, during: () => Promise<void>): Promise<void> {
  const { place, worker, other } = BUSES[bus];
  const lives = livesOf(agent, worker);
  mark(`${bus} before`);
  await new Promise((resolve) => setTimeout(resolve, HANG_MS));
  mark(`${bus} hangs`);
  hangNext(place, HANG_MS);
  const isOver = new Promise((resolve) => setTimeout(resolve, HANG_MS));
  await seen(`a call of ${worker} that hangs`, () => hasHung(place), PIN_MS_MAX);
  await during();
  await isOver;
  const entries = traceEntries();
  const [beforeS, hangS] = [markedS(`${bus} before`, entries), markedS(`${bus} hangs`, entries)];
  const before = samplesBetween(entries, other, [beforeS, hangS]);
  const meanwhile = samplesBetween(entries, other, [hangS, 2 * hangS - beforeS]);
  const gapS = Math.max(...meanwhile.map((atS, index) => atS - (meanwhile[index - 1] ?? before.at(-1) ?? beforeS)));
  const said = `${other} had ${before.length} samples before, ${meanwhile.length} in as long a time of it, ` +
    `none later than ${gapS.toFixed(2)} s after the one before`;
  stage(`${bus} hung: ${said}`);
  // At each of the two marks of a time one sample may fall on either side.
  assert.ok(meanwhile.length >= before.length - 2, said);
  assert.ok(gapS < GAP_S, said);
  await agent.until(`a new life of ${worker}`, () => livesOf(agent, worker) > lives);
}

/** A step; its processes outlive it, and end with the story. */
function step(t: Deno.TestContext, name: string, run: () => Promise<void>): Promise<boolean> {
  return t.step({ name, fn: run, sanitizeOps: false, sanitizeResources: false });
}

function assertUnaskedIsSafe(): void {
  const entries = traceEntries();
  assertTraceIsWhole(entries);
  const counts = UNASKED.map((pin) => [pin.relay, energizings(pin, entries)]);
  assert.deepEqual(counts, [["relay1", 0], ["relay2", 0], ["relay5", 0]], "times energized");
}

/** @returns Message id of the report that holds the value. */
async function valueReported(agent: HearthProcess, watch: PayloadWatch): Promise<string> {
  setTemperature(SENSORS.tankTop, 61.25);
  return await agent.until("a report with the sensor's value", () => {
    const report = watch.reports().find(({ channel, values }) => channel === "tank1-depth1" && values.includes(61_250));
    return report?.messageId;
  });
}

async function i2cHangs(agent: HearthProcess): Promise<void> {
  await hangBus(agent, "i2c", () => Promise.resolve());
  assert.ok(isEnergized(PINS.relay5), "a pin of the other bus stays as it was");
  setTemperature(SENSORS.tankTop, 58.5);
  await agent.until("a reading by the new worker", () => last(agent)?.temperatures["tank1-depth1"] === 58.5);
}

async function gpioReadHangs(agent: HearthProcess): Promise<void> {
  await hangBus(agent, "gpio", async () => {
    await seen("relay5 safe while its worker hangs", () => !isEnergized(PINS.relay5), HANG_MS);
    stage("relay5 is safe while its worker hangs");
  });
}

async function gpioWriteHangs(house: House, agent: HearthProcess): Promise<void> {
  const lives = livesOf(agent, BUSES.gpio.worker);
  hangNext(HANGS.gpioSet, HANG_MS);
  // The kernel holds a lock of the line meanwhile: through no fd can it be written.
  await using refused = house.admin("relay5", "close", "2s");
  await refused.until("a call that hangs", () => hasHung(HANGS.gpioSet));
  await refused.ended;
  await agent.until("a new life of its worker", () => livesOf(agent, BUSES.gpio.worker) > lives);
  await seen("relay5 safe", () => !isEnergized(PINS.relay5), PIN_MS_MAX);
}

async function stops(agent: HearthProcess): Promise<void> {
  mark("stop");
  const end = await agent.stop();
  assert.equal(end.code, EXIT.ok, end.stderr);
  assertAllSafe();
  const entries = traceEntries();
  assertTraceIsWhole(entries);
  assertNothingEnergizedSince("stop", entries);
}

async function guardAfterKill(house: House): Promise<void> {
  await using agent = house.agent();
  await settled(agent);
  await using admin = house.admin("relay5", "close", "10m");
  await energizedBy(admin, PINS.relay5);
  await seen("relay3 energized by the brain", () => isEnergized(PINS.relay3), PIN_MS_MAX);
  agent.kill("SIGKILL");
  await agent.ended;
  mark("killed");
  assert.deepEqual([levelOf(PINS.relay5.offset), levelOf(PINS.relay3.offset)], [0, 1], "a dead process's lines stay");
  const guard = await house.guard();
  stage("the guard has ended");
  assert.equal(guard.code, EXIT.ok, guard.stdout + guard.stderr);
  assert.equal((JSON.parse(guard.stdout) as { readonly safe: boolean }).safe, true);
  assertAllSafe();
  assert.equal(levelOf(PINS.relay5.offset), 1, "an active-low line is high when it is safe");
  const entries = traceEntries();
  assertTraceIsWhole(entries);
  assertNothingEnergizedSince("killed", entries);
}

Deno.test("hearth drives the pins and sensors of a board", async (t) => {
  await using house = await makeHouse();
  await using watch = watchPayloads(house.broker.port);
  await using ltn = house.ltn();
  await using agent = house.agent();
  await settled(agent);
  let reportId = "";
  await step(t, "the start of hearth run energizes nothing that nobody asked for", async () => {
    await Promise.resolve();
    assertUnaskedIsSafe();
  });
  await step(t, "hearth admin relay close --for 5s energizes its pin for that time, once", async () => {
    const heldS = await holdByAdmin(house, PINS.relay2, "5s");
    assert.ok(heldS >= HOLD_S_MIN, `relay2 was energized for ${heldS} s`);
  });
  await step(t, "a sensor's value goes out in an event that is acked", async () => {
    reportId = await valueReported(agent, watch);
    const { generated } = last(agent)!;
    await agent.until("acks of all so far", () => last(agent)!.acked >= generated);
  });
  await step(t, "the LTN has that event in its inbox", async () => {
    const end = await ltn.stop();
    assert.equal(end.code, EXIT.ok, end.stderr);
    assert.ok(inboxIds(ltnStorePath(house.folder)).includes(reportId), reportId);
  });
  await using admin = house.admin("relay5", "close", "10m");
  await energizedBy(admin, PINS.relay5);
  await step(t, "an I2C bus that hangs gets a new worker; the GPIO bus loses no sample", () => i2cHangs(agent));
  await step(
    t,
    "a GPIO bus that hangs gets a new worker, its pins are safe meanwhile; the I2C bus loses no sample",
    () => gpioReadHangs(agent),
  );
  const released = await admin.stop();
  assert.equal(released.code, EXIT.ok, released.stderr);
  await step(t, "a pin whose own switching hangs is safe when the call comes back", () => gpioWriteHangs(house, agent));
  await step(t, "an orderly stop leaves every pin safe and energizes none", () => stops(agent));
  await step(t, "hearth guard makes every pin safe after kill -9, active high and active low", () => {
    return guardAfterKill(house);
  });
});
