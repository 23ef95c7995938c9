import { strict as assert } from "node:assert";
import { EnvironmentError, OutsideDataError } from "../core/errors.ts";
import { type KeyFiles, placeFiles, readText, refuseExisting } from "./key_files.ts";

/** Files in memory; `fails` is a path that cannot be written. */
function memory(fails?: string) {
  const all = new Map<string, { readonly bytes: Uint8Array; readonly mode: number }>();
  const folders = new Map<string, number>();
  const files: KeyFiles = {
    stat(path) {
      const found = all.get(path);
      if (found !== undefined) return { kind: "file", mode: found.mode, bytes: found.bytes.length };
      return folders.has(path) ? { kind: "folder", mode: folders.get(path)!, bytes: 0 } : undefined;
    },
    read: (path) => new Uint8Array(all.get(path)!.bytes),
    list: () => [],
    makeFolder: (path, mode) => folders.has(path) ? undefined : folders.set(path, mode),
    write(path, bytes, { mode, replace }) {
      if (path === fails || (!replace && all.has(path))) throw new EnvironmentError(`no ${path}`, "ENOSPC");
      all.set(path, { bytes, mode });
    },
    remove: (path) => all.delete(path),
  };
  return { files, all, folders };
}

const PAIR = [
  { path: "/k/private/a.pem", content: "secret", isPrivate: true },
  { path: "/k/a.crt", content: "public", isPrivate: false },
] as const;

Deno.test("placeFiles() keeps private files and their new folders for their owner", () => {
  const { files, all, folders } = memory();
  placeFiles(files, PAIR, { replace: false });
  assert.deepEqual([...all].map(([path, { mode }]) => [path, mode]), [["/k/private/a.pem", 0o600], [
    "/k/a.crt",
    0o644,
  ]]);
  assert.deepEqual([...folders], [["/k/private", 0o700], ["/k", 0o755]]);
});

Deno.test("placeFiles() takes back what it wrote when it fails, but never what was there before", () => {
  const fresh = memory("/k/a.crt");
  assert.throws(() => placeFiles(fresh.files, PAIR, { replace: false }), EnvironmentError);
  assert.deepEqual([...fresh.all.keys()], []);
  const old = memory("/k/a.crt");
  old.all.set("/k/private/a.pem", { bytes: new Uint8Array(), mode: 0o600 });
  assert.throws(() => placeFiles(old.files, PAIR, { replace: false }), EnvironmentError);
  assert.throws(() => placeFiles(old.files, PAIR, { replace: true }), EnvironmentError);
  assert.deepEqual([...old.all.keys()], ["/k/private/a.pem"]);
});

Deno.test("placeFiles() gives replaced files their old content and permissions back when it fails", () => {
  const { files, all } = memory("/k/a.crt");
  all.set("/k/private/a.pem", { bytes: new TextEncoder().encode("old"), mode: 0o640 });
  assert.throws(() => placeFiles(files, PAIR, { replace: true }), EnvironmentError);
  assert.deepEqual([...all], [["/k/private/a.pem", { bytes: new TextEncoder().encode("old"), mode: 0o640 }]]);
  all.delete("/k/private/a.pem");
  assert.throws(() => placeFiles(files, PAIR, { replace: true }), EnvironmentError);
  assert.deepEqual([...all], []);
});

Deno.test("refuseExisting() names every path that exists", () => {
  const { files } = memory();
  refuseExisting(files, ["/a"], "key");
  placeFiles(files, PAIR, { replace: false });
  assert.throws(() => refuseExisting(files, ["/k/a.crt", "/k/b", "/k/private/a.pem"], 'key "a"'), {
    name: "OutsideDataError",
    message:
      'Cannot make key "a" as nothing may be overwritten without --force: there is "/k/a.crt", "/k/private/a.pem"',
  });
});

Deno.test("readText() says what is there instead of a file", () => {
  const { files, folders, all } = memory();
  folders.set("/f", 0o755);
  all.set("/big", { bytes: new Uint8Array(1_048_577), mode: 0o644 });
  all.set("/ok", { bytes: new TextEncoder().encode("text"), mode: 0o644 });
  assert.equal(readText(files, "/ok", "x"), "text");
  for (const path of ["/f", "/big", "/none"]) {
    assert.throws(() => readText(files, path, "CA certificate"), OutsideDataError);
  }
});
