import { strict as assert } from "node:assert";
import * as events from "./events.ts";
import { DEFAULT_REGISTRY } from "./registry.ts";

const STAMP = { messageId: "6ef82da1-8863-4d59-b8ae-e0727dfd9b2a", timeCreatedMs: 1795252052302, src: "d1.scada" };
const FIRST =
  '{"MessageId":"6ef82da1-8863-4d59-b8ae-e0727dfd9b2a","TimeCreatedMs":1795252052302,"Src":"d1.scada","TypeName":';

Deno.test("fillEvent() writes the keys of every event in the reference's order", () => {
  const table: [draft: events.EventDraft, rest: string][] = [
    [events.startupEvent(), '"gridworks.event.startup"}'],
    [events.shutdownEvent("why"), '"gridworks.event.shutdown","Reason":"why","Version":"001"}'],
    [
      events.problemEvent({ problemType: "error", summary: "s", details: "d" }),
      '"gridworks.event.problem","ProblemType":"error","Summary":"s","Details":"d","Version":"001"}',
    ],
    ...Object.entries(events.COMM_EVENT_TYPES).map(([kind, type]): [events.EventDraft, string] => [
      events.commEvent(kind as events.CommEventKind, "parent"),
      `"${type}","PeerName":"parent","Version":"001"}`,
    ]),
  ];
  for (const [draft, rest] of table) {
    const filled = events.fillEvent(draft, STAMP);
    assert.equal(JSON.stringify(filled), FIRST + rest);
    assert.equal(DEFAULT_REGISTRY.schema(draft.TypeName)?.safeParse(filled).success, true, draft.TypeName);
  }
});

Deno.test("reportEvent() keeps the report's id and time when it is filled", () => {
  const id = "5729c515-8863-4d59-b8ae-e0727dfd9b2a";
  const draft = events.reportEvent({
    fromGNodeAlias: "d1.scada",
    fromGNodeInstanceId: id,
    aboutGNodeAlias: "d1.ta",
    slotStartUnixS: 1795252000,
    slotDurationS: 300,
    channelReadings: [events.channelReadings("hp-odu-pwr", [[1795252052302, 5]])],
    states: [],
    fsmReports: [],
    messageCreatedMs: 1795252052303,
    id,
  });
  const filled = events.fillEvent(draft, STAMP);
  assert.deepEqual([filled.MessageId, filled.TimeCreatedMs, filled.Src], [id, 1795252052303, "d1.scada"]);
  assert.deepEqual(Object.keys(filled), ["MessageId", "TimeCreatedMs", "Src", "TypeName", "Report", "Version"]);
  assert.equal(DEFAULT_REGISTRY.schema("report.event")?.safeParse(filled).success, true);
});
