import { strict as assert } from "node:assert";
import { picture, type ViewPicture } from "./view_model.ts";
import { controlWords, linkWords, newsKey, troubleWords } from "./view_words.ts";

function seen(more: Partial<ViewPicture>): ViewPicture {
  const init = { program: "run", json: false, isTerminal: false, speed: 1, zones: [] } as const;
  return { ...picture({}, init, 0), ...more };
}

Deno.test("linkWords() tells a missing broker from a silent peer", () => {
  assert.deepEqual(
    ["connecting", "awaiting_setup", "awaiting_peer", "active"].map((state) => linkWords({ name: "up", state })),
    [
      "up DOWN, no connection to its broker",
      "up connected, subscribing",
      "up DOWN, its broker is there but its peer is silent",
      "up active",
    ],
  );
});

Deno.test("troubleWords() says nothing when all is well, and each trouble in words", () => {
  assert.deepEqual(troubleWords(seen({ isolates: [{ name: "agent", heapUsedBytes: 1, lives: 1 }] })), []);
  const bad = {
    storeCode: "SQLITE_FULL",
    storeWaiting: 40,
    dropped: 3,
    restarts: 2,
    isolates: [{ name: "bus-i2c1", heapUsedBytes: 1, lives: 4 }],
  };
  assert.deepEqual(troubleWords(seen(bad)), [
    "STORE SQLITE_FULL: the disk is full; 40 transactions wait in memory, control goes on",
    "3 events and sends GIVEN UP, as memory for them was full",
    "2 actor restarts",
    "bus-i2c1 was REPLACED, life 4",
  ]);
  assert.match(troubleWords(seen({ storeCode: "SQLITE_PROTOCOL" }))[0]!, /^STORE SQLITE_PROTOCOL: the disk refused;/);
});

Deno.test("newsKey() changes with a link, a relay or the store, and not with a temperature or a count", () => {
  const before = newsKey(seen({}));
  const same = { temperatures: { a: 1 }, generated: 5, acked: 2, storeWaiting: 1, rssBytes: 9, houseTime: "x" };
  assert.equal(newsKey(seen(same)), before);
  const changes: Partial<ViewPicture>[] = [
    { links: [{ name: "up", state: "connecting" }] },
    { relays: { relay1: 1 } },
    { storeCode: "SQLITE_BUSY" },
    { isolates: [{ name: "agent", heapUsedBytes: 1, lives: 2 }] },
  ];
  for (const change of changes) assert.notEqual(newsKey(seen(change)), before, JSON.stringify(change));
});

Deno.test("controlWords() says who commands the house, until when, and what was refused", () => {
  const auto = { top: "Auto", auto: "LocalControl", untilWallMs: 0, refused: 0 };
  assert.equal(controlWords(null), "–");
  assert.equal(controlWords(auto), "automatic, LocalControl");
  assert.equal(
    controlWords({ top: "Admin", auto: "Dormant", untilWallMs: 1_795_283_368_502, refused: 1 }),
    "TAKEN OVER by an operator, Dormant, until 17:49:28 UTC, 1 commands refused",
  );
});
