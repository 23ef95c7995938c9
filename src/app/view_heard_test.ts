import { strict as assert } from "node:assert";
import type { LtnSnapshot } from "../ltn/mod.ts";
import type { ProactorSnapshot } from "../proactor/mod.ts";
import { LTN_SHORT } from "./link_names.ts";
import { pictureLine, pictureScreen } from "./view_lines.ts";
import { picture } from "./view_model.ts";

const HEARD: LtnSnapshot = {
  messages: 9,
  events: 5,
  byType: { "power.watts": 2, "report.event": 4, a: 1, b: 1, c: 1 },
  power: { watts: 4_500, wallMs: 1_000 },
  house: { from: "d1.scada", timeMs: 2_000, readings: { "hp-lwt": 41_994 }, states: { "auto.relay1": "RelayOpen" } },
  report: { id: "r1", slotStartS: 300, channels: 11 },
  links: {},
  received: [
    { type: "power.watts", src: "d1.scada", messageId: "m1", wallMs: 1_000 },
    { type: "report.event", src: "d1.scada", messageId: "m2", wallMs: 3_000 },
  ],
};

function seen(heard: LtnSnapshot | undefined) {
  const counters = { generated: 0, acked: 0, pending: 0, tombstoned: 0, applied: 5 };
  const none = { received: 0, applied: 0, restarts: 0, storeCode: "", storeWaiting: 0, dropped: 0 };
  const actors = heard === undefined ? {} : { [LTN_SHORT]: heard } as ProactorSnapshot["actors"];
  const links: ProactorSnapshot["links"] = [];
  const snapshot: ProactorSnapshot = { name: "ltn", links, counters, actors, outputs: {}, lost: {}, ...none };
  const ltn = { kind: "proactor", snapshot, houseWallMs: 4_000 } as const;
  return picture({ ltn }, { program: "ltn", json: false, isTerminal: true, speed: 1, zones: [] }, 0);
}

Deno.test("pictureLine() says what an LTN received, the most frequent types first", () => {
  assert.equal(
    pictureLine(seen(HEARD)),
    "1970-01-01T00:00:04 | received 9 messages (4 report.event, 2 power.watts, 1 a, 1 b, …) | power 4500 W | " +
      "events 0/0 acked, 0 pending",
  );
});

Deno.test("pictureScreen() lists what an LTN received, newest first", () => {
  assert.deepEqual(pictureScreen(seen(HEARD), "hearth ltn"), [
    "hearth ltn   1970-01-01 00:00:04 UTC   Ctrl-C stops",
    "",
    "Power     4500 W at 00:00:01",
    "Report    11 channels from 00:05:00 on",
    "Snapshot  of d1.scada at 00:00:02",
    "  hp-lwt                       41994",
    "  auto.relay1                  RelayOpen",
    "",
    "Links     ",
    "Events    5 applied, each once",
    "Received  9 messages",
    "         4 report.event",
    "         2 power.watts",
    "         1 a",
    "         1 b",
    "         1 c",
    "Newest",
    "  00:00:03 report.event of d1.scada",
    "  00:00:01 power.watts of d1.scada",
  ]);
});

Deno.test("picture() knows nothing of what an LTN received before it said so", () => {
  assert.equal(seen(undefined).heard, null);
});
