import { strict as assert } from "node:assert";
import { importLines, type ImportResult } from "./import_lines.ts";

const RESULT: ImportResult = {
  store: "/s.sqlite",
  dryRun: false,
  finished: true,
  files: 10,
  imported: 7,
  known: 1,
  evicted: 0,
  bad: 2,
  badFiles: [{ path: "day/a.json", why: "it must hold an event: it is empty" }],
};

Deno.test("importLines() lists bad files, the counts, and what is left to do", () => {
  assert.deepEqual(importLines(RESULT), [
    "/s.sqlite",
    "bad day/a.json: it must hold an event: it is empty",
    "bad: 1 more",
    "imported 7 of 10 files; 1 known, 2 bad",
  ]);
  const some = { ...RESULT, bad: 0, badFiles: [], dryRun: true, finished: false, evicted: 3 };
  assert.deepEqual(importLines(some), [
    "/s.sqlite",
    "would import 7 of 10 files; 1 known, 0 bad; 3 events made room as the store is at its cap",
    "stopped: start it again to go on",
  ]);
});
