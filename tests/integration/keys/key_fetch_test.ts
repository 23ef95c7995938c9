/** `hearth key fetch` against a real sshd: what is placed, what is refused with which reason, and what is left behind. */
import { strict as assert } from "node:assert";
import { setTimeout as sleep } from "node:timers/promises";
import { EXIT } from "../../../src/core/exit_codes.ts";
import { makeCa, makeLeaf } from "../../support/certificates.ts";
import { DEADLINE_MS, type HearthEnd, runHearth, startHearth, temporaryFolder } from "../../support/hearth_process.ts";
import { testWithReal } from "../../support/test_with_real.ts";
import { hearthScript, type Sshd, sshdMissing, startSshd } from "./sshd.ts";

const MISSING = sshdMissing();
const REMOTE_CA = ".local/share/gridworks/ca";
const LOOK_MS = 20;
const PLACED = "config/gridworks/scada/certs";

interface Report {
  readonly ok: boolean;
  readonly steps: readonly { readonly step: string; readonly command?: string; readonly ok?: boolean; text?: string }[];
  readonly notes: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
}

interface Rig extends AsyncDisposable {
  readonly folder: string;
  readonly sshd: Sshd;
  /** Runs `hearth key fetch`, with the options that lead to the sshd. */
  fetch(args: readonly string[], code?: number): Promise<HearthEnd>;
  json(args: readonly string[], code?: number): Promise<Report>;
  /** Makes a key's folder on the remote, laid out as `hearth key add` does. */
  remoteKey(name: string): Promise<void>;
}

async function rig(): Promise<Rig> {
  const temporary = temporaryFolder();
  const folder = temporary.path;
  await Deno.mkdir(`${folder}/remote`);
  const sshd = await startSshd(`${folder}/remote`);
  const ca = await makeCa("House CA");
  await write(`${sshd.home}/${REMOTE_CA}/ca.crt`, ca.cert);
  await write(`${sshd.home}/${REMOTE_CA}/private/ca_key.pem`, ca.key);
  async function fetch(args: readonly string[], code: number = EXIT.ok): Promise<HearthEnd> {
    const end = await runHearth(["key", "fetch", ...args, ...sshd.options], { folder });
    assert.equal(end.code, code, `${args.join(" ")}: ${end.stdout}${end.stderr}`);
    assert.equal(/PRIVATE KEY/.test(end.stdout + end.stderr), false, "a key is never printed");
    return end;
  }
  return {
    folder,
    sshd,
    fetch,
    json: async (args, code) => JSON.parse((await fetch([...args, "--json"], code)).stdout) as Report,
    async remoteKey(name) {
      const leaf = await makeLeaf(ca, { commonName: name });
      const own = `${sshd.home}/${REMOTE_CA}/certs/${name}`;
      await write(`${own}/ca.crt`, ca.cert);
      await write(`${own}/${name}.crt`, leaf.cert);
      await write(`${own}/private/${name}.pem`, leaf.key);
    },
    async [Symbol.asyncDispose]() {
      await sshd[Symbol.asyncDispose]();
      temporary[Symbol.dispose]();
    },
  };
}

async function write(path: string, text: string): Promise<void> {
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  await Deno.writeTextFile(path, text);
}

/** Every file below with its permissions and its content; none when there is no folder. */
function tree(folder: string, below = ""): Record<string, string> {
  const found: Record<string, string> = {};
  try {
    for (const { name, isDirectory } of Deno.readDirSync(`${folder}/${below}`)) {
      const path = `${below}${name}${isDirectory ? "/" : ""}`;
      const mode = (Deno.statSync(`${folder}/${path}`).mode! & 0o777).toString(8);
      found[path] = isDirectory ? mode : `${mode} ${Deno.readTextFileSync(`${folder}/${path}`)}`;
      if (isDirectory) Object.assign(found, tree(folder, path));
    }
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
  }
  return found;
}

/** Permissions alone. */
function modes(folder: string): Record<string, string> {
  return Object.fromEntries(Object.entries(tree(folder)).map(([path, text]) => [path, text.split(" ")[0]!]));
}

const MODES = {
  "up/": "700",
  "up/ca.crt": "644",
  "up/private/": "700",
  "up/private/up.pem": "600",
  "up/up.crt": "644",
};

