import { strict as assert } from "node:assert";
import type { Json } from "../core/context.ts";
import { virtualClock } from "../testing/virtual_clock.ts";
import { clockBook } from "./clock_book.ts";
import { clockSide } from "./clock_side.ts";
import { LAST_KNOWN_KEY } from "./clock_watch.ts";
import { EXPIRY_KEY } from "./expiry_watch.ts";
import type { ProactorParts } from "./proactor_parts.ts";
import { restoreKept } from "./restore_kept.ts";

const NOW_MS = Date.parse("2026-11-21T00:00:00Z");
const BOOT_1970_MS = 12_000;

function bench(wallMs: number) {
  const time = virtualClock(wallMs);
  const problems: string[] = [];
  const actors = new Map<string, Map<string, Json>>([["hub", new Map()]]);
  const world = { realMs: () => time.nowMs, realWallMs: () => time.wallMs, houseWallMs: () => time.wallMs };
  const recorder = { problem: (kind: string) => void problems.push(kind) };
  const clocks = clockBook("boot/1", world);
  const clock = clockSide({ world, recorder } as unknown as Parameters<typeof clockSide>[0]);
  const stage = { has: (name: string) => actors.has(name), kept: (name: string) => actors.get(name)! };
  return {
    parts: { world, recorder, clocks, clock, stage } as unknown as ProactorParts,
    problems,
    hub: actors.get("hub")!,
  };
}

function row(key: string, value: string | null, expiresWallMs = 0) {
  return { key, version: 1, value, expiresWallMs };
}

Deno.test("restoreKept() gives actors and guard what has not ended, and tells each value that it cannot read", () => {
  const { parts, problems, hub } = bench(NOW_MS);
  const rows = [
    row("hub/lasts", "1"),
    row("hub/later", "2", NOW_MS + 1),
    row("hub/ended", "3", NOW_MS - 1),
    row("hub/deleted", null),
    row("hub/bad", "{"),
    row("guard/r1", "x"),
    row("nobody/k", "1"),
    row(EXPIRY_KEY, "{"),
    row(LAST_KNOWN_KEY, '"x"'),
  ];
  assert.deepEqual([...restoreKept(rows, parts)], [["r1", "x"]]);
  assert.deepEqual([...hub], [["lasts", 1], ["later", 2]]);
  assert.deepEqual(problems, [`kept/${EXPIRY_KEY}`, `kept/${LAST_KNOWN_KEY}`, "kept/hub/bad"]);
});

Deno.test("restoreKept() does not bring back what had ended by the last known time when the clock starts in 1970", () => {
  const { parts, hub } = bench(BOOT_1970_MS);
  const rows = [
    row("hub/ended", "1", NOW_MS - 1),
    row("hub/later", "2", NOW_MS + 1),
    row(LAST_KNOWN_KEY, `${NOW_MS}`),
  ];
  restoreKept(rows, parts);
  assert.deepEqual([...hub], [["later", 2]]);
});
