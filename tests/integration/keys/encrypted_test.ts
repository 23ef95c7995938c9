/** Private keys with a passphrase: taken when something opens them, kept as they are, and never taken unseen. */
import { strict as assert } from "node:assert";
import { EXIT } from "../../../src/core/exit_codes.ts";
import { openssl } from "../../support/certificates.ts";
import { type HearthEnd, runHearth, temporaryFolder } from "../../support/hearth_process.ts";

const CERTS = "data/gridworks/ca/certs";
const PLACED = "config/gridworks/scada/certs/pi1/private/pi1.pem";
const SETTING = "SCADA_PI1__TLS__KEYFILE_PASSWORD";
const PASSPHRASE = "open sesame";

interface Run {
  readonly code?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** A CA and two keys, the first of which is encrypted; `right` and `wrong` hold passphrases. */
async function place() {
  const folder = temporaryFolder();
  async function hearth(args: readonly string[], { code = EXIT.ok, env = {} }: Run = {}): Promise<HearthEnd> {
    const end = await runHearth(args, { folder: folder.path, env });
    assert.equal(end.code, code, `hearth ${args.join(" ")}: ${end.stdout}${end.stderr}`);
    assert.equal((end.stdout + end.stderr).includes(PASSPHRASE), false, "a passphrase is never printed");
    return end;
  }
  await hearth(["ca", "create", "House CA"]);
  for (const name of ["pi1", "pi2"]) await hearth(["key", "add", name]);
  const key = `${folder.path}/${CERTS}/pi1/private/pi1.pem`;
  await encrypt(key);
  await Deno.writeTextFile(`${folder.path}/right`, `${PASSPHRASE}\r\nmore\n`);
  await Deno.writeTextFile(`${folder.path}/wrong`, "shut\n");
  return { folder: folder.path, key, hearth, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

async function encrypt(path: string): Promise<void> {
  await openssl("/", "pkcs8", "-topk8", "-in", path, "-out", `${path}.new`, "-passout", `pass:${PASSPHRASE}`);
  await Deno.rename(`${path}.new`, path);
  await Deno.chmod(path, 0o600);
}

Deno.test("hearth key install takes an encrypted key that --password-file opens, and says what the agent lacks", async () => {
  using at = await place();
  const source = `${CERTS}/pi1`;
  const none = await at.hearth(["key", "install", source], { code: EXIT.configuration });
  assert.match(
    none.stderr,
    /must come with its passphrase \(--password-file, or the setting SCADA_PI1__TLS__KEYFILE_P/,
  );
  const wrong = await at.hearth(["key", "install", source, "--password-file", "wrong"], { code: EXIT.configuration });
  assert.match(wrong.stderr, /Cannot use the private key of "pi1" as it must open with its passphrase/);
  assert.throws(() => Deno.statSync(`${at.folder}/config`), Deno.errors.NotFound);
  const { stdout } = await at.hearth(["key", "install", source, "--password-file", "right"]);
  assert.match(
    stdout,
    /warning: The agent opens the private key of "pi1" with SCADA_PI1__TLS__KEYFILE_PASSWORD: it is not/,
  );
  assert.equal(Deno.readTextFileSync(`${at.folder}/${PLACED}`), Deno.readTextFileSync(at.key));
});

Deno.test("hearth key install opens an encrypted key with the link's setting, wherever that stands", async () => {
  using at = await place();
  const install = ["key", "install", `${CERTS}/pi1`, "--force"];
  const own = `${at.folder}/config/gridworks/scada/.env`;
  await Deno.mkdir(`${at.folder}/config/gridworks/scada`, { recursive: true });
  await Deno.writeTextFile(own, `${SETTING}="${PASSPHRASE}"\n`);
  await Deno.rename(own, `${at.folder}/my.env`);
  const runs: readonly (readonly [readonly string[], Readonly<Record<string, string>>])[] = [
    [[], { [SETTING]: PASSPHRASE }],
    [["--env-file", "my.env"], {}],
    [["--password-file", "right"], { [SETTING]: PASSPHRASE }],
  ];
  for (const [more, env] of runs) {
    const { stdout } = await at.hearth([...install, ...more], { env });
    assert.equal(/warning/.test(stdout), false, stdout);
  }
  await Deno.rename(`${at.folder}/my.env`, own);
  await at.hearth(install);
  const other = await at.hearth([...install, "--password-file", "right"], { env: { [SETTING]: "shut" } });
  assert.match(other.stdout, /it is set to another passphrase/);
});

Deno.test("hearth key bundle and renew open an encrypted key, too, and leave it as it is", async () => {
  using at = await place();
  await at.hearth(["key", "bundle", "pi1"], { code: EXIT.configuration });
  await at.hearth(["key", "bundle", "pi1", "--password-file", "right"]);
  await at.hearth(["key", "install", "pi1.tar", "--password-file", "right"]);
  const before = Deno.readTextFileSync(at.key);
  await at.hearth(["key", "renew", "pi1"], { code: EXIT.configuration });
  await at.hearth(["key", "renew", "pi1", "--password-file", "right"]);
  assert.equal(Deno.readTextFileSync(at.key), before);
  await at.hearth(["key", "info", "pi1", "--password-file", "right"]);
});

Deno.test("hearth key info says that an encrypted key was not seen, and of whose certificate it is when it is", async () => {
  using at = await place();
  const shut = await at.hearth(["key", "info", "pi1"]);
  assert.match(
    shut.stdout,
    /warning: The private key is encrypted: whether it belongs to the certificate is not known/,
  );
  const open = await at.hearth(["key", "info", "pi1"], { env: { [SETTING]: PASSPHRASE } });
  assert.equal(/warning|problem/.test(open.stdout), false, open.stdout);
  const wrong = await at.hearth(["key", "info", "pi1", "--password-file", "wrong"], { code: EXIT.configuration });
  assert.match(wrong.stdout, /problem: .* must open with its passphrase/);
  const { stdout } = await at.hearth(["key", "ls", "--json"]);
  const states = JSON.parse(stdout).keys.map(({ name, state }: { name: string; state: string }) => [name, state]);
  assert.deepEqual(states.sort(), [["pi1", "ok"], ["pi2", "ok"]]);
  await Deno.copyFile(`${at.folder}/${CERTS}/pi2/private/pi2.pem`, at.key);
  await encrypt(at.key);
  for (const args of [["key", "info", "pi1"], ["key", "install", `${CERTS}/pi1`]]) {
    const end = await at.hearth([...args, "--password-file", "right"], { code: EXIT.configuration });
    assert.match(end.stdout + end.stderr, /Cannot use the private key as it must belong to the certificate "CN=pi1"/);
  }
});
