import { strict as assert } from "node:assert";
import type { CertificateDates } from "../../../src/core/credentials.ts";
import { lonelyNode } from "../../../src/testing/lonely_node.ts";
import { virtualClock } from "../../../src/testing/virtual_clock.ts";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

function certificate(notBeforeMs: number, days: number, item: "ca" | "cert" = "cert"): CertificateDates {
  return {
    item,
    subject: `CN=${item === "ca" ? "house ca" : "scada"}`,
    notBeforeMs,
    notAfterMs: notBeforeMs + days * DAY_MS,
  };
}

/** "day: what": of all problem events, by the day of the story on which each was stamped. */
function told(node: ReturnType<typeof lonelyNode>, startMs: number): readonly string[] {
  return node.problems().map(({ summary, wallMs }) => `${(wallMs - startMs) / DAY_MS}: ${summary}`);
}

Deno.test("of 40 days of a certificate 30, 7 and 1 are told and its end, once each; of one that is renewed on day 20 no more", () => {
  const clock = virtualClock();
  const startMs = clock.wallMs;
  const node = lonelyNode({
    clock,
    certificates: () => [certificate(startMs, 40), certificate(startMs, 400, "ca")],
    turnsSlower: 60,
  });
  let renewed = certificate(startMs - 5 * DAY_MS, 40);
  function start(): void {
    node.start();
    tellRenewed();
  }
  function tellRenewed(): void {
    node.post({ kind: "credentials", told: { verdict: "in_use", connection: "renewed", certificates: [renewed] } });
  }
  start();
  for (const day of [9, 11, 20, 35, 39.5, 41]) {
    clock.runUntil(day * DAY_MS);
    if (day === 20) {
      renewed = certificate(clock.wallMs, 50);
      tellRenewed();
      clock.run(1_000);
    }
    node.crash();
    start();
  }
  clock.runUntil(43 * DAY_MS);
  const name = 'Certificate "CN=scada" of connection';
  assert.deepEqual(told(node, startMs), [
    `5: ${name} "renewed" ends within 30 days`,
    `10: ${name} "broker" ends within 30 days`,
    `33: ${name} "broker" ends within 7 days`,
    `39: ${name} "broker" ends within a day`,
    // The new one starts anew.
    `40: ${name} "renewed" ends within 30 days`,
    // Its last millisecond counts.
    `${40 + 1 / DAY_MS}: ${name} "broker" has expired`,
  ]);
  assert.deepEqual(node.problems().map(({ type }) => type), [
    "warning",
    "warning",
    "warning",
    "error",
    "warning",
    "error",
  ]);
  // Every 10 minutes the last known time, and each event: a card bears that.
  assert(node.commits < 43 * 24 * 6 + 100, `${node.commits} commits`);
});

Deno.test("certificates are not judged by a clock that is behind, but when it is set", () => {
  const clock = virtualClock();
  const startMs = clock.wallMs;
  const node = lonelyNode({ clock, certificates: () => [certificate(startMs - 10 * DAY_MS, 15)] });
  node.setWall(1_000);
  node.start();
  clock.run(2 * DAY_MS);
  assert.deepEqual(node.problems(), []);
  node.setWall(startMs + 2 * DAY_MS);
  clock.run(HOUR_MS);
  const [clockWas, ends, ...more] = node.problems().map(({ summary }) => summary);
  assert.equal(clockWas, "The wall clock was wrong until now");
  assert.equal(ends, 'Certificate "CN=scada" of connection "broker" ends within 7 days');
  assert.deepEqual(more, []);
});

Deno.test("a clock that starts behind takes nothing back that was said", () => {
  const clock = virtualClock();
  const startMs = clock.wallMs;
  const node = lonelyNode({ clock, certificates: () => [certificate(startMs - 100 * DAY_MS, 120)] });
  node.start();
  clock.run(HOUR_MS);
  node.crash();
  node.setWall(startMs - 50 * DAY_MS);
  node.start();
  clock.run(HOUR_MS);
  node.setWall(startMs + 2 * HOUR_MS);
  clock.run(HOUR_MS);
  assert.deepEqual(node.problems().map(({ summary }) => summary), [
    'Certificate "CN=scada" of connection "broker" ends within 30 days',
    "The wall clock was wrong until now",
  ]);
});

Deno.test("a refused set of files is a problem once in ten minutes for each reason, also when the reason says what the clock says", () => {
  const clock = virtualClock();
  const startMs = clock.wallMs;
  const certificates = [certificate(startMs, 400)];
  const node = lonelyNode({ clock, certificates: () => certificates });
  node.start();
  clock.run(1_000);
  function refuse(reason: string): void {
    node.post({ kind: "credentials", told: { verdict: "refused", connection: "broker", reason } });
    clock.run(MINUTE_MS);
  }
  for (let time = 0; time < 3; time++) {
    refuse("the key is another's");
    refuse(`it expired at 2025-01-01T00:00:00Z, and the clock says ${new Date(node.wallMs + time).toISOString()}`);
  }
  assert.equal(node.problems().length, 2);
  const summary = 'Cannot use the TLS files of connection "broker" as they must be good: what was in use stays';
  assert.deepEqual({ ...node.problems()[0], wallMs: 0 }, {
    type: "error",
    summary,
    details: "the key is another's",
    wallMs: 0,
  });
  clock.run(10 * MINUTE_MS);
  refuse("the key is another's");
  assert.equal(node.problems().length, 3, "who fails again is told again");
  node.post({ kind: "credentials", told: { verdict: "in_use", connection: "broker", certificates } });
  refuse("the key is another's");
  assert.equal(node.problems().length, 4, "after good files it is news again");
});
