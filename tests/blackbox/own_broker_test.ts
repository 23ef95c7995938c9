/** The README's section "Your own broker": its commands, as they stand there, make a TLS link that works. */
import { strict as assert } from "node:assert";
import { EXIT } from "../../src/core/exit_codes.ts";
import type { LiveObject } from "../support/hearth_output.ts";
import { repositoryPath, runHearth, startHearth, temporaryFolder } from "../support/hearth_process.ts";
import { type Mosquitto, startMosquitto } from "../support/mosquitto.ts";

const COMMANDS_MAX = 4;
/** Its LTN and scada are those of the README's ACL. */
const LAYOUT = repositoryPath("layouts/simple_house.json");
const README = Deno.readTextFileSync(repositoryPath("README.md"));

/** Text of the README's first block of that kind that begins with `start`. */
function block(kind: string, start: string): string {
  const found = README.split(`\`\`\`${kind}\n`).find((rest) => rest.startsWith(start));
  return found?.slice(0, found.indexOf("```")) ?? "";
}

/** Words of the section's commands; the shell's home is that of the test. */
function readmeCommands(folder: string): readonly (readonly string[])[] {
  return block("sh", "hearth ca create").trim().split("\n").map((line) =>
    [...line.replace(/\s+#.*$/, "").replace("~/.config", `${folder}/config`).matchAll(/"([^"]*)"|(\S+)/g)]
      .map((match) => match[1] ?? match[2]!)
  );
}

/** The broker's files and its configuration, as the README has them, but on another port and in another folder. */
async function readmeBroker(folder: string): Promise<Mosquitto> {
  const certs = `${folder}/data/gridworks/ca/certs/mosquitto`;
  const keys = `${folder}/keys`;
  await Deno.mkdir(keys);
  const install = /^sudo install .*? -t \S+ (.*)$/m.exec(block("sh", "cd ~/.local/share/gridworks"))?.[1] ?? "";
  for (const name of install.split(" ")) {
    await Deno.copyFile(`${certs}/${name}`, `${keys}/${name.slice(name.lastIndexOf("/") + 1)}`);
  }
  await Deno.writeTextFile(`${keys}/acl`, block("acl", "user "), { mode: 0o600 });
  const lines = block("conf", "listener 8883").trim().replaceAll("/etc/mosquitto/keys", keys).split("\n");
  // These three are what `requireCertificate` writes.
  const own = ["require_certificate true", "use_identity_as_username true", "allow_anonymous false"];
  assert.deepEqual(own.filter((line) => !lines.includes(line)), []);
  const more = lines.filter((line) => !own.includes(line) && !line.startsWith("listener "));
  return await startMosquitto({ requireCertificate: true, more });
}

/** Agent and LTN find each other through the README's ACL. */
async function linkBecomesActive(folder: string, port: number): Promise<void> {
  const certs = `${folder}/config/gridworks/ltn/certs`;
  const added = await runHearth(["key", "add", "scada_mqtt", "--certs-dir", certs], { folder });
  assert.equal(added.code, EXIT.ok, added.stderr);
  const common = { SCADA_IS_SIMULATED: "true", LTN_PATHS__HARDWARE_LAYOUT: LAYOUT };
  const env = { ...common, SCADA_GRIDWORKS_MQTT__TLS__PORT: `${port}`, LTN_SCADA_MQTT__TLS__PORT: `${port}` };
  await using _ltn = startHearth(["ltn", "--json"], { folder, env });
  await using agent = startHearth(["run", "--layout", LAYOUT, "--json"], { folder, env });
  await agent.until("the agent's link to its LTN is active", () => {
    const links = agent.json<LiveObject>().at(-1)?.links;
    return links?.some(({ name, state }) => name === "gridworks_mqtt" && state === "active");
  });
}

Deno.test("README: at most four commands lead from nothing to a TLS link that works", async () => {
  using folder = temporaryFolder();
  const commands = readmeCommands(folder.path);
  assert.ok(commands.length >= 3 && commands.length <= COMMANDS_MAX, JSON.stringify(commands));
  const check = commands.at(-1)!;
  assert.deepEqual(check.slice(0, 3), ["hearth", "tls", "check"], "the last one shows that it works");
  for (const [program, ...args] of commands.slice(0, -1)) {
    assert.equal(program, "hearth");
    const end = await runHearth(args, { folder: folder.path });
    assert.equal(end.code, EXIT.ok, `hearth ${args.join(" ")}: ${end.stderr}`);
    assert.equal(/PRIVATE KEY/.test(end.stdout + end.stderr), false);
  }
  await using broker = await readmeBroker(folder.path);
  const args = check.slice(1).map((word) => word.replace(":8883", `:${broker.port}`));
  const end = await runHearth(args, { folder: folder.path });
  assert.equal(end.code, EXIT.ok, end.stdout + end.stderr);
  assert.match(end.stdout, /our client certificate is accepted\n.*MQTT: connected/);
  assert.match(await broker.log(), /as hearth-tls-check .*u'gridworks_mqtt'/);
  await linkBecomesActive(folder.path, broker.port);
});

Deno.test("hearth key bundle and install carry a link to another machine", async () => {
  using folder = temporaryFolder();
  using device = temporaryFolder();
  for (const args of [["ca", "create", "House CA"], ["key", "add", "pi1"], ["key", "bundle", "pi1", "--link", "up"]]) {
    const end = await runHearth(args, { folder: folder.path });
    assert.equal(end.code, EXIT.ok, end.stderr);
  }
  const archive = `${folder.path}/pi1.tar`;
  assert.equal(Deno.statSync(archive).mode! & 0o777, 0o600);
  const end = await runHearth(["key", "install", archive, "--json"], { folder: device.path });
  assert.equal(end.code, EXIT.ok, end.stderr);
  const certs = `${device.path}/config/gridworks/scada/certs/up`;
  const { files, problems } = JSON.parse(end.stdout);
  assert.deepEqual(files, { ca: `${certs}/ca.crt`, cert: `${certs}/up.crt`, key: `${certs}/private/up.pem` });
  assert.deepEqual(problems, []);
  assert.equal(Deno.statSync(files.key).mode! & 0o777, 0o600);
  assert.equal(Deno.statSync(`${certs}/private`).mode! & 0o777, 0o700);
  const before = Deno.readTextFileSync(files.key);
  const again = await runHearth(["key", "install", archive], { folder: device.path });
  assert.equal(again.code, EXIT.configuration);
  assert.match(again.stderr, /nothing may be overwritten without --force/);
  assert.equal(Deno.readTextFileSync(files.key), before);
});
