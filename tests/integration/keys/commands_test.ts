/** The key commands as a user runs them: files and their permissions, what is refused, what is left behind. */
import { strict as assert } from "node:assert";
import { EXIT } from "../../../src/core/exit_codes.ts";
import { DAY_MS } from "../../../src/keys/key_limits.ts";
import { makeCa, makeLeaf, openssl, writeLeaf } from "../../support/certificates.ts";
import { type HearthEnd, runHearth, temporaryFolder } from "../../support/hearth_process.ts";

const CA = "data/gridworks/ca";

async function hearth(folder: string, args: readonly string[], code: number = EXIT.ok): Promise<HearthEnd> {
  const end = await runHearth(args, { folder });
  assert.equal(end.code, code, `hearth ${args.join(" ")}: ${end.stdout}${end.stderr}`);
  assert.equal(/PRIVATE KEY/.test(end.stdout + end.stderr), false, "a key is never printed");
  return end;
}

/** Every file and folder below, with its permissions; folders end with "/". */
function modes(folder: string, below = ""): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { name, isDirectory } of Deno.readDirSync(`${folder}/${below}`)) {
    const path = `${below}${name}${isDirectory ? "/" : ""}`;
    found[path] = (Deno.statSync(`${folder}/${path}`).mode! & 0o777).toString(8);
    if (isDirectory) Object.assign(found, modes(folder, path));
  }
  return found;
}

/** Content of every file below. */
function contents(folder: string): Record<string, string> {
  const files = Object.keys(modes(folder)).filter((path) => !path.endsWith("/"));
  return Object.fromEntries(files.map((path) => [path, Deno.readTextFileSync(`${folder}/${path}`)]));
}

Deno.test("hearth ca create and key add leave gwcert's files, private ones for their owner, and nothing else", async () => {
  using folder = temporaryFolder();
  await hearth(folder.path, ["ca", "create", "House CA"]);
  await hearth(folder.path, ["key", "add", "pi1"]);
  assert.deepEqual(modes(`${folder.path}/${CA}`), {
    "ca.crl": "644",
    "ca.crt": "644",
    "ca_key.pub": "644",
    "certs/": "700",
    "certs/pi1/": "700",
    "certs/pi1/ca.crt": "644",
    "certs/pi1/pi1.crt": "644",
    "certs/pi1/pi1.csr": "644",
    "certs/pi1/pi1.pub": "644",
    "certs/pi1/private/": "700",
    "certs/pi1/private/pi1.pem": "600",
    "private/": "700",
    "private/ca_key.pem": "600",
  });
});

