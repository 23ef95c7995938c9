import { strict as assert } from "node:assert";
import type { ActorContext } from "../proactor/actor.ts";
import { ltnHub, OTHER_TYPES, RECEIVED_MAX, TYPES_MAX } from "./ltn_hub.ts";

const CONTEXT = { nowMs: 5, wallMs: 1_700_000_000_000 } as ActorContext;

function tell(hub: ReturnType<typeof ltnHub>, type: string, payload: object, messageId = ""): void {
  const message = { src: "house", dst: "ltn", type, messageId, ackRequired: messageId !== "", payload };
  hub.step({ kind: "message", link: "scada_mqtt", message }, CONTEXT);
}

Deno.test("ltnHub() keeps the newest snapshot, power and report", () => {
  const hub = ltnHub({ name: "ltn" });
  hub.step({ kind: "link", link: "scada_mqtt", from: "awaiting_peer", to: "active" }, CONTEXT);
  tell(hub, "power.watts", { Watts: 10 });
  tell(hub, "power.watts", { Watts: 4_200 });
  tell(hub, "report.event", { Report: { Id: "r1", SlotStartUnixS: 300, ChannelReadingList: [{}, {}] } }, "r1");
  tell(hub, "snapshot.spaceheat", {
    FromGNodeAlias: "d1.house.scada",
    SnapshotTimeUnixMs: 7,
    LatestReadingList: [{ ChannelName: "tank1-depth1", Value: 50_000 }],
    LatestStateList: [{ MachineHandle: "auto.lc.n.relay3", State: "RelayOpen" }],
  });
  const wallMs = CONTEXT.wallMs;
  assert.deepEqual(hub.snapshot(), {
    messages: 4,
    events: 1,
    byType: { "power.watts": 2, "report.event": 1, "snapshot.spaceheat": 1 },
    power: { watts: 4_200, wallMs },
    house: {
      from: "d1.house.scada",
      timeMs: 7,
      readings: { "tank1-depth1": 50_000 },
      states: { "auto.lc.n.relay3": "RelayOpen" },
    },
    report: { id: "r1", slotStartS: 300, channels: 2 },
    links: { scada_mqtt: "active" },
    received: [
      { type: "power.watts", src: "house", messageId: "", wallMs },
      { type: "power.watts", src: "house", messageId: "", wallMs },
      { type: "report.event", src: "house", messageId: "r1", wallMs },
      { type: "snapshot.spaceheat", src: "house", messageId: "", wallMs },
    ],
  });
});

Deno.test("ltnHub() stays bounded when many messages of many types come", () => {
  const hub = ltnHub({ name: "ltn" });
  for (let i = 0; i < TYPES_MAX + 5; i++) tell(hub, `gridworks.event.t${i}`, {}, `${i}`);
  const { byType, received, events } = hub.snapshot();
  assert.equal(byType[OTHER_TYPES], 5);
  assert.equal(Object.keys(byType).length, TYPES_MAX + 1);
  assert.deepEqual([received.length, received.at(-1)?.messageId, events], [RECEIVED_MAX, "204", 205]);
});
