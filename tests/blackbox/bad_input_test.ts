import { strict as assert } from "node:assert";
import { EXIT } from "../../src/core/exit_codes.ts";
import { makeCertificates } from "../support/certificates.ts";
import {
  accountOf,
  type BrokerPlace,
  generatedOf,
  ltnEnv,
  pendingTexts,
  runEnv,
  runStorePath,
} from "../support/hearth_house.ts";
import { assertExact, type LiveObject } from "../support/hearth_output.ts";
import {
  type HearthProcess,
  repositoryPath,
  runHearth,
  startHearth,
  temporaryFolder,
} from "../support/hearth_process.ts";
import { freePort, makePasswordFile, startMosquitto } from "../support/mosquitto.ts";

const SCADA_TOPIC = "gw/hw1-isone-me-hearth-house0/to/s";
const LAYOUT = repositoryPath("layouts/simple_house.json");

function last(process: HearthProcess): LiveObject | undefined {
  return process.json<LiveObject>().at(-1);
}

/** Runs the agent with a broken start and expects the code of a wrong configuration and this text. */
async function refused(env: Readonly<Record<string, string>>, text: RegExp, args: readonly string[] = []) {
  using folder = temporaryFolder();
  for (const command of ["run", "check"]) {
    const end = await runHearth([command, ...args], { folder: folder.path, env });
    assert.equal(end.code, EXIT.configuration, `${command}: ${end.stdout}${end.stderr}`);
    assert.match(command === "run" ? end.stderr : end.stdout, text);
  }
}

Deno.test("hearth run names the missing layout", async () => {
  await refused(runEnv({ port: 1 }), /Cannot read layout.*no_such_layout\.json/, ["--layout", "no_such_layout.json"]);
});

Deno.test("hearth run names line and column when the layout is not JSON or has a dangling reference", async () => {
  using folder = temporaryFolder();
  const good = Deno.readTextFileSync(LAYOUT);
  const broken = `${folder.path}/broken.json`, dangling = `${folder.path}/dangling.json`;
  Deno.writeTextFileSync(broken, good.slice(0, 5_000));
  Deno.writeTextFileSync(
    dangling,
    good.replace('"CapturedByNodeName": "relay-multiplexer"', '"CapturedByNodeName": "x"'),
  );
  await refused(runEnv({ port: 1 }), /broken\.json:\d+:\d+: wanted JSON/, ["--layout", broken]);
  await refused(runEnv({ port: 1 }), /dangling\.json:\d+:\d+ .*wanted a node of the layout, found "x"/, [
    "--layout",
    dangling,
  ]);
});

Deno.test("hearth run names a setting of the wrong type, and the nearest name of an unknown one", async () => {
  const env = { ...runEnv({ port: 1 }), SCADA_SECONDS_PER_REPORT: "often", SCADA_SECONDS_PER_SNAPSHT: "3" };
  await refused(env, /SCADA_SECONDS_PER_REPORT \(environment\).*integer.*"often"/);
  await refused(env, /SCADA_SECONDS_PER_SNAPSHT.*did you mean "SCADA_SECONDS_PER_SNAPSHOT"/);
});

Deno.test("hearth run names a certificate that is missing, does not fit its key, or is X.509 version 1", async () => {
  using certificates = await makeCertificates();
  const place = { port: 1, certificates };
  const missing = { ...certificates.client, certPath: `${certificates.folder}/no_such.crt` };
  await refused(runEnv({ ...place, client: missing }), /GRIDWORKS_MQTT__TLS__PATHS__CERT_PATH.*no such file/);
  await refused(
    runEnv({ ...place, client: certificates.mismatchedClient }),
    /key.*must belong to the client certificate/,
  );
  await refused(runEnv({ ...place, client: certificates.v1Client }), /must be X\.509 version 3: it is version 1/);
});

