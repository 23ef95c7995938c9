import { strict as assert } from "node:assert";
import type { Json } from "../../../src/core/context.ts";
import { stepMachine } from "../../../src/core/table_machine.ts";
import { type ActorHarness, actorHarness } from "../../../src/testing/actor_harness.ts";
import layout from "../../../layouts/simple_house.json" with { type: "json" };
import { scadaFacts } from "../../../src/scada/scada_facts.ts";
import { simpleScada } from "./_simple_house.ts";
import { AUTO_TABLE, TOP_TABLE } from "../../../src/scada/takeover.ts";

/** A slot boundary. */
const WALL_MS = 1_790_000_100_000;
const MIN = 60_000;

interface ReportPayload {
  readonly Report: {
    readonly SlotStartUnixS: number;
    readonly ChannelReadingList: readonly { readonly ChannelName: string; readonly ValueList: readonly number[] }[];
  };
}

function started(kept: ReadonlyMap<string, Json> = new Map()) {
  const scada = simpleScada();
  const harness = actorHarness(scada.actors, { wallMs: WALL_MS, kept });
  return { scada, harness };
}

function keepAlive(harness: ActorHarness, seconds: number | undefined, link = "admin"): void {
  harness.message({ dst: "s", type: "admin.keep.alive", payload: { AdminTimeoutSeconds: seconds } }, link);
}

function top(scada: ReturnType<typeof simpleScada>): unknown {
  return (scada.hub.snapshot() as { control: { top: string; auto: string } }).control.top;
}

Deno.test("TOP_TABLE and AUTO_TABLE take exactly their cells", () => {
  const tops = ["AdminWakesUp", "AdminTimesOut", "AdminReleasesControl"] as const;
  const walked = (["Auto", "Admin"] as const).map((from) =>
    tops.map((event) => stepMachine(TOP_TABLE, from, event).kind)
  );
  assert.deepEqual(walked, [["moved", "refused", "refused"], ["refused", "moved", "moved"]]);
  assert.deepEqual(Object.values(AUTO_TABLE).map((row) => Object.keys(row).length), [2, 4, 1]);
});

Deno.test("hubActor() records an aligned report and clears the journal in one step when a slot is over", () => {
  const { harness } = started();
  harness.start();
  harness.take();
  harness.reading("tank1-depth1", 42_000);
  harness.reading("tank1-depth1", 42_100);
  harness.reading("tank1-depth1", 43_000);
  harness.advance(5 * MIN - 1);
  const before = harness.take();
  assert.deepEqual(before.journal.filter((row) => row.channel === "tank1-depth1").map((row) => row.value), [
    42_000,
    43_000,
  ]);
  assert.deepEqual(before.recorded, []);
  harness.advance(1);
  const effects = harness.take();
  assert.deepEqual(effects.cleared, [WALL_MS + 5 * MIN]);
  const reports = effects.recorded.map((event) => event.payload as unknown as ReportPayload);
  assert.equal(reports.length, 1);
  assert.equal(reports[0]?.Report.SlotStartUnixS, WALL_MS / 1_000);
  const readings = reports[0]?.Report.ChannelReadingList.find((list) => list.ChannelName === "tank1-depth1");
  assert.deepEqual(readings?.ValueList, [42_000, 43_000]);
});

Deno.test("hubActor() reports the journal of an earlier life in its own slot", () => {
  const { scada, harness } = started();
  scada.restoreJournal([{ channel: "oat", value: -5_000, wallMs: WALL_MS - 7 * MIN }]);
  harness.start();
  harness.advance(5 * MIN);
  const reports = harness.take().recorded.map((event) => event.payload as unknown as ReportPayload);
  assert.deepEqual(reports.map(({ Report }) => Report.SlotStartUnixS - WALL_MS / 1_000), [-600, 0]);
});

Deno.test("hubActor() sends snapshots to LTN and admin each 30 s and at once when asked", () => {
  const { harness } = started();
  harness.start();
  harness.take();
  harness.advance(60_000);
  const sent = harness.take().sent.filter((message) => message.type === "snapshot.spaceheat");
  assert.deepEqual(sent.map((message) => message.link), ["upstream", "admin", "upstream", "admin"]);
  harness.message({ dst: "s", type: "send.snap", payload: {} }, "upstream");
  const answers = harness.take().sent.filter((message) => message.type === "snapshot.spaceheat");
  assert.deepEqual(answers.map((message) => message.link), ["upstream"]);
});

