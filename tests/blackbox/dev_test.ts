import { strict as assert } from "node:assert";
import { EXIT } from "../../src/core/exit_codes.ts";
import { DEADLINE_MS, runHearth, startHearth, temporaryFolder } from "../support/hearth_process.ts";
import type { LiveObject, StoreStat, Summary } from "../support/hearth_output.ts";
import { assertExact, SUMMARY_KEYS, summaryOf } from "../support/hearth_output.ts";

Deno.test("hearth dev shows a house that lives, and an exact account, over a restart too", async () => {
  using folder = temporaryFolder();
  const options = { folder: folder.path };
  const args = ["dev", "--exit-after", "20s", "--json", "--data", `${folder.path}/demo`];
  await using first = startHearth(args, options);
  const firstEnd = await first.ended;
  assert.equal(firstEnd.code, EXIT.ok, firstEnd.stderr);
  const live = first.json<LiveObject>().slice(0, -1);
  assert.ok(live.length >= 5, `${live.length} live objects`);
  const zone = live.map(({ temperatures }) => temperatures["zone1-main-temp"]);
  assert.ok(new Set(zone).size > 3, `the zone's temperature changes: ${zone}`);
  assert.ok(live.some(({ relaySwitches }) => relaySwitches >= 1), "a relay switched");
  const acked = live.map((each) => each.acked);
  assert.deepEqual(acked, acked.toSorted((a, b) => a - b), "acks only rise");
  assert.ok(new Set(acked).size > 1, `acks rise: ${acked}`);
  for (const name of ["gridworks_mqtt", "scada_mqtt"]) {
    assert.equal(live.at(-1)?.links.find((link) => link.name === name)?.state, "active", name);
  }
  const summary = summaryOf(firstEnd.stdout);
  assert.deepEqual(Object.keys(summary).toSorted(), SUMMARY_KEYS);
  assertExact(summary);
  const names = ["main", "broker", "store", "ltn-store", "house", "ltn", "agent", "view"];
  assert.deepEqual(summary.isolates.map(({ name, lives }) => [name, lives]), names.map((name) => [name, 1]));
  for (const { name, heapUsedBytes } of summary.isolates) {
    assert.ok(heapUsedBytes > 500_000, `${name} ${heapUsedBytes}`);
  }
  const heaps = summary.isolates.reduce((sum, { heapUsedBytes }) => sum + heapUsedBytes, 0);
  assert.ok(heaps < summary.rssBytes, `heaps of ${heaps} bytes in ${summary.rssBytes}`);
  assert.ok(summary.virtualSeconds >= 1_000, `${summary.virtualSeconds} s at 120 times speed`);

  const again = await runHearth(["dev", "--exit-after", "6s", "--json", "--data", `${folder.path}/demo`], options);
  assert.equal(again.code, EXIT.ok, again.stderr);
  const next = summaryOf(again.stdout);
  assertExact(next);
  assert.ok(next.generated > summary.generated, `${next.generated} after ${summary.generated}`);
  assert.ok(next.acked >= summary.acked + summary.pending, "what waited at the end was acked in the next life");
  assert.ok(next.applied >= next.acked, `applied ${next.applied}, acked ${next.acked}`);
});

for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
  Deno.test(`hearth dev ends with code 0, its summary and its rows when ${signal} comes`, async () => {
    using folder = temporaryFolder();
    const options = { folder: folder.path };
    await using dev = startHearth(["dev", "--json", "--data", `${folder.path}/demo`], options);
    await dev.until("the first acks", () => dev.json<LiveObject>().some(({ acked }) => acked > 0), DEADLINE_MS);
    dev.kill(signal);
    const end = await dev.ended;
    assert.equal(end.code, EXIT.ok, end.stderr);
    const summary = summaryOf(end.stdout);
    assertExact(summary);
    const stat = await runHearth(
      ["events", "stat", "--json", "--store", `${folder.path}/demo/scada.sqlite`],
      options,
    );
    assert.equal(stat.code, EXIT.ok, stat.stderr);
    const { generated, acked, pending, tombstoned } = (JSON.parse(stat.stdout) as StoreStat).owners[0]!.counters;
    const shown: Partial<Summary> = { generated, acked, pending, tombstoned };
    for (const [key, value] of Object.entries(shown)) assert.equal(summary[key as keyof Summary], value, key);
  });
}

Deno.test("hearth dev shows lines for people when its output is no terminal", async () => {
  using folder = temporaryFolder();
  const end = await runHearth(["dev", "--exit-after", "3s", "--data", `${folder.path}/demo`], { folder: folder.path });
  assert.equal(end.code, EXIT.ok, end.stderr);
  assert.ok(end.stdout.trimEnd().split("\n").length >= 2, end.stdout);
  assert.ok(!end.stdout.includes("\x1b["), "no escape sequences");
});