Deno.test("hearth says what it wanted, with code 2, when the command line is wrong", async () => {
  using folder = temporaryFolder();
  const options = { folder: folder.path };
  for (
    const [args, text] of [
      [["rn"], /unknown command 'rn'\n\(Did you mean run\?\)/],
      [["run", "--exit-aftr", "3s"], /unknown option '--exit-aftr'\n\(Did you mean --exit-after\?\)/],
      [["dev", "--speed", "900"], /must be from 1 to 300: found "900"/],
      [["dev", "--exit-after", "never"], /Cannot read duration.*found "never"/],
      [[], /Usage: hearth/],
    ] as const
  ) {
    const end = await runHearth(args, options);
    assert.equal(end.code, EXIT.usage, args.join(" "));
    assert.match(end.stderr, text);
    assert.equal(end.stdout, "", args.join(" "));
  }
});

Deno.test("hearth shows the help of every command with code 0", async () => {
  using folder = temporaryFolder();
  const commands = "run,ltn,dev,check,permissions,admin,admin relay,layout,layout show,events,events ls,events stat"
    .split(",");
  for (const command of ["", ...commands]) {
    const args = [...command.split(" ").filter((word) => word !== ""), "--help"];
    const end = await runHearth(args, { folder: folder.path });
    assert.equal(end.code, EXIT.ok, command);
    assert.match(end.stdout, new RegExp(`^Usage: hearth ?${command}`), command);
    assert.equal(end.stderr, "", command);
  }
});

/** The agent against a broker that does not let it in: it lives, controls, records and says so once. */
async function keptOut(place: BrokerPlace, more: Readonly<Record<string, string>>, refusal: string): Promise<void> {
  using folder = temporaryFolder();
  const options = { folder: folder.path, env: { ...runEnv(place), ...more } };
  await using agent = startHearth(["run", "--json"], options);
  await agent.until("a house under control", () => last(agent)?.control?.auto === "LocalControl");
  await agent.until("word of the refusal", () => agent.stderr.includes('"event":"link.connect_failed"'));
  await agent.until("events that wait", () => (last(agent)?.pending ?? 0) >= 6);
  const end = await agent.stop();
  assert.equal(end.code, EXIT.ok, end.stderr);
  const said = end.stderr.split("\n").filter((line) => line.includes('"event":"link.connect_failed"'));
  assert.equal(said.length, 1, "said once, not at each try");
  assert.ok(!(end.stderr + end.stdout).includes("wrong-secret"), "no secret is shown");
  assert.equal((JSON.parse(said[0]!) as { readonly refusal: string }).refusal, refusal);
  const path = runStorePath(folder.path);
  assert.equal(generatedOf(path, "gridworks.event.comm.mqtt.connect.failed"), 1);
  assertExact({ ...accountOf(path), applied: 0 });
}

Deno.test("hearth run goes on and says so when there is no broker", async () => {
  await keptOut({ port: freePort() }, {}, "network");
});

Deno.test("hearth run goes on and says so when the broker refuses its credentials", async () => {
  using folder = temporaryFolder();
  const passwordFile = await makePasswordFile(folder.path, "hearth", "right");
  await using broker = await startMosquitto({ passwordFile });
  const login = { SCADA_GRIDWORKS_MQTT__USERNAME: "hearth", SCADA_GRIDWORKS_MQTT__PASSWORD: "wrong-secret" };
  await keptOut({ port: broker.port }, login, "credentials");
});

