import { strict as assert } from "node:assert";
import { randomStreams } from "../../src/testing/mod.ts";
import { type CutDisk, makeCutDisk } from "./cut_disk.ts";

const TRIES = 300;
const ENCODER = new TextEncoder();

/** What cuts of a disk left, as names and texts. */
function outcomes(disk: CutDisk): readonly string[] {
  const random = randomStreams(1);
  const found = new Set<string>();
  for (let n = 0; n < TRIES; n++) {
    const { image } = disk.cut(random);
    const files = [...image].map(([name, bytes]) => `${name}=${new TextDecoder().decode(bytes)}`);
    found.add(files.sort().join(" "));
  }
  return [...found].sort();
}

/** A disk with a file "a" of text "old". */
function disk(): CutDisk {
  return makeCutDisk(new Map([["a", ENCODER.encode("old")]]));
}

Deno.test("makeCutDisk() loses or keeps a write when no sync came after it", () => {
  const one = disk();
  one.take({ kind: "open", handle: 1, name: "a", flags: 0 });
  one.take({ kind: "write", handle: 1, offset: 0, bytes: ENCODER.encode("new") });
  assert.equal(one.pending, 1);
  assert.deepEqual(outcomes(one), ["a=new", "a=old"]);
});

Deno.test("makeCutDisk() keeps a write when a sync of that file came after it", () => {
  const one = disk();
  one.take({ kind: "open", handle: 1, name: "a", flags: 0 });
  one.take({ kind: "open", handle: 2, name: "b", flags: 0 });
  one.take({ kind: "write", handle: 1, offset: 0, bytes: ENCODER.encode("new") });
  one.take({ kind: "sync", handle: 2 });
  assert.ok(outcomes(one).includes("a=old"), "a sync of another file");
  one.take({ kind: "sync", handle: 1 });
  assert.deepEqual(outcomes(one).filter((text) => !text.startsWith("a=new")), []);
});

Deno.test("makeCutDisk() loses a synced file when its folder was not synced", () => {
  const one = disk();
  one.take({ kind: "open", handle: 1, name: "b", flags: 0 });
  one.take({ kind: "write", handle: 1, offset: 0, bytes: ENCODER.encode("new") });
  one.take({ kind: "sync", handle: 1 });
  assert.deepEqual(outcomes(one), ["a=old", "a=old b=new"]);
  one.take({ kind: "open", handle: 2, name: "", flags: 0 });
  one.take({ kind: "sync", handle: 2 });
  assert.deepEqual(outcomes(one), ["a=old b=new"]);
  assert.equal(one.pending, 0);
});

Deno.test("makeCutDisk() brings a deleted file back when its folder was not synced", () => {
  const one = disk();
  one.take({ kind: "unlink", name: "a" });
  assert.deepEqual(outcomes(one), ["", "a=old"]);
});

Deno.test("makeCutDisk() shows a file under its old name or its new one when a rename was not synced", () => {
  const one = disk();
  one.take({ kind: "rename", from: "a", to: "b" });
  assert.deepEqual(outcomes(one), ["a=old", "b=old"]);
});

Deno.test("makeCutDisk() keeps two files of one name apart when the first was deleted", () => {
  const one = disk();
  one.take({ kind: "unlink", name: "a" });
  one.take({ kind: "open", handle: 1, name: "a", flags: 0 });
  one.take({ kind: "write", handle: 1, offset: 0, bytes: ENCODER.encode("new") });
  one.take({ kind: "sync", handle: 1 });
  assert.deepEqual(outcomes(one), ["", "a=new", "a=old"]);
});

Deno.test("makeCutDisk() empties a file when it is opened for that", () => {
  const one = disk();
  one.take({ kind: "open", handle: 1, name: "a", flags: 0o1000 });
  assert.deepEqual(outcomes(one), ["a=", "a=old"]);
});

Deno.test("makeCutDisk() makes up the memory beside a log", () => {
  const one = disk();
  one.take({ kind: "open", handle: 1, name: "a-shm", flags: 0 });
  one.take({ kind: "open", handle: 2, name: "", flags: 0 });
  one.take({ kind: "sync", handle: 2 });
  const random = randomStreams(1);
  const sizes = new Set(Array.from({ length: TRIES }, () => one.cut(random).image.get("a-shm")?.length));
  assert.deepEqual([...sizes].sort(), [32_768, undefined]);
});
