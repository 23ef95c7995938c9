import { strict as assert } from "node:assert";
import { LEASE_MS } from "../../../src/core/device.ts";
import { type LeaseStep, type OutputLease, outputLease } from "../../../src/core/output_lease.ts";
import { everyWalk } from "../../support/every_walk.ts";

const EVENTS = ["lease_1", "lease_2", "on_1", "off_1", "on_2", "wait", "lapse", "device_down", "device_up"] as const;
type WalkEvent = (typeof EVENTS)[number];

/** Length of each walk: nine events, so 59,049 walks. */
const DEPTH = 5;
const HOLD_MS = 2_000;
/** Less than a lease; two of them are more. */
const WAIT_MS = 1_000;
const OUTPUT = "relay1";

/** A relay that is off when safe, and its bus. */
class Bench {
  readonly lease: OutputLease = outputLease([{ name: OUTPUT, safeValue: 0, holdMsMin: HOLD_MS }], LEASE_MS);
  nowMs = 100_000;
  value = 0;
  works = true;
  /** Commands that switched it, with their times. */
  readonly switched: { readonly value: number; readonly atMs: number; readonly because: string }[] = [];

  constructor() {
    this.carryOut(this.lease.start());
  }

  get time() {
    return { nowMs: this.nowMs, houseMs: this.nowMs };
  }

  /** @returns Kinds of the results. */
  carryOut(step: LeaseStep): string[] {
    const results: string[] = step.messages.flatMap((message) =>
      message.kind === "result" ? [message.result.kind] : []
    );
    for (const write of step.writes) {
      if (this.works && this.value !== write.value) {
        this.switched.push({ value: write.value, atMs: this.nowMs, because: write.because });
        this.value = write.value;
      }
      const outcome = this.works
        ? { kind: "written", readBack: this.value } as const
        : { kind: "failed", code: "EIO" } as const;
      results.push(...this.carryOut(this.lease.done(write, outcome, this.time)));
    }
    return results;
  }

  write(life: number, value: number): string[] {
    return this.carryOut(this.lease.write({ life, id: "w", output: OUTPUT, value }, this.time));
  }

  wait(ms: number): void {
    this.nowMs += ms;
    this.carryOut(this.lease.tick(this.time));
  }
}

/** What the rules of the lease say, without its code: until when each life may write, and who keeps the relay up. */
class Rules {
  #newest = 0;
  readonly #untilMs = new Map<number, number>();
  holder: number | undefined;

  take(life: number, nowMs: number): void {
    if (life < this.#newest) return;
    this.#newest = life;
    this.#untilMs.clear();
    this.#untilMs.set(life, nowMs + LEASE_MS);
  }

  mayWrite(life: number, nowMs: number): boolean {
    return (this.#untilMs.get(life) ?? 0) > nowMs;
  }

  /** Whether somebody keeps the present value up; a new life inherits nothing, but the old one has until its lease ends. */
  isHeld(nowMs: number, since: { readonly life: number; readonly untilMs: number }): boolean {
    return Math.max(this.#untilMs.get(since.life) ?? 0, since.untilMs) > nowMs;
  }
}

function play(walk: readonly WalkEvent[]): void {
  const bench = new Bench();
  const rules = new Rules();
  const told = walk.join(" ");
  let held: { life: number; untilMs: number } | undefined;
  function write(life: number, value: number): void {
    const may = rules.mayWrite(life, bench.nowMs);
    const results = bench.write(life, value);
    if (!may) assert.deepEqual(results, ["refused"], told);
    else if (results[0] !== "refused") held = { life, untilMs: bench.nowMs + LEASE_MS };
  }
  function take(life: number): void {
    rules.take(life, bench.nowMs);
    bench.carryOut(bench.lease.lease(life, [OUTPUT], bench.time));
    if (held?.life === life && rules.mayWrite(life, bench.nowMs)) held.untilMs = bench.nowMs + LEASE_MS;
  }
  for (const event of walk) {
    if (event === "lease_1") take(1);
    else if (event === "lease_2") take(2);
    else if (event === "on_1") write(1, 1);
    else if (event === "off_1") write(1, 0);
    else if (event === "on_2") write(2, 1);
    else if (event === "wait") bench.wait(WAIT_MS);
    else if (event === "lapse") bench.wait(LEASE_MS);
    else bench.works = event === "device_up";
    const isKept = held !== undefined && rules.isHeld(bench.nowMs, held);
    const wasTicked = event === "wait" || event === "lapse";
    if (wasTicked && bench.works && !isKept) assert.equal(bench.value, 0, `on without a lease after ${told}`);
  }
  for (const [index, { atMs, because }] of bench.switched.entries()) {
    const before = bench.switched[index - 1];
    if (because !== "command" || before === undefined) continue;
    assert(atMs - before.atMs >= HOLD_MS, `switched after ${atMs - before.atMs} ms in ${told}`);
  }
  bench.works = true;
  bench.carryOut(bench.lease.stop());
  assert.equal(bench.value, 0, `on after the stop of ${told}`);
}

Deno.test("outputLease() keeps its rules in every walk of five events", () => {
  const walks = everyWalk({ events: EVENTS, depth: DEPTH }, play);
  assert.equal(walks, EVENTS.length ** DEPTH);
});
