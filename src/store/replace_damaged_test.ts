import { strict as assert } from "node:assert";
import { EnvironmentError } from "../core/errors.ts";
import { finishReplacement, replaceDamaged } from "./replace_damaged.ts";

/** A folder with these files; `files` shows them later, by name. */
function folder(
  given: Readonly<Record<string, string>>,
): Disposable & { path: string; files(): Record<string, string> } {
  const dir = Deno.makeTempDirSync();
  for (const [name, text] of Object.entries(given)) Deno.writeTextFileSync(`${dir}/${name}`, text);
  return {
    path: `${dir}/s.db`,
    files() {
      const names = [...Deno.readDirSync(dir)].map(({ name }) => name).sort();
      return Object.fromEntries(names.map((name) => [name, Deno.readTextFileSync(`${dir}/${name}`)]));
    },
    [Symbol.dispose]: () => Deno.removeSync(dir, { recursive: true }),
  };
}

Deno.test("replaceDamaged() sets the damaged file aside with its log and puts the new one into its place", () => {
  using dir = folder({ "s.db": "bad", "s.db-wal": "bad log", "s.db-shm": "memory", "s.db.salvaging": "half" });
  const { movedTo, made } = replaceDamaged(dir.path, 7, (draft) => {
    assert.deepEqual(Object.keys(dir.files()), ["s.db", "s.db-shm", "s.db-wal"]);
    Deno.writeTextFileSync(draft, "good");
    return "said";
  });
  assert.deepEqual([movedTo, made], [`${dir.path}.damaged-7`, "said"]);
  assert.deepEqual(dir.files(), {
    "s.db": "good",
    "s.db.damaged-7": "bad",
    "s.db.damaged-7-shm": "memory",
    "s.db.damaged-7-wal": "bad log",
  });
});

Deno.test("replaceDamaged() leaves the damaged file in its place when the new one cannot be made", () => {
  using dir = folder({ "s.db": "bad" });
  const full = new EnvironmentError("Cannot write", "SQLITE_FULL");
  assert.throws(() =>
    replaceDamaged(dir.path, 7, (draft) => {
      Deno.writeTextFileSync(draft, "half");
      throw full;
    }), full);
  assert.equal(finishReplacement(dir.path, 8), undefined);
  assert.equal(dir.files()["s.db"], "bad");
});

Deno.test("replaceDamaged() leaves the damaged file in its place when the new one's log is not written back", () => {
  using dir = folder({ "s.db": "bad" });
  assert.throws(
    () =>
      replaceDamaged(dir.path, 7, (draft) => {
        Deno.writeTextFileSync(draft, "good");
        Deno.writeTextFileSync(`${draft}-wal`, "and more");
      }),
    new EnvironmentError(
      `Cannot replace damaged store "${dir.path}" as the new one's log must be written back: found "${dir.path}.salvaging-wal"`,
      "EIO",
    ),
  );
  assert.equal(dir.files()["s.db"], "bad");
});

Deno.test("finishReplacement() does the rest wherever a start was cut short", () => {
  for (
    const left of [
      { "s.db": "bad", "s.db-wal": "log" },
      { "s.db.damaged-7": "bad", "s.db-wal": "log" },
      { "s.db": "bad", "s.db.damaged-7-wal": "log" },
      { "s.db.damaged-7": "bad", "s.db.damaged-7-wal": "log" },
    ]
  ) {
    using dir = folder({ ...left, "s.db.salvaged": "good" });
    const movedTo = finishReplacement(dir.path, 7);
    assert.equal(movedTo, `${dir.path}.damaged-7`);
    assert.deepEqual(dir.files(), { "s.db": "good", "s.db.damaged-7": "bad", "s.db.damaged-7-wal": "log" });
  }
});

Deno.test("finishReplacement() keeps older damaged files", () => {
  using dir = folder({ "s.db": "bad", "s.db.damaged-7": "older", "s.db.salvaged": "good" });
  assert.equal(finishReplacement(dir.path, 7), `${dir.path}.damaged-7-2`);
  assert.deepEqual(dir.files(), { "s.db": "good", "s.db.damaged-7": "older", "s.db.damaged-7-2": "bad" });
});

Deno.test("finishReplacement() changes nothing when no start was cut short", () => {
  using dir = folder({ "s.db": "any", "s.db.salvaging": "half" });
  assert.equal(finishReplacement(dir.path, 7), undefined);
  assert.deepEqual(dir.files(), { "s.db": "any", "s.db.salvaging": "half" });
});
