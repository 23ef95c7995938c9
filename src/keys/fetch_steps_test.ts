import { strict as assert } from "node:assert";
import { fetchSteps, type FetchWork, REMOTE_CA_DIR, remoteFolders, type RemoteKey } from "./fetch_steps.ts";

const KEY: RemoteKey = { name: "up", caDir: REMOTE_CA_DIR };
const MAKE = { program: "gwcert", dns: [], force: false } as const;

function names(work: FetchWork): string {
  return fetchSteps(KEY, work).map(({ name }) => name).join(" ");
}

Deno.test("fetchSteps() takes the steps of the work, in order", () => {
  assert.equal(names({ make: MAKE, copies: true, deletes: true }), "look make ca cert key delete");
  assert.equal(names({ make: { ...MAKE, force: true }, copies: true, deletes: true }), "make ca cert key delete");
  assert.equal(names({ make: MAKE, copies: false, deletes: false }), "look make");
  assert.equal(names({ copies: true, deletes: false }), "ca cert key");
});

Deno.test("fetchSteps() quotes what stands in a command line, and hands --force and names to the maker", () => {
  const key = { name: "up", caDir: "/srv/my ca/", keyName: "beech" };
  const make = { program: "/opt/gw cert", dns: ["a.lan", "b"], force: true };
  const [first, , cert] = fetchSteps(key, { make, copies: true, deletes: false });
  assert.equal(
    first?.command,
    "'/opt/gw cert' key add --ca-certificate-path '/srv/my ca/ca.crt' --ca-private-key-path " +
      "'/srv/my ca/private/ca_key.pem' --certs-dir '/srv/my ca/certs/beech' --force up --dns a.lan --dns b",
  );
  assert.equal(cert?.command, "cat -- '/srv/my ca/certs/beech/up/up.crt'");
});

Deno.test("remoteFolders() begins in the home, and puts a device's folder between", () => {
  assert.deepEqual(remoteFolders({ ...KEY, caDir: "~/ca", keyName: "beech" }), {
    ca: "ca",
    certs: "ca/certs/beech",
    folder: "ca/certs/beech/up",
  });
  assert.equal(remoteFolders({ ...KEY, certsDir: "/c/" }).folder, "/c/up");
});

Deno.test("fetchSteps() refuses names and folders that lead elsewhere: a folder is deleted at the end", () => {
  const names = ["", ".", "..", "a/b", "-rf", "a b", "*", ".hidden"];
  for (const name of names) {
    assert.throws(() => remoteFolders({ ...KEY, name }), RangeError, name);
    assert.throws(() => remoteFolders({ ...KEY, keyName: name }), RangeError, name);
  }
  for (const caDir of ["", "-x", "~other/x", "a\nb"]) {
    assert.throws(() => remoteFolders({ ...KEY, caDir }), RangeError, caDir);
  }
});