async function publish(port: number, topic: string, payload: Uint8Array): Promise<void> {
  const args = ["-p", `${port}`, "-t", topic, payload.length === 0 ? "-n" : "-s"];
  const child = new Deno.Command("mosquitto_pub", { args, stdin: "piped", stdout: "null", stderr: "inherit" }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(payload as Uint8Array<ArrayBuffer>);
  await writer.close();
  assert.ok((await child.status).success, "mosquitto_pub must be installed and reach the broker");
}

Deno.test("hearth run records and survives payloads that are no message", async () => {
  using folder = temporaryFolder();
  await using broker = await startMosquitto();
  const options = { folder: folder.path, env: { ...runEnv(broker), ...ltnEnv(broker) } };
  await using ltn = startHearth(["ltn", "--json"], options);
  await using agent = startHearth(["run", "--json"], options);
  await agent.until("the first acks", () => (last(agent)?.acked ?? 0) >= 3);
  const bytes = new TextEncoder();
  const message = '{"Header":{"Src":"hw1.isone.me.hearth.house0","Dst":"s","MessageType":"gridworks.ping"';
  const payloads: readonly [string, Uint8Array][] = [
    ["gridworks-ping", bytes.encode("no JSON at all")],
    ["gridworks-ping", bytes.encode(message)],
    ["gridworks-ack", bytes.encode(`${message}},"Payload":{"AckMessageID":17,"TypeName":"gridworks.ack"}}`)],
    ["gridworks-ping", new Uint8Array([0xff, 0xfe, 0x00, 0x80])],
    ["gridworks-ping", bytes.encode("[".repeat(1_048_576))],
    ["gridworks-ping", bytes.encode(`${message}},"Payload":"${"x".repeat(1_048_576)}"}`)],
    ["gridworks-ping", new Uint8Array()],
  ];
  for (const [type, payload] of payloads) await publish(broker.port, `${SCADA_TOPIC}/${type}`, payload);
  const before = last(agent)!;
  await agent.until("acks after the rubbish", () => last(agent)!.acked >= before.generated + 3);
  assert.equal(last(agent)?.restarts, 0, "no actor was restarted");
  const end = await agent.stop();
  assert.equal(end.code, EXIT.ok, end.stderr);
  assert.equal((await ltn.stop()).code, EXIT.ok);
  assert.match(end.stderr, /"event":"link\.problem"/);
  assert.ok(!end.stderr.includes("launcher.replaced"), end.stderr);
  const path = runStorePath(folder.path);
  const problems = generatedOf(path, "gridworks.event.problem");
  assert.ok(problems >= 1 && problems <= payloads.length, `${problems} problems recorded`);
  assertExact({ ...accountOf(path), applied: 0 });
});

Deno.test("hearth run moves a damaged store aside, says so, and goes on", async () => {
  using folder = temporaryFolder();
  const options = { folder: folder.path, env: runEnv({ port: freePort() }) };
  const path = runStorePath(folder.path);
  assert.equal((await runHearth(["run", "--exit-after", "2s"], options)).code, EXIT.ok);
  const size = Deno.statSync(path).size;
  const garbage = Uint8Array.from({ length: size }, (_, i) => (i * 7 + (i >> 5)) & 0xff);
  Deno.writeFileSync(path, garbage);
  const end = await runHearth(["run", "--exit-after", "4s"], options);
  assert.equal(end.code, EXIT.ok, end.stderr);
  const beside = [...Deno.readDirSync(path.slice(0, path.lastIndexOf("/")))].map(({ name }) => name);
  const moved = beside.find((name) => /^scada\.sqlite\.damaged-\d+$/.test(name));
  assert.ok(moved !== undefined, beside.join(" "));
  assert.deepEqual(Deno.readFileSync(`${path.slice(0, path.lastIndexOf("/"))}/${moved}`), garbage, "kept as it was");
  assert.match(end.stderr, new RegExp(`"event":"store\\.damaged".*${moved}`));
  assertExact({ ...accountOf(path), applied: 0 });
  assert.deepEqual(pendingTexts(path, "gridworks.event.startup").length, 1, "the new store has the new start");
});

Deno.test("hearth run ends with code 4 and names the folder when its store cannot be made", async () => {
  using folder = temporaryFolder();
  Deno.writeTextFileSync(`${folder.path}/data`, "a file where a folder must be");
  const end = await runHearth(["run", "--exit-after", "5s"], { folder: folder.path, env: runEnv({ port: 1 }) });
  assert.equal(end.code, EXIT.environment, end.stderr);
  assert.match(end.stderr, /Cannot .*data\/gridworks\/scada\/event/);
  assert.ok(!end.stderr.includes("launcher.replaced"), "a refusal of the system is not tried again at once");
});

Deno.test("hearth run ends with one line, and no worker that is waited for, when the store's folder cannot be made", async () => {
  using folder = temporaryFolder();
  Deno.writeTextFileSync(`${folder.path}/data`, "a file where a folder must be");
  const end = await runHearth(["run", "--json"], { folder: folder.path, env: runEnv({ port: 1 }) });
  assert.equal(end.code, EXIT.environment, end.stderr);
  const lines = end.stderr.trimEnd().split("\n");
  assert.deepEqual(lines.filter((line) => line.includes("launcher.")), [], "no worker is overdue");
  assert.match(lines.join("\n"), /^Cannot make the store's folder ".*\/data\/gridworks\/scada\/event": [^\n]*$/);
});