testWithReal(
  "hearth key fetch --copy-only places a key of hearth's tree, and leaves the remote's",
  MISSING,
  async () => {
    await using at = await rig();
    await at.remoteKey("up");
    const before = tree(at.sshd.home);
    const report = await at.json(["up", "--copy-only"]);
    assert.equal(report.ok, true);
    assert.deepEqual(report.steps.map(({ step, ok }) => [step, ok]), [
      ["ca", true],
      ["cert", true],
      ["key", true],
      ["check", true],
      ["place", true],
    ]);
    assert.match(report.notes.join(), /The remote keeps its copy, with the private key, in .*certs\/up$/);
    const placed = `${at.folder}/${PLACED}`;
    assert.deepEqual(modes(placed), MODES);
    const own = `${REMOTE_CA}/certs/up`;
    assert.equal(tree(placed)["up/private/up.pem"]?.slice(4), before[`${own}/private/up.pem`]?.slice(4));
    assert.equal(tree(placed)["up/up.crt"], before[`${own}/up.crt`]);
    assert.deepEqual(tree(at.sshd.home), before);
  },
);

testWithReal("hearth key fetch makes, copies, places and deletes as it said in its dry run", MISSING, async () => {
  await using at = await rig();
  at.sshd.program("gwcert", hearthScript("--rsa 2048"));
  const args = ["up", "--key-name", "beech", "--dns", "beech.lan", "--dns", "beech"];
  const dry = await at.json([...args, "--dry-run"]);
  assert.deepEqual([at.sshd.ran(), tree(`${at.folder}/config`)], [[], {}]);
  assert.deepEqual(dry.steps.map(({ ok }) => ok), Array(8).fill(undefined));
  assert.deepEqual(dry.notes, ["This was a dry run: nothing was run or written"]);
  const { stdout } = await at.fetch(args);
  for (const { command = "" } of dry.steps) assert.ok(stdout.includes(command), command);
  const words = dry.steps.flatMap(({ command = "" }) => / '([^']+)'$/.exec(command)?.[1] ?? []);
  assert.deepEqual(at.sshd.ran(), words);
  assert.equal(words.length, 6);
  const place = `${REMOTE_CA}/certs/beech`;
  assert.equal(
    words[1],
    `gwcert key add --ca-certificate-path ${REMOTE_CA}/ca.crt --ca-private-key-path ${REMOTE_CA}/private/ca_key.pem ` +
      `--certs-dir ${place} up --dns beech.lan --dns beech`,
  );
  assert.equal(words.at(-1), `rm -r -- ${place}/up`);
  assert.deepEqual(tree(`${at.sshd.home}/${place}`), {});
  assert.deepEqual(modes(`${at.folder}/${PLACED}`), MODES);
  assert.match(stdout, /\nnames {7}beech\.lan, beech\n(.*\n)*key {9}RSA 2048\n/);
});

testWithReal("hearth key fetch --generate-only, then --copy-only --delete, are the two halves", MISSING, async () => {
  await using at = await rig();
  at.sshd.program("hearth", hearthScript());
  const made = await at.json(["up", "--generate-only", "--with", "hearth"]);
  assert.match(made.notes.join(), /waits on the remote, in .*certs\/up: --copy-only --delete fetches it/);
  assert.deepEqual(modes(`${at.folder}/${PLACED}`), {});
  const { steps, notes } = await at.json(["up", "--copy-only", "--delete", "--link", "gridworks_mqtt"]);
  assert.deepEqual([steps.at(-1)?.step, notes], ["delete", []]);
  assert.ok(`${at.folder}/${PLACED}/gridworks_mqtt/private/gridworks_mqtt.pem` in filesIn(at.folder));
  assert.deepEqual(tree(`${at.sshd.home}/${REMOTE_CA}/certs`), {});
});

function filesIn(folder: string): Record<string, string> {
  return Object.fromEntries(Object.entries(tree(folder)).map(([path, text]) => [`${folder}/${path}`, text]));
}

