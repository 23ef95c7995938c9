import { strict as assert } from "node:assert";
import { type RandomStreams, randomStreams } from "../../src/testing/mod.ts";
import { type FileChange, SECTOR_BYTES, type Survival, survivors, tornFile, type UnsyncedFile } from "./torn_file.ts";

const TRIES = 200;

/** Three sectors of 1 on the disk; then two of 2 over the middle and beyond, cut to one, and one of 3 at the end. */
function threeChanges(): UnsyncedFile {
  const changes: FileChange[] = [
    { offset: SECTOR_BYTES * 2, bytes: new Uint8Array(SECTOR_BYTES * 2).fill(2) },
    { size: SECTOR_BYTES },
    { offset: SECTOR_BYTES, bytes: new Uint8Array(SECTOR_BYTES).fill(3) },
  ];
  return { durable: new Uint8Array(SECTOR_BYTES * 3).fill(1), changes };
}

/** One character for each sector, "?" for one that is mixed. */
function sectors(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += SECTOR_BYTES) {
    const part = new Set(bytes.subarray(at, at + SECTOR_BYTES));
    text += part.size === 1 ? [...part][0] : "?";
  }
  return text;
}

function outcomes(survival: Survival, file = threeChanges()): readonly string[] {
  const found = new Set<string>();
  const random = randomStreams(1);
  for (let n = 0; n < TRIES; n++) found.add(sectors(tornFile(file, { random, survival })));
  return [...found].sort();
}

Deno.test("tornFile() has all changes when nothing is cut", () => {
  assert.equal(sectors(tornFile(threeChanges())), "13");
});

Deno.test("tornFile() has no change when none survives, at times with the size of one", () => {
  assert.deepEqual(outcomes("none"), ["111", "1110", "111165"]);
});

Deno.test("tornFile() has every change when all survive, at times with the size of an earlier one", () => {
  assert.deepEqual(outcomes("all"), ["13", "1300", "13165165"]);
});

Deno.test("tornFile() never has a later change without an earlier one when the first survive", () => {
  const found = outcomes("first").filter((text) => !/0|165/.test(text));
  assert.deepEqual(found, ["1", "111", "112", "1122", "13"]);
});

Deno.test("tornFile() has later changes without earlier ones when any may survive", () => {
  for (const survival of ["some", "sectors"] as const) {
    const found = outcomes(survival);
    assert.ok(found.includes("131"), `${survival}: ${found}`);
    assert.ok(found.includes("1112"), `${survival}: ${found}`);
  }
});

Deno.test("tornFile() tears a write that lies across sectors at their border only", () => {
  const file = {
    durable: new Uint8Array(SECTOR_BYTES * 2).fill(1),
    changes: [{ offset: 500, bytes: new Uint8Array(100).fill(2) }],
  };
  const random = randomStreams(1);
  const found = new Set<string>();
  for (let n = 0; n < TRIES; n++) {
    const bytes = tornFile(file, { random, survival: "sectors" });
    const left = bytes.subarray(500, 512), right = bytes.subarray(512, 600);
    assert.ok([left, right].every((part) => new Set(part).size === 1));
    assert.ok([...bytes.subarray(0, 500), ...bytes.subarray(600)].every((byte) => byte === 1));
    found.add(`${left[0]}${right[0]}`);
  }
  assert.deepEqual([...found].sort(), ["11", "12", "21", "22"]);
});

Deno.test("tornFile() leaves the durable bytes and the changes as they are", () => {
  const file = threeChanges();
  tornFile(file, { random: randomStreams(1), survival: "all" });
  assert.deepEqual(file, threeChanges());
});

Deno.test("survivors() draws every kind", () => {
  const random: RandomStreams = randomStreams(1);
  const found = new Set(Array.from({ length: TRIES }, () => survivors(random)));
  assert.deepEqual([...found].sort(), ["all", "first", "none", "sectors", "some"]);
});
