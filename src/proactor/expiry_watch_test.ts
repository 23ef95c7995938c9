import { strict as assert } from "node:assert";
import type { CertificateDates } from "../core/credentials.ts";
import { EXPIRY_KEY, EXPIRY_UNUSED_MAX, expiryWatch } from "./expiry_watch.ts";

const DAY_MS = 86_400_000;
const NOW_MS = Date.parse("2026-11-21T00:00:00Z");

function ending(days: number, subject = "CN=x", item: "ca" | "cert" = "cert"): CertificateDates {
  return { item, subject, notBeforeMs: NOW_MS - 400 * DAY_MS, notAfterMs: NOW_MS + days * DAY_MS };
}

function using(...certificates: readonly CertificateDates[]): ReadonlyMap<string, readonly CertificateDates[]> {
  return new Map([["c", certificates]]);
}

function levels(watch: ReturnType<typeof expiryWatch>, inUse: ReturnType<typeof using>, wallMs = NOW_MS): string {
  return watch.judge(inUse, wallMs).notices.map((one) => `${one.connection} ${one.certificate.item} ${one.level}`)
    .join();
}

Deno.test("expiryWatch() speaks of each connection and each certificate, once for the same one in a file", () => {
  const watch = expiryWatch();
  const ca = ending(20, "CN=ca", "ca");
  const inUse = new Map([["a", [ca, ca, ending(5)]], ["b", [ca, ending(100)]]]);
  const { notices, untilNextMs } = watch.judge(inUse, NOW_MS);
  const said = notices.map((one) => `${one.connection} ${one.certificate.subject} ${one.level}`);
  assert.deepEqual(said, ["a CN=ca days_30", "a CN=x days_7", "b CN=ca days_30"]);
  assert.equal(untilNextMs, 4 * DAY_MS);
  assert.equal(levels(watch, inUse), "");
});

Deno.test("expiryWatch() does not repeat after a restart what it kept, and goes on from there", () => {
  const watch = expiryWatch();
  assert.equal(watch.takeKept(), undefined);
  levels(watch, using(ending(20)));
  const row = watch.takeKept()!;
  assert.deepEqual([row.key, row.version, row.expiresWallMs], [EXPIRY_KEY, 1, 0]);
  assert.equal(watch.takeKept(), undefined, "nothing changed");
  const later = expiryWatch();
  later.restore(row.value!);
  assert.deepEqual([levels(later, using(ending(20))), later.takeKept()], ["", undefined]);
  assert.equal(levels(later, using(ending(20)), NOW_MS + 14 * DAY_MS), "c cert days_7");
  assert.equal(levels(expiryWatch(), using(ending(20))), "c cert days_30", "without what was kept it is said again");
});

Deno.test("expiryWatch() starts anew with a renewed certificate, and knows the old one when it comes back", () => {
  const watch = expiryWatch();
  const old = ending(20);
  assert.equal(levels(watch, using(old)), "c cert days_30");
  assert.equal(levels(watch, using(ending(21))), "c cert days_30");
  assert.equal(levels(watch, using(old)), "");
});

Deno.test("expiryWatch() forgets certificates that are not used, the oldest first", () => {
  const watch = expiryWatch();
  for (let n = 0; n <= EXPIRY_UNUSED_MAX + 1; n++) levels(watch, using(ending(20, `CN=${n}`)));
  assert.equal(JSON.parse(watch.takeKept()!.value!).length, EXPIRY_UNUSED_MAX + 1);
  assert.equal(levels(watch, using(ending(20, "CN=1"))), "");
  assert.equal(levels(watch, using(ending(20, "CN=0"))), "c cert days_30");
});

Deno.test("expiryWatch() bears dates that are none, and refuses a kept value that it did not make", () => {
  const watch = expiryWatch();
  assert.deepEqual(watch.judge(using({ ...ending(1), notAfterMs: NaN }), NOW_MS), {
    notices: [],
    untilNextMs: Infinity,
  });
  for (const text of ["1", "[1]", '[["x"]]', '[["x","toString"]]', "{"]) {
    assert.throws(() => watch.restore(text), /what was said of certificates|JSON/, text);
  }
});
