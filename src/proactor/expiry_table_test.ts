import { strict as assert } from "node:assert";
import fc from "fast-check";
import type { CertificateDates } from "../core/credentials.ts";
import {
  EXPIRY_BACK_MS,
  EXPIRY_TABLE,
  type ExpiryInput,
  type ExpiryState,
  stepExpiry,
  untilNextLevel,
} from "./expiry_table.ts";

const DAY_MS = 86_400_000;
const END_MS = Date.parse("2027-01-01T00:00:00Z");

function lasting(days: number): CertificateDates {
  return { item: "cert", subject: "CN=x", notBeforeMs: END_MS - days * DAY_MS, notAfterMs: END_MS };
}

function walk(dates: CertificateDates, wallMss: readonly number[], from: ExpiryState = "unsaid"): string {
  let state = from;
  return wallMss.map((wallMs) => {
    const step = stepExpiry(state, dates, wallMs);
    state = step.state;
    return step.level ?? "-";
  }).join(" ");
}

Deno.test("EXPIRY_TABLE has a cell for each pair that is worth saying, and no other", () => {
  const order: readonly ExpiryState[] = ["unsaid", "said_30_days", "said_7_days", "said_1_day", "said_expired"];
  const inputs: readonly ExpiryInput[] = ["days_30", "days_7", "day_1", "expired"];
  for (const [at, state] of order.entries()) {
    for (const [level, input] of inputs.entries()) {
      assert.equal(EXPIRY_TABLE[state][input], level < at ? undefined : order[level + 1], `${state} ${input}`);
    }
    assert.equal(EXPIRY_TABLE[state].set_back, at === 0 ? undefined : "unsaid");
  }
});

Deno.test("stepExpiry() says each level at its very millisecond, and once", () => {
  for (const [days, level] of [[30, "days_30"], [7, "days_7"], [1, "day_1"]] as const) {
    const atMs = END_MS - days * DAY_MS;
    assert.equal(walk(lasting(825), [atMs, atMs + 1, atMs + 60_000]), `${level} - -`);
    assert(!walk(lasting(825), [atMs - 1]).includes(level), `${level} a millisecond early`);
  }
  assert.equal(walk(lasting(825), [END_MS, END_MS + 1, END_MS + 2]), "day_1 expired -");
});

Deno.test("stepExpiry() says the nearest level only when it looks for the first time", () => {
  assert.equal(walk(lasting(825), [END_MS - 6 * DAY_MS, END_MS - 5 * DAY_MS, END_MS + 1]), "days_7 - expired");
  assert.equal(walk(lasting(825), [END_MS + DAY_MS]), "expired");
});

Deno.test("stepExpiry() leaves out the levels that a certificate is born within", () => {
  const from = (days: number) =>
    [Math.min(2, days / 2), days - 7, days - 1, days + 1].map((day) => END_MS + (day - days) * DAY_MS);
  assert.equal(walk(lasting(31), from(31)), "- days_7 day_1 expired");
  assert.equal(walk(lasting(8), from(8)), "- - day_1 expired");
  assert.equal(walk(lasting(1), [END_MS - DAY_MS, END_MS, END_MS + 1]), "- - expired");
  assert.equal(walk(lasting(40), from(40)), "- days_7 day_1 expired");
});

Deno.test("stepExpiry() speaks anew when the clock goes back by a lot, and not when it goes back a little", () => {
  const farMs = END_MS - 100 * DAY_MS;
  assert.equal(walk(lasting(825), [END_MS + 1, farMs, END_MS - 30 * DAY_MS]), "expired - days_30");
  assert.equal(walk(lasting(825), [END_MS + 1, END_MS - 20 * DAY_MS]), "expired days_30");
  const weekMs = END_MS - 7 * DAY_MS;
  assert.equal(walk(lasting(825), [weekMs, weekMs - EXPIRY_BACK_MS, weekMs]), "days_7 - -");
});

Deno.test("untilNextLevel() leads from level to level, and nothing is said in between, for any certificate", () => {
  const days = fc.integer({ min: 1, max: 5_000 });
  fc.assert(fc.property(days, fc.double({ min: 0, max: 1, noNaN: true }), (lastsDays, part) => {
    const dates = lasting(lastsDays);
    let wallMs = Math.floor(dates.notBeforeMs + part * lastsDays * DAY_MS);
    let { state } = stepExpiry("unsaid", dates, wallMs);
    for (let turn = 0; turn < 5; turn++) {
      const waitMs = untilNextLevel(dates, wallMs);
      if (waitMs === Infinity) return state === "said_expired";
      if (waitMs <= 0 || stepExpiry(state, dates, wallMs + waitMs - 1).level !== undefined) return false;
      wallMs += waitMs;
      ({ state } = stepExpiry(state, dates, wallMs));
    }
    return false;
  }));
});
