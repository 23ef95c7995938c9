import { strict as assert } from "node:assert";
import { actorHarness } from "../../../src/testing/actor_harness.ts";
import { simpleScada } from "./_simple_house.ts";
import { fsmEvent } from "../../../src/scada/machine_payloads.ts";

function command(toHandle: string, eventName: string) {
  return fsmEvent({
    fromHandle: toHandle.slice(0, toHandle.lastIndexOf(".")),
    toHandle,
    eventType: "change.relay.state",
    eventName,
    triggerId: "t1",
    wallMs: 0,
  });
}

function relay1() {
  const scada = simpleScada();
  const actor = scada.actors.find((each) => each.name === "relay1");
  assert.ok(actor !== undefined);
  return { scada, harness: actorHarness([actor]), state: () => (actor.snapshot() as { state: string }).state };
}

Deno.test("relayActor() obeys its exact boss alone", () => {
  const good = command("auto.lc.n.relay1", "CloseRelay");
  for (
    const [payload, src, link, commands] of [
      [good, "lc", "internal", 1],
      [good, "s", "internal", 0],
      [good, "lc", "upstream", 0],
      [command("auto.lc.relay1", "CloseRelay"), "lc", "internal", 0],
      [command("admin.relay1", "CloseRelay"), "admin", "internal", 0],
      [{ ...good, FromHandle: "admin" }, "lc", "internal", 0],
      [{ ...good, EventName: "ChargeStore" }, "lc", "internal", 0],
    ] as const
  ) {
    const { harness } = relay1();
    harness.message({ dst: "relay1", src, type: "fsm.event", payload }, link);
    const effects = harness.take();
    assert.equal(effects.commands.length, commands, `${src} over ${link} ${payload.ToHandle}`);
    assert.equal(effects.sent.filter((message) => message.type === "glitch").length, 1 - commands);
  }
});

Deno.test("relayActor() moves and reports when its command was read back, and not before", () => {
  const { harness, state } = relay1();
  harness.message({ dst: "relay1", src: "lc", type: "fsm.event", payload: command("auto.lc.n.relay1", "CloseRelay") });
  const id = harness.take().commands[0]?.id ?? "";
  assert.equal(state(), "RelayOpen");
  harness.input("relay1", { kind: "result", id, output: "relay1", result: { kind: "written", value: 1, readBack: 1 } });
  assert.equal(state(), "RelayClosed");
  const types = harness.take().sent.map((message) => `${message.dst} ${message.type}`);
  assert.deepEqual(types, [
    "s single.machine.state",
    "s single.reading",
    "lc single.machine.state",
    "s fsm.full.report",
  ]);
});

Deno.test("relayActor() stays and says so once when safety or the device refuses", () => {
  const { harness, state } = relay1();
  for (let i = 0; i < 2; i++) {
    harness.message({
      dst: "relay1",
      src: "lc",
      type: "fsm.event",
      payload: command("auto.lc.n.relay1", "CloseRelay"),
    });
    const effects = harness.take();
    const id = effects.commands[0]?.id ?? "";
    harness.input("relay1", {
      kind: "result",
      id,
      output: "relay1",
      result: { kind: "forbidden", because: "minimum_off_time", retryAfterMs: 1 },
    });
    assert.equal(state(), "RelayOpen");
    assert.equal(harness.take().sent.length, i === 0 ? 1 : 0);
  }
});

Deno.test("relayActor() follows its output when the lease lapsed", () => {
  const { harness, state } = relay1();
  harness.input("relay1", { kind: "output", output: "relay1", value: 1, because: "other" });
  harness.input("relay1", { kind: "output", output: "relay1", value: 0, because: "lapsed" });
  assert.equal(state(), "RelayOpen");
});