testWithReal(
  "hearth key fetch takes gwcert's ca add-key layout, an alias, and the agent's environment",
  MISSING,
  async () => {
    await using at = await rig();
    await at.remoteKey("up");
    const own = `${at.sshd.home}/${REMOTE_CA}/certs/up`;
    // The key lies beside the certificate, and there is no copy of the CA's.
    await Deno.rename(`${own}/private/up.pem`, `${own}/up.pem`);
    await Deno.remove(`${own}/ca.crt`);
    const { userKey, knownHosts, config } = at.sshd.files;
    const [user, address] = at.sshd.remote.split("@");
    await Deno.writeTextFile(
      config,
      `Host keys\n  HostName ${
        address?.split(":")[0]
      }\n  Port ${at.sshd.port}\n  User ${user}\n  IdentityFile ${userKey}\n` +
        `  UserKnownHostsFile ${knownHosts}\n  RemoteCommand false\n`,
    );
    const env = { HEARTH_KEY_REMOTE: "keys", LD_LIBRARY_PATH: "/nowhere", LD_PRELOAD: "" };
    const args = ["key", "fetch", "up", "--copy-only", "--ssh-config", config];
    const end = await runHearth(args, { folder: at.folder, env });
    assert.equal(end.code, EXIT.ok, end.stdout + end.stderr);
    assert.deepEqual(modes(`${at.folder}/${PLACED}`), MODES);
  },
);

