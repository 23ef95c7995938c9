import { strict as assert } from "node:assert";
import type { ProactorSnapshot } from "../proactor/mod.ts";
import type { ViewInit } from "./view_init.ts";
import { viewInside } from "./view_inside.ts";
import { QUIET_MS } from "./view_writer.ts";

const INIT: ViewInit = { program: "run", json: false, isTerminal: false, speed: 1, zones: [] };
const COUNTERS = { generated: 9, acked: 5, pending: 3, tombstoned: 1, applied: 0 };

function own(outputs: Readonly<Record<string, number>>, name = "agent") {
  const none = { received: 0, applied: 0, restarts: 0, storeCode: "", storeWaiting: 0, dropped: 0 };
  const snapshot: ProactorSnapshot = { name, links: [], counters: COUNTERS, actors: {}, outputs, lost: {}, ...none };
  return { kind: "proactor", snapshot, houseWallMs: 0 } as const;
}

Deno.test("viewInside() writes a line when there is news, and once in QUIET_MS when there is none", () => {
  const inside = viewInside(INIT, 0);
  const line = "1970-01-01T00:00:00 | relay1 off | events 5/9 acked, 3 pending\n";
  assert.equal(inside.text(own({ relay1: 0 }), 1_000), line);
  assert.equal(inside.text(own({ relay1: 0 }), 2_000), "");
  assert.equal(inside.text(own({ relay1: 1 }), 3_000), line.replace("off", "ON"));
  assert.equal(inside.text(own({ relay1: 1 }), 3_000 + QUIET_MS - 1), "");
  assert.equal(inside.text(own({ relay1: 1 }), 3_000 + QUIET_MS), line.replace("off", "ON"));
  assert.equal(inside.last(own({ relay1: 1 }), 3_001 + QUIET_MS), line.replace("off", "ON"));
});

Deno.test("viewInside() writes JSON with the memory it was told, counts switches, and ends with a summary", () => {
  const inside = viewInside({ ...INIT, json: true }, 1_000);
  inside.memory({ rssBytes: 7, isolates: [{ name: "main", heapUsedBytes: 1, lives: 1 }] });
  const first = JSON.parse(inside.text(own({ relay1: 0, relay2: 0 }), 2_000));
  assert.deepEqual([first.rssBytes, first.relaySwitches, first.virtualSeconds, first.relays.relay1], [7, 0, 1, 0]);
  inside.text(own({ relay1: 1, relay2: 1 }), 3_000);
  const last = JSON.parse(inside.last(own({ relay1: 0, relay2: 1 }), 4_000));
  assert.deepEqual([last.relaySwitches, last.generated, "relays" in last], [3, 9, false]);
});

Deno.test("viewInside() of an LTN shows the LTN's own account", () => {
  const inside = viewInside({ ...INIT, program: "ltn", json: true }, 0);
  const seen = JSON.parse(inside.text(own({}, "ltn"), 1_000));
  assert.deepEqual([seen.generated, seen.relays], [9, {}]);
});
