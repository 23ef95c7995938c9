import { strict as assert } from "node:assert";
import { EnvironmentError } from "../core/errors.ts";
import { diskKeyFiles } from "./key_files_disk.ts";

function folder(): Disposable & { readonly path: string } {
  const path = Deno.makeTempDirSync({ prefix: "hearth-key-files-" });
  return { path, [Symbol.dispose]: () => Deno.removeSync(path, { recursive: true }) };
}

const TEXT = new TextEncoder().encode("text");

Deno.test("write() makes a whole file with its mode, and leaves nothing else", () => {
  using place = folder();
  const files = diskKeyFiles();
  files.makeFolder(`${place.path}/a/private`, 0o700);
  files.write(`${place.path}/a/private/k`, TEXT, { mode: 0o600, replace: false });
  assert.deepEqual(files.stat(`${place.path}/a/private`)?.mode, 0o700);
  assert.deepEqual(files.stat(`${place.path}/a/private/k`), { kind: "file", mode: 0o600, bytes: 4 });
  assert.deepEqual(files.list(`${place.path}/a/private`), ["k"]);
  assert.deepEqual(files.read(`${place.path}/a/private/k`), TEXT);
});

Deno.test("write() keeps what exists unless it is told to replace, and takes the new mode then", () => {
  using place = folder();
  const files = diskKeyFiles();
  const path = `${place.path}/k`;
  Deno.writeTextFileSync(path, "old", { mode: 0o644 });
  Deno.writeTextFileSync(`${path}.hearth-part`, "left by a power cut", { mode: 0o644 });
  assert.throws(() => files.write(path, TEXT, { mode: 0o600, replace: false }), (thrown) => {
    assert.ok(thrown instanceof EnvironmentError);
    assert.match(thrown.message, /^Cannot write ".*\/k" as the system must allow it: /);
    return thrown.code === "EEXIST";
  });
  assert.equal(Deno.readTextFileSync(path), "old");
  assert.deepEqual(files.list(place.path), ["k"]);
  files.write(path, TEXT, { mode: 0o600, replace: true });
  assert.equal(Deno.readTextFileSync(path), "text");
  assert.equal(files.stat(path)?.mode, 0o600);
});

Deno.test("stat() and list() take what is not there for nothing, and a file on the way too", () => {
  using place = folder();
  const files = diskKeyFiles();
  Deno.writeTextFileSync(`${place.path}/f`, "");
  assert.equal(files.stat(`${place.path}/none`), undefined);
  assert.equal(files.stat(`${place.path}/f/x`), undefined);
  assert.deepEqual(files.list(`${place.path}/none`), []);
  assert.equal(files.stat("/dev/null")?.kind, "special file");
});

Deno.test("the system's code comes with what it refuses", () => {
  using place = folder();
  const files = diskKeyFiles();
  Deno.writeTextFileSync(`${place.path}/f`, "");
  const rows: readonly (readonly [() => unknown, string])[] = [
    [() => files.read(`${place.path}/none`), "ENOENT"],
    [() => files.makeFolder(`${place.path}/f/x`, 0o700), "ENOTDIR"],
    [() => files.write(`${place.path}/none/x`, TEXT, { mode: 0o600, replace: true }), "ENOENT"],
  ];
  for (const [work, code] of rows) {
    assert.throws(work, (thrown) => thrown instanceof EnvironmentError && thrown.code === code, code);
  }
});