testWithReal("hearth key fetch says why nothing was fetched, and leaves nothing half done", MISSING, async () => {
  await using at = await rig();
  const { sshd, folder } = at;
  await at.remoteKey("up");
  await at.remoteKey("torn");
  await at.remoteKey("shut");
  const certs = `${sshd.home}/${REMOTE_CA}/certs`;
  await Deno.copyFile(`${certs}/up/private/up.pem`, `${certs}/torn/private/torn.pem`);
  await Deno.remove(`${certs}/shut/shut.crt`);
  sshd.program("failing", "#!/bin/sh\necho no room >&2\nexit 7\n");
  const { strangerKey, wrongHosts, noHosts } = sshd.files;
  const rows: readonly (readonly [readonly string[], number, RegExp])[] = [
    [["--known-hosts", wrongHosts], EXIT.refused, /another host key than the one that is known.*"ssh-keygen -R '\[127/],
    [["--known-hosts", noHosts], EXIT.refused, /its host key is not known here.*run "ssh -p \d+ .*" once, compare/],
    [["--identity", strangerKey], EXIT.refused, /takes none of our keys for this user: give --identity.*Permission/],
    [["--remote", "127.0.0.1:1"], EXIT.environment, /nothing listens there.*Connection refused/],
    [["--remote-ca-dir", "none"], EXIT.refused, /The remote does not give it: see --remote-ca-dir.*No such file/],
    [["--identity", "absent"], EXIT.configuration, /Cannot use identity ".*absent" as it must be a file/],
    [["--identity", `${folder}/a%b`], EXIT.usage, /Cannot use path with ssh as it must be free of quotes/],
    [["--link", "../up"], EXIT.usage, /Cannot use link as it must be a plain name/],
    [["--server"], EXIT.configuration, /must be one for a server/],
  ];
  await Deno.writeTextFile(`${folder}/a%b`, "");
  for (const [args, code, text] of rows) {
    const { stderr } = await runHearth(["key", "fetch", "up", "--copy-only", ...sshd.options, ...args], { folder })
      .then((end) => (assert.equal(end.code, code, `${args.join(" ")}: ${end.stdout}${end.stderr}`), end));
    assert.match(stderr, text);
    assert.deepEqual(tree(`${folder}/config`), {}, args.join(" "));
  }
  for (
    const [args, code, text] of [
      [["torn", "--copy-only"], EXIT.configuration, /private key as it must belong to the certificate "CN=torn"/],
      [["shut", "--copy-only", "--delete"], EXIT.refused, /does not give it.*shut\.crt: No such file/],
      [["up"], EXIT.configuration, /There is such a key already, in .*certs\/up: --force overwrites it/],
      [["new", "--with", "nowhere"], EXIT.refused, /There is no "nowhere" for a plain ssh session \(--with PATH\)/],
      [["new", "--with", "failing"], EXIT.refused, /It was not made\. The remote says: no room/],
      [["../up"], EXIT.usage, /Cannot use name of a key on the remote/],
    ] as const
  ) {
    const before = tree(sshd.home);
    const { stderr } = await at.fetch(args, code);
    assert.match(stderr, text);
    assert.deepEqual([tree(`${folder}/config`), tree(sshd.home)], [{}, before], args.join(" "));
  }
});

testWithReal(
  "hearth key fetch overwrites only with --force, and asks the remote for nothing before",
  MISSING,
  async () => {
    await using at = await rig();
    await at.remoteKey("up");
    await at.fetch(["up", "--copy-only"]);
    const placed = `${at.folder}/${PLACED}`;
    const before = tree(placed);
    const ran = at.sshd.ran();
    await at.remoteKey("up");
    const { stderr } = await at.fetch(["up", "--copy-only"], EXIT.configuration);
    assert.match(stderr, /nothing may be overwritten without --force: there is ".*up\.pem", ".*ca\.crt", ".*up\.crt"/);
    assert.deepEqual([tree(placed), at.sshd.ran()], [before, ran]);
    // A folder in the place of the last file: what was replaced before it comes back.
    await Deno.remove(`${placed}/up/up.crt`);
    await Deno.mkdir(`${placed}/up/up.crt/x`, { recursive: true });
    const broken = tree(placed);
    await at.fetch(["up", "--copy-only", "--force"], EXIT.environment);
    assert.deepEqual(tree(placed), broken);
    await Deno.remove(`${placed}/up/up.crt`, { recursive: true });
    await at.fetch(["up", "--copy-only", "--force"]);
    assert.deepEqual(modes(placed), MODES);
    assert.notEqual(tree(placed)["up/up.crt"], before["up/up.crt"]);
  },
);

testWithReal("hearth key fetch ends ssh when the remote hangs, floods, or the operator stops it", MISSING, async () => {
  await using at = await rig();
  for (const name of ["hung", "vast"]) await at.remoteKey(name);
  const certs = `${at.sshd.home}/${REMOTE_CA}/certs`;
  await Deno.remove(`${certs}/hung/hung.crt`);
  await mkfifo(`${certs}/hung/hung.crt`);
  using _hung = readersFreed(`${certs}/hung/hung.crt`);
  await Deno.remove(`${certs}/vast/vast.crt`);
  await Deno.symlink("/dev/zero", `${certs}/vast/vast.crt`);
  const late = await at.fetch(["hung", "--copy-only", "--timeout", "2"], EXIT.refused);
  assert.match(late.stderr, /It did not end within 2 s \(--timeout\): ssh was ended/);
  const vast = await at.fetch(["vast", "--copy-only"], EXIT.refused);
  assert.match(vast.stderr, /It sent more than 1048576 bytes, which no such file has: ssh was ended/);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const begun = at.sshd.ran().length;
    await using running = startHearth(["key", "fetch", "hung", "--copy-only", ...at.sshd.options], {
      folder: at.folder,
    });
    await eventually("the remote hangs", () => at.sshd.ran().length === begun + 2);
    const children = childrenOf(running.pid);
    assert.equal(children.length, 1, "ssh runs");
    running.kill(signal);
    const end = await running.ended;
    assert.equal(end.code, EXIT.failure, end.stdout + end.stderr);
    assert.match(end.stderr, /It was stopped: ssh was ended/);
    assert.deepEqual(children.filter(isAlive), []);
  }
  assert.deepEqual(tree(`${at.folder}/config`), {});
});

/** Looks at what tells nobody when it changes. */
async function eventually(what: string, look: () => boolean): Promise<void> {
  for (let waitedMs = 0; !look(); waitedMs += LOOK_MS) {
    assert.ok(waitedMs < DEADLINE_MS, what);
    await sleep(LOOK_MS);
  }
}

async function mkfifo(path: string): Promise<void> {
  const { success } = await new Deno.Command("mkfifo", { args: [path] }).output();
  assert.ok(success);
}

/** Ends whoever still waits for a writer of a FIFO: a server does not end what it runs when its client goes. */
function readersFreed(fifo: string): Disposable {
  return { [Symbol.dispose]: () => Deno.openSync(fifo, { read: true, write: true }).close() };
}

/** Processes that a process started and that are named ssh. */
function childrenOf(pid: number): readonly number[] {
  const tasks = [...Deno.readDirSync(`/proc/${pid}/task`)].map(({ name }) => name);
  return tasks.flatMap((task) => Deno.readTextFileSync(`/proc/${pid}/task/${task}/children`).trim().split(" "))
    .filter((text) => text !== "").map(Number)
    .filter((child) => Deno.readTextFileSync(`/proc/${child}/comm`).trim() === "ssh");
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch (_gone) {
    return false;
  }
}