Deno.test("hubActor() tells what of its layout can be commanded", () => {
  const dac = { Name: "dist-010v", ActorClass: "ZeroTenOutputer", ShNodeId: "x" };
  const facts = scadaFacts({ ...layout, ShNodes: [...layout.ShNodes, dac] });
  const harness = actorHarness(simpleScada({ facts }).actors, { wallMs: WALL_MS });
  harness.message({ dst: "s", type: "send.control.capabilities", payload: {} }, "admin");
  const [answer] = harness.take().sent;
  const payload = answer?.payload as {
    readonly RelayNodes: readonly { readonly Name: string }[];
    readonly DacNodes: readonly unknown[];
  };
  assert.equal(answer?.link, "admin");
  assert.deepEqual(payload.RelayNodes.map(({ Name }) => Name), ["relay1", "relay2", "relay3", "relay4"]);
  assert.deepEqual(payload.DacNodes, [{ Name: "dist-010v", ActorClass: "ZeroTenOutputer", DisplayName: null }]);
});

Deno.test("hubActor() gives the relays to the admin and takes them back at the time-out", () => {
  const { scada, harness } = started();
  harness.start();
  keepAlive(harness, 60);
  assert.deepEqual([top(scada), scada.tree.handleOf("relay1")], ["Admin", "admin.relay1"]);
  assert.deepEqual(harness.kept.get("s/admin_until"), WALL_MS + MIN);
  harness.advance(MIN - 1);
  assert.equal(top(scada), "Admin");
  harness.advance(1);
  assert.deepEqual([top(scada), scada.tree.handleOf("relay1")], ["Auto", "auto.lc.n.relay1"]);
  const audited = harness.take().recorded.map((event) => event.payload["What"]);
  assert.deepEqual(audited, ["AdminWakesUp", "AdminTimesOut"]);
});

Deno.test("hubActor() releases when asked, and ignores admin messages from other links", () => {
  const { scada, harness } = started();
  harness.start();
  keepAlive(harness, 60, "upstream");
  keepAlive(harness, 60, "internal");
  assert.equal(top(scada), "Auto");
  keepAlive(harness, undefined);
  assert.equal(harness.kept.get("s/admin_until"), WALL_MS + 86_400_000);
  harness.message({ dst: "s", type: "admin.release.control", payload: {} }, "admin");
  assert.equal(top(scada), "Auto");
});

Deno.test("hubActor() holds a take-over no longer than its longest time when that is set", () => {
  const scada = simpleScada({ adminTimeoutSMax: 120 });
  const harness = actorHarness(scada.actors, { wallMs: WALL_MS });
  harness.start();
  for (const [asked, expectedS] of [[60, 60], [120, 120], [121, 120], [undefined, 120]] as const) {
    keepAlive(harness, asked);
    assert.equal(harness.kept.get("s/admin_until"), WALL_MS + expectedS * 1_000, `${asked} s`);
  }
  harness.advance(2 * MIN);
  assert.equal(top(scada), "Auto");
});

Deno.test("hubActor() resumes a take-over no longer than its longest time when that became shorter", () => {
  const scada = simpleScada({ adminTimeoutSMax: 60 });
  const harness = actorHarness(scada.actors, {
    wallMs: WALL_MS,
    kept: new Map([["s/admin_until", WALL_MS + 60 * MIN]]),
  });
  harness.start();
  harness.advance(MIN);
  assert.equal(top(scada), "Auto");
});

Deno.test("hubActor() resumes a kept take-over for the time that is left", () => {
  const { scada, harness } = started(new Map([["s/admin_until", WALL_MS + MIN]]));
  harness.start();
  assert.equal(top(scada), "Admin");
  harness.advance(MIN);
  assert.equal(top(scada), "Auto");
});

Deno.test("hubActor() tells the admin why a relay did not move while the admin holds the house, and nobody else then", () => {
  const glitch = { Node: "relay1", Summary: "relay_forbidden", Details: "minimum_off_time", TypeName: "glitch" };
  const { harness } = started();
  harness.message({ dst: "s", src: "relay1", type: "glitch", payload: glitch });
  assert.deepEqual(harness.take().sent.map(({ link, type }) => `${link} ${type}`), ["upstream glitch"]);
  keepAlive(harness, 60);
  harness.take();
  harness.message({ dst: "s", src: "relay1", type: "glitch", payload: glitch });
  const sent = harness.take().sent;
  assert.deepEqual(sent.map(({ link, type }) => `${link} ${type}`), [
    "admin gridworks.event.problem",
    "upstream glitch",
  ]);
  const { Summary } = sent[0]!.payload as { Summary: string };
  assert.equal(Summary, "relay1: relay_forbidden: minimum_off_time");
});