Deno.test("the key commands overwrite nothing without --force, and all of it with it", async () => {
  using folder = temporaryFolder();
  await hearth(folder.path, ["ca", "create", "House CA"]);
  await hearth(folder.path, ["key", "add", "pi1"]);
  await hearth(folder.path, ["key", "bundle", "pi1"]);
  const before = contents(folder.path);
  for (const args of [["ca", "create", "B"], ["key", "add", "pi1"], ["key", "bundle", "pi1"]]) {
    const { stderr } = await hearth(folder.path, args, EXIT.configuration);
    assert.match(stderr, /nothing may be overwritten without --force: there is "/);
    assert.deepEqual(contents(folder.path), before);
  }
  await hearth(folder.path, ["key", "add", "pi1", "--force"]);
  const after = contents(folder.path);
  for (const name of ["pi1.crt", "private/pi1.pem", "pi1.csr", "pi1.pub"]) {
    const path = `${CA}/certs/pi1/${name}`;
    assert.notEqual(after[path], before[path], path);
  }
  assert.equal(after[`${CA}/ca.crt`], before[`${CA}/ca.crt`]);
});

Deno.test("the key commands say what is wrong, end with their code, and write nothing", async (test) => {
  using folder = temporaryFolder();
  await hearth(folder.path, ["key", "add", "pi1"], EXIT.configuration).then(({ stderr }) =>
    assert.match(stderr, /there is no ".*ca\.crt" \("hearth ca create NAME" makes one\)/)
  );
  await hearth(folder.path, ["ca", "create", "House CA"]);
  await hearth(folder.path, ["key", "add", "pi1"]);
  await hearth(folder.path, ["key", "add", "broker", "--server"]);
  const other = await makeCa("Other CA");
  await writeLeaf(folder.path, "stranger", await makeLeaf(other));
  await Deno.writeTextFile(`${folder.path}/other_ca.crt`, other.cert);
  await Deno.writeTextFile(`${folder.path}/not.tar`, "no archive");
  await Deno.writeTextFile(`${folder.path}/file`, "");
  const before = contents(folder.path);
  const rows: readonly (readonly [readonly string[], number, RegExp])[] = [
    [["key", "add", "My Pi"], EXIT.usage, /Cannot use name "My Pi" as it must be a DNS name or an address/],
    [["key", "add", ".."], EXIT.usage, /Cannot use key name as it must be a name/],
    [["key", "add", "a", "--ip", "broker.lan"], EXIT.usage, /must be IPv4 or IPv6: found "broker\.lan"/],
    [["key", "add", "a", "--common-name", "x".repeat(65), "--dns", "a"], EXIT.usage, /must have 1 to 64 characters/],
    [["key", "add", "a", "--days", "-1"], EXIT.usage, /found "-1"|argument missing|unknown option/],
    [
      ["key", "add", "a", "--ca-certificate-path", "other_ca.crt"],
      EXIT.configuration,
      /key must belong to the certificate/,
    ],
    [["key", "add", "a", "--ca-private-key-path", "not.tar"], EXIT.configuration, /must be PEM with a private key/],
    [["key", "add", "a", "--certs-dir", "file"], EXIT.environment, /Cannot make folder ".*file\/a\/private"/],
    [["key", "info", "nobody"], EXIT.configuration, /there is no such file/],
    [["key", "renew", "nobody"], EXIT.configuration, /there is no such file/],
    [["key", "revoke", "./stranger"], EXIT.configuration, /must be signed by the CA "CN=House CA"/],
    [["key", "bundle", "pi1", "--link", "../up"], EXIT.usage, /Cannot use link as it must be a plain name/],
    [["key", "install", "not.tar"], EXIT.configuration, /Cannot unpack archive/],
    [["key", "install", "absent.tar"], EXIT.configuration, /there is nothing/],
    [["key", "install", `${CA}/certs/broker`], EXIT.configuration, /must be one for a client: it is for server only/],
    [["key", "install", `${CA}/certs/pi1`, "--link", "../up"], EXIT.usage, /must be a plain name/],
    [["key", "frob"], EXIT.usage, /unknown command|too many arguments/],
  ];
  for (const [args, code, text] of rows) {
    await test.step(args.join(" ").slice(0, 60), async () => {
      const { stderr } = await hearth(folder.path, args, code);
      assert.match(stderr, text);
      assert.deepEqual(contents(folder.path), before);
    });
  }
});

Deno.test("hearth key ls and info tell what has ended, is revoked, has no key, or another's", async () => {
  using folder = temporaryFolder();
  // A CA that is old enough to have signed what has ended.
  const ca = await makeCa("House CA");
  await Deno.mkdir(`${folder.path}/${CA}/private`, { recursive: true });
  await Deno.writeTextFile(`${folder.path}/${CA}/ca.crt`, ca.cert);
  await Deno.writeTextFile(`${folder.path}/${CA}/private/ca_key.pem`, ca.key, { mode: 0o600 });
  for (const name of ["good", "lost", "keyless", "mixed"]) await hearth(folder.path, ["key", "add", name]);
  await hearth(folder.path, ["key", "add", "short", "--days", "7"]);
  const certs = `${folder.path}/${CA}/certs`;
  for (const [name, days] of [["ended", -40], ["early", 40]] as const) {
    const leaf = await makeLeaf(ca, { commonName: name, atMs: Date.now() + days * DAY_MS });
    await Deno.mkdir(`${certs}/${name}`);
    await Deno.writeTextFile(`${certs}/${name}/${name}.crt`, leaf.cert);
  }
  await Deno.remove(`${certs}/keyless/private/keyless.pem`);
  await Deno.copyFile(`${certs}/good/private/good.pem`, `${certs}/mixed/private/mixed.pem`);
  await Deno.writeTextFile(`${certs}/good/good.crt`, "damaged");
  await hearth(folder.path, ["key", "revoke", "lost"]);
  const { stdout } = await hearth(folder.path, ["key", "ls", "--json"]);
  const states = Object.fromEntries(
    JSON.parse(stdout).keys.map(({ name, state }: { name: string; state: string }) => [name, state]),
  );
  assert.match(states.good, /must be PEM/);
  assert.deepEqual({ ...states, good: "" }, {
    good: "",
    lost: "revoked",
    keyless: "no private key here",
    mixed: "ok",
    short: "expires soon",
    ended: "expired",
    early: "not yet valid",
  });
  const mixed = await hearth(folder.path, ["key", "info", "mixed"], EXIT.configuration);
  assert.match(mixed.stdout, /problem: Cannot use the private key as it must belong to the certificate "CN=mixed"/);
  const lost = await hearth(folder.path, ["key", "info", "lost"], EXIT.configuration);
  assert.match(lost.stdout, /problem: .* must not be revoked/);
});

Deno.test("hearth key renew keeps key, names and uses, and leaves the old certificate beside", async () => {
  using folder = temporaryFolder();
  await hearth(folder.path, ["ca", "create", "House CA"]);
  await hearth(folder.path, [
    "key",
    "add",
    "b",
    "--dns",
    "b.lan",
    "--ip",
    "10.0.0.1",
    "--common-name",
    "Bee",
    "--days",
    "9",
  ]);
  const certs = `${folder.path}/${CA}/certs/b`;
  const info = async () => JSON.parse((await hearth(folder.path, ["key", "info", "b", "--json"])).stdout).certificate;
  const [oldInfo, oldCert] = [await info(), Deno.readTextFileSync(`${certs}/b.crt`)];
  const oldKey = Deno.readTextFileSync(`${certs}/private/b.pem`);
  await hearth(folder.path, ["key", "renew", "b", "--days", "90"]);
  const newInfo = await info();
  for (const name of ["subject", "dns", "ips", "usages", "subjectKeyId"]) {
    assert.deepEqual(newInfo[name], oldInfo[name]);
  }
  assert.notEqual(newInfo.serialNumber, oldInfo.serialNumber);
  assert.equal(newInfo.daysLeft, 89);
  assert.equal(Deno.readTextFileSync(`${certs}/b.crt.previous`), oldCert);
  assert.equal(Deno.readTextFileSync(`${certs}/private/b.pem`), oldKey);
  await hearth(folder.path, ["key", "renew", "b", "--new-key", "--dns", "c.lan"]);
  const last = await info();
  assert.deepEqual([last.dns, last.ips], [["c.lan"], []]);
  assert.notEqual(last.subjectKeyId, oldInfo.subjectKeyId);
  assert.equal(Deno.readTextFileSync(`${certs}/private/b.pem.previous`), oldKey);
  assert.equal(modes(certs)["private/b.pem.previous"], "600");
});

Deno.test("hearth key revoke adds to the list, twice changes nothing, and a lost certificate goes by its serial", async () => {
  using folder = temporaryFolder();
  await hearth(folder.path, ["ca", "create", "House CA"]);
  await hearth(folder.path, ["key", "add", "a"]);
  await hearth(folder.path, ["key", "revoke", "a"]);
  const { stderr } = await hearth(folder.path, ["key", "renew", "a"], EXIT.configuration);
  assert.match(stderr, /Cannot renew key "a" as a revoked key must be replaced \(--new-key\): /);
  const again = JSON.parse((await hearth(folder.path, ["key", "revoke", "a", "--json"])).stdout);
  assert.deepEqual([again.added, again.revoked], [false, 1]);
  const lost = JSON.parse((await hearth(folder.path, ["key", "revoke", "--serial", "AB:CD", "--json"])).stdout);
  assert.deepEqual([lost.added, lost.entry.serialNumber, lost.revoked], [true, "abcd", 2]);
  const { stdout } = await hearth(folder.path, ["ca", "info"]);
  assert.equal(stdout.match(/^revoked /gm)?.length, 2);
  assert.match(
    await openssl(`${folder.path}/${CA}`, "crl", "-in", "ca.crl", "-noout", "-text"),
    /Serial Number: ABCD\n/,
  );
});

Deno.test("hearth key add warns of a CA key that others may read", async () => {
  using folder = temporaryFolder();
  await hearth(folder.path, ["ca", "create", "House CA"]);
  assert.equal((await hearth(folder.path, ["key", "add", "a"])).stderr, "");
  await Deno.chmod(`${folder.path}/${CA}/private/ca_key.pem`, 0o644);
  const { stderr } = await hearth(folder.path, ["key", "add", "b"]);
  assert.match(stderr, /^warning: Private key ".*ca_key\.pem" should be readable by its owner alone: its mode is 0644/);
});

Deno.test("a bundle opens with tar, and a damaged one places nothing", async () => {
  using folder = temporaryFolder();
  using device = temporaryFolder();
  await hearth(folder.path, ["ca", "create", "House CA"]);
  await hearth(folder.path, ["key", "add", "pi1"]);
  await hearth(folder.path, ["key", "bundle", "pi1", "--link", "gridworks_mqtt", "--out", "a.tar"]);
  const tar = await new Deno.Command("tar", { args: ["-tvf", `${folder.path}/a.tar`] }).output();
  const listing = new TextDecoder().decode(tar.stdout);
  assert.match(listing, /^-rw-r--r-- .* gridworks_mqtt\/ca\.crt\n/);
  assert.match(listing, /\n-rw------- .* gridworks_mqtt\/private\/gridworks_mqtt\.pem\n$/);
  const bytes = Deno.readFileSync(`${folder.path}/a.tar`);
  bytes[600] = bytes[600]! ^ 1;
  await Deno.writeFile(`${device.path}/damaged.tar`, bytes);
  await Deno.writeFile(`${device.path}/short.tar`, bytes.subarray(0, 1_500));
  for (const name of ["damaged.tar", "short.tar"]) {
    await hearth(device.path, ["key", "install", name], EXIT.configuration);
  }
  assert.deepEqual(Object.keys(contents(device.path)).sort(), ["damaged.tar", "short.tar"]);
});
