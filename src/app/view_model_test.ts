import { strict as assert } from "node:assert";
import type { ProactorSnapshot } from "../proactor/mod.ts";
import { memoryLine, pictureLine } from "./view_lines.ts";
import type { ViewInit } from "./view_init.ts";
import { picture, summary } from "./view_model.ts";

const INIT: ViewInit = {
  program: "dev",
  json: true,
  isTerminal: false,
  speed: 60,
  zones: [{ name: "zone1", channel: "zone1-temp", setpointC: 20 }, {
    name: "zone2",
    channel: "zone2-temp",
    setpointC: 18,
  }],
};

function snapshot(name: string, more: Partial<ProactorSnapshot>): ProactorSnapshot {
  const counters = { generated: 9, acked: 5, pending: 3, tombstoned: 1, applied: 7 };
  const none = { received: 0, applied: 0, restarts: 0, storeCode: "", storeWaiting: 0, dropped: 0 };
  return { name, links: [], counters, actors: {}, outputs: {}, lost: {}, ...none, ...more };
}

function agent() {
  const actors = { t: { latest: { "zone1-temp": 19_500, "pump-pwr": 40, "hp-pwr": 60 } } };
  return { kind: "proactor", snapshot: snapshot("agent", { actors, outputs: { r1: 1 } }), houseWallMs: 0 } as const;
}

Deno.test("picture() shows the exact account of the agent, and what the LTN applied", () => {
  const ltn = { kind: "proactor", snapshot: snapshot("ltn", { received: 4 }), houseWallMs: 0 } as const;
  assert.deepEqual(summary(picture({ agent: agent(), ltn }, INIT, 12.4)), {
    generated: 9,
    acked: 5,
    applied: 7,
    pending: 3,
    tombstoned: 1,
    relaySwitches: 0,
    zones: [
      { name: "zone1", temperatureC: 19.5, setpointC: 20 },
      { name: "zone2", temperatureC: null, setpointC: 18 },
    ],
    links: [],
    virtualSeconds: 12,
    rssBytes: 0,
    isolates: [],
  });
});

Deno.test("picture() adds up power, and keeps it apart from temperatures", () => {
  const seen = picture({ agent: agent() }, INIT, 0);
  assert.deepEqual([seen.powerW, seen.temperatures, seen.relays], [100, { "zone1-temp": 19.5 }, { r1: 1 }]);
});

Deno.test("pictureLine() says what is not known yet", () => {
  const line = pictureLine(picture({}, { ...INIT, zones: INIT.zones.slice(0, 1) }, 0));
  assert.equal(line, "zone1 – (set 20) | events 0/0 acked, 0 pending");
});

Deno.test("memoryLine() shows the process, each heap, and which isolate was replaced", () => {
  const isolates = [
    { name: "main", heapUsedBytes: 2_400_000, lives: 1 },
    { name: "agent", heapUsedBytes: 18_300_000, lives: 2 },
  ];
  const seen = picture({ memory: { rssBytes: 153e6, isolates } }, INIT, 0);
  assert.equal(memoryLine(seen), "memory 153 MB resident, heaps: main 2 MB  agent 18 MB (life 2)");
  assert.deepEqual([summary(seen).isolates, memoryLine(picture({}, INIT, 0))], [isolates, undefined]);
});
