import { strict as assert } from "node:assert";
import { caPaths, keyPaths } from "./key_paths.ts";

Deno.test("caPaths() and keyPaths() lay files out as gwcert does", () => {
  const ca = caPaths("/ca");
  assert.deepEqual(ca, {
    folder: "/ca",
    cert: "/ca/ca.crt",
    key: "/ca/private/ca_key.pem",
    publicKey: "/ca/ca_key.pub",
    crl: "/ca/ca.crl",
    certs: "/ca/certs",
  });
  const place = { certsDir: ca.certs, cwd: "/srv" };
  const rows: readonly (readonly [string, string, string])[] = [
    ["a", "/ca/certs/a/a.crt", "/ca/certs/a/private/a.pem"],
    ["a.crt", "/ca/certs/a/a.crt", "/ca/certs/a/private/a.pem"],
    ["a.b", "/ca/certs/a.b/a.b.crt", "/ca/certs/a.b/private/a.b.pem"],
    ["x/a", "/srv/x/a.crt", "/srv/x/private/a.pem"],
    ["./a.crt", "/srv/./a.crt", "/srv/./private/a.pem"],
    ["/x/a", "/x/a.crt", "/x/private/a.pem"],
  ];
  for (const [name, cert, key] of rows) {
    const paths = keyPaths(name, place);
    assert.deepEqual([paths.cert, paths.key], [cert, key], name);
  }
  assert.equal(keyPaths("a", { ...place, privateKey: "/k.pem" }).key, "/k.pem");
});

Deno.test("keyPaths() refuses what names no file", () => {
  for (const name of ["", ".", "..", "x/", "x/..", ".crt", "a\n"]) {
    assert.throws(() => keyPaths(name, { certsDir: "/c", cwd: "/" }), RangeError, JSON.stringify(name));
  }
});
