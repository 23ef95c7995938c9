import { strict as assert } from "node:assert";
import type { ProactorSnapshot } from "../proactor/mod.ts";
import { type OwnPicture, proactorView, type ProactorViewParts } from "./proactor_view.ts";

function parts() {
  const counters = { generated: 1, acked: 0, pending: 1, tombstoned: 0, applied: 0 };
  const none = { received: 0, applied: 0, restarts: 0, storeCode: "", storeWaiting: 0, dropped: 0 };
  const empty = { links: [], actors: {}, outputs: {}, lost: {} };
  const snapshot: ProactorSnapshot = { name: "agent", counters, ...empty, ...none };
  const looks: boolean[] = [], told: OwnPicture[] = [], printed: string[] = [];
  const made: ProactorViewParts = {
    look(isLast) {
      looks.push(isLast);
      return { kind: "proactor", snapshot, houseWallMs: 0, isLast };
    },
    toView: (own) => void told.push(own),
    print: (_stream, text) => void printed.push(text),
  };
  return { made, looks, told, printed };
}

Deno.test("proactorView() looks at no actor, and starts no timer, when nobody looks", () => {
  const { made, looks, told, printed } = parts();
  // Not stopped: a timer would be found by the test runner.
  proactorView({}, made);
  assert.deepEqual([looks, told, printed], [[], [], []]);
});

Deno.test("proactorView() tells a live view the last word, and prints nothing", () => {
  const { made, told, printed } = parts();
  proactorView({ view: "view" }, made).stop();
  assert.deepEqual([told.map(({ isLast }) => isLast), printed], [[true], []]);
});

Deno.test("proactorView() prints the summary itself when there is no live view", () => {
  const { made, told, printed } = parts();
  const lines = { program: "run", json: true, isTerminal: false, speed: 1, zones: [] } as const;
  const view = proactorView({ lines }, made);
  view.memory({ rssBytes: 5, isolates: [] });
  view.stop();
  assert.deepEqual([told.length, printed.length], [0, 1]);
  const { generated, rssBytes } = JSON.parse(printed[0]!);
  assert.deepEqual([generated, rssBytes], [1, 5]);
});
