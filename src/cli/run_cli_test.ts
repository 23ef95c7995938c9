import { strict as assert } from "node:assert";
import { EnvironmentError, OutsideDataError } from "../core/errors.ts";
import type { RunPlan } from "../core/isolate.ts";
import type { StoreInspection } from "../store/inspect.ts";
import type { CliHost } from "./cli_host.ts";
import { devRunFilePath, parseDevRunFile } from "./dev_run_file.ts";
import { exitCodeOf, runCli } from "./run_cli.ts";

const PLAN: RunPlan = {
  workers: [
    {
      name: "agent",
      entry: "agent",
      grants: { net: ["localhost:8883"] },
      supervision: "replace_or_exit",
      silentMs: 5_000,
      init: { password: "hush" },
    },
  ],
  ports: [{ a: "agent", b: "store" }],
};

function desk(line: string, change: Partial<CliHost> = {}, env: Record<string, string> = { HOME: "/home/pi" }) {
  const printed = { stdout: "", stderr: "" };
  const args = line.split(" ");
  const host: CliHost = {
    init: { command: args[0] ?? "", args, env, cwd: "/srv", isTerminal: false },
    print: (stream, text) => printed[stream] += text,
    readText: () => undefined,
    plan: () => Promise.resolve({ kind: "plan", plan: PLAN, warnings: ["SCADA_X is odd"] }),
    inspect: () => assert.fail("no store here"),
    clock: () => ({ nowMs: 0, wallMs: 0, newId: () => "" }),
    after: () => assert.fail("no timer here"),
    connect: () => assert.fail("no connection here"),
    keys: {
      files: {
        stat: () => assert.fail("no files here"),
        read: () => assert.fail("no files here"),
        list: () => assert.fail("no files here"),
        makeFolder: () => assert.fail("no files here"),
        write: () => assert.fail("no files here"),
        remove: () => assert.fail("no files here"),
      },
      randomBytes: () => assert.fail("no keys here"),
      showChain: () => assert.fail("no TLS here"),
      askTls: () => assert.fail("no TLS here"),
      startSsh: () => assert.fail("no ssh here"),
    },
    onStop: () => {},
    ...change,
  };
  return { host, printed };
}

Deno.test("runCli() prints the plan without secrets when check finds no problem", async () => {
  const people = desk("check");
  assert.equal(await runCli(people.host), 0);
  const lines = people.printed.stdout.split("\n");
  assert.equal(
    lines.filter((line) => !line.startsWith("setting ")).join("\n"),
    "warning: SCADA_X is odd\nworker agent (agent, replace_or_exit)\nport   agent - store\nprocess (outer bound)\n" +
      "  net   localhost:8883\nagent\n  net   localhost:8883\n",
  );
  const program = desk("check --json");
  assert.equal(await runCli(program.host), 0);
  assert.equal(program.printed.stdout.includes("hush"), false);
});

Deno.test("runCli() prints each setting with its source, and no secret, when check or config is asked", async () => {
  const readText = (path: string) =>
    path === "/srv/my.env" ? "\nSCADA_TIMEZONE_STR=Europe/Berlin\nSCADA_ADMIN__PASSWORD=hush\n" : undefined;
  const env = { HOME: "/home/pi", SCADA_SYSTEM_MODE: "standby" };
  for (const name of ["check", "config"]) {
    const people = desk(`${name} --env-file my.env`, { readText }, env);
    assert.equal(await runCli(people.host), 0);
    const lines = people.printed.stdout.split("\n").map((line) => line.replace("setting ", ""));
    for (
      const line of [
        "SCADA_TIMEZONE_STR=Europe/Berlin  (/srv/my.env:2)",
        "SCADA_ADMIN__PASSWORD=********  (/srv/my.env:3)",
        "SCADA_SYSTEM_MODE=Standby  (environment)",
        "SCADA_SECONDS_PER_REPORT=300  (default)",
      ]
    ) assert.ok(lines.includes(line), `${name}: ${line}`);
    const program = desk(`${name} --env-file my.env --json`, { readText }, env);
    assert.equal(await runCli(program.host), 0);
    assert.equal(program.printed.stdout.includes("hush"), false);
    const { settings } = JSON.parse(program.printed.stdout) as { settings: readonly { readonly name: string }[] };
    assert.deepEqual(settings.find((one) => one.name === "SCADA_TIMEZONE_STR"), {
      name: "SCADA_TIMEZONE_STR",
      value: "Europe/Berlin",
      origin: { kind: "dotenv", path: "/srv/my.env", line: 2 },
    });
  }
});

Deno.test("runCli() ends config with the configuration code when a setting is wrong or there are none", async () => {
  const wrong = desk("config", {}, { HOME: "/home/pi", SCADA_TIMEZONE_STR: "Mars/Base" });
  assert.equal(await runCli(wrong.host), 3);
  assert.match(wrong.printed.stderr, /^problem: Cannot read SCADA_TIMEZONE_STR \(environment\)/);
  assert.equal(await runCli(desk("config --app dev").host), 3);
});

Deno.test("runCli() lists the certificates of a plan when check is asked, also when there are problems", async () => {
  const certificate = { link: "up", item: "cert", subject: "CN=up", notAfter: "2026-04-11T00:00:00Z", daysLeft: 29 };
  const certificates = [certificate, { ...certificate, item: "ca", subject: "CN=House CA", daysLeft: 300 }] as never;
  const plan = () => Promise.resolve({ kind: "problems", problems: ["a"], warnings: [], certificates } as const);
  const people = desk("check --app dev", { plan });
  assert.equal(await runCli(people.host), 3);
  assert.equal(
    people.printed.stdout,
    "certificate up: CN=up, until 2026-04-11T00:00:00Z, 29 days left\n" +
      "certificate CA of up: CN=House CA, until 2026-04-11T00:00:00Z, 300 days left\nproblem: a\n",
  );
  const program = desk("check --app dev --json", { plan });
  await runCli(program.host);
  assert.deepEqual(JSON.parse(program.printed.stdout).certificates, certificates);
});

Deno.test("runCli() ends with the configuration code when check finds problems", async () => {
  const plan = () => Promise.resolve({ kind: "problems", problems: ["a", "b"], warnings: [] } as const);
  const { host, printed } = desk("check --app dev", { plan });
  assert.equal(await runCli(host), 3);
  assert.equal(printed.stdout, "problem: a\nproblem: b\n");
});

Deno.test("runCli() says which file is missing when there is no layout", async () => {
  const { host, printed } = desk("layout show --layout house.json");
  assert.equal(await runCli(host), 3);
  assert.equal(printed.stderr, 'Cannot read layout as the file must exist: "/srv/house.json"\n');
});

Deno.test("runCli() prints the account of a store", async () => {
  const counters = { generated: 5, acked: 3, tombstoned: 1, pending: 1, applied: 0 };
  const store = {
    schema: 1,
    storeId: "s",
    owners: () => [{ owner: "d1.house", counters, pendingBytes: 90 }],
    tombstones: () => [{ owner: "d1.house", class: "report.event", fromSeq: 1, toSeq: 1, count: 1 }],
    [Symbol.dispose]: () => {},
  } as unknown as StoreInspection;
  const { host, printed } = desk("events stat --store s.db", { inspect: () => store });
  assert.equal(await runCli(host), 0);
  assert.equal(
    printed.stdout,
    "/srv/s.db\nowner     generated  acked  pending  tombstoned  applied  pending bytes\n" +
      "d1.house  5          3      1        1           0        90\n" +
      "evicted 1 report.event of d1.house, seq 1 to 1\n",
  );
});

Deno.test("runCli() finds the stores through the plan when none is named", async () => {
  const opened: string[] = [];
  const store = { pending: () => [], [Symbol.dispose]: () => {} } as unknown as StoreInspection;
  const worker = { ...PLAN.workers[0]!, entry: "store", init: { folder: "/d/event", owner: "house" } };
  const { host, printed } = desk("events ls --json", {
    plan: () => Promise.resolve({ kind: "plan", plan: { workers: [worker], ports: [] }, warnings: [] }),
    inspect: (path) => (opened.push(path), store),
  });
  assert.equal(await runCli(host), 0);
  assert.deepEqual([opened, printed.stdout], [["/d/event/house.sqlite"], "[]\n"]);
});

Deno.test("runCli() looks into the demo's folder when it is named, and refuses a file beside it", async () => {
  const opened: string[] = [];
  const apps: string[] = [];
  const store = { pending: () => [], [Symbol.dispose]: () => {} } as unknown as StoreInspection;
  const workers = ["scada", "ltn"].map((owner) => ({
    ...PLAN.workers[0]!,
    entry: "store",
    init: { folder: "/home/pi/demo", owner },
  }));
  const { host } = desk("events ls --data my/demo", {
    plan: ({ app }) => (apps.push(app), Promise.resolve({ kind: "plan", plan: { workers, ports: [] }, warnings: [] })),
    inspect: (path) => (opened.push(path), store),
  });
  assert.equal(await runCli(host), 0);
  assert.deepEqual([opened, apps], [["/srv/my/demo/scada.sqlite", "/srv/my/demo/ltn.sqlite"], ["dev"]]);
  const both = desk("events stat --data demo --store s.sqlite");
  assert.equal(await runCli(both.host), 3);
  assert.equal(both.printed.stderr, "Cannot find stores as either --store or --data must be given: found both\n");
});

Deno.test("runCli() looks at the store while certificates or layout have problems", async () => {
  const opened: string[] = [];
  const store: StoreInspection = {
    storeId: "s",
    schema: 1,
    owners: () => [],
    pending: () => [],
    payload: () => undefined,
    tombstones: () => [],
    [Symbol.dispose]() {},
  };
  for (const line of ["events ls --json", "events ls --app ltn --json"]) {
    const { host } = desk(line, {
      plan: () => Promise.resolve({ kind: "problems", problems: ["no certificate"], warnings: [] }),
      inspect: (path) => (opened.push(path), store),
    });
    assert.equal(await runCli(host), 0);
  }
  assert.deepEqual(opened, [
    "/home/pi/.local/share/gridworks/scada/event/scada.sqlite",
    "/home/pi/.local/share/gridworks/ltn/event/ltn.sqlite",
  ]);
});

Deno.test("runCli() refuses a take-over when the admin link is off and no demo runs", async () => {
  const { host, printed } = desk("admin relay relay3 open");
  assert.equal(await runCli(host), 3);
  assert.equal(
    printed.stderr,
    'Cannot take over as SCADA_ADMIN__ENABLED must be true: found "false", and no demo runs\n',
  );
});

Deno.test("exitCodeOf() maps each error to who must act", () => {
  const errors = [new OutsideDataError("x"), new EnvironmentError("x", "ENOSPC"), new Error("x"), "x"];
  assert.deepEqual(errors.map(exitCodeOf), [3, 4, 1, 1]);
});

Deno.test("parseDevRunFile() reads what a demo writes, and refuses the rest", () => {
  const path = devRunFilePath({ configHome: "/c", dataHome: "/d", stateHome: "/s", runtimeDir: "/run/u" });
  assert.equal(path, "/run/u/hearth/dev.json");
  assert.deepEqual(parseDevRunFile('{"host":"127.0.0.1","port":18831,"scada":"d1.house.scada","speed":120}', path), {
    host: "127.0.0.1",
    port: 18_831,
    layout: "",
    scada: "d1.house.scada",
    speed: 120,
  });
  assert.throws(() => parseDevRunFile("{", path), {
    message: 'Cannot read run file as it must be JSON: "/run/u/hearth/dev.json"',
  });
});

Deno.test("runCli() says which relay was meant, and which cannot open or close", async () => {
  const file = new URL("../../layouts/simple_house.json", import.meta.url);
  const readText = (path: string) =>
    path.endsWith(".env")
      ? "SCADA_ADMIN__ENABLED=true\n"
      : path.endsWith("house.json")
      ? Deno.readTextFileSync(file)
      : undefined;
  const misspelt = desk("admin relay relay11 open --layout house.json", { readText });
  assert.equal(await runCli(misspelt.host), 3);
  assert.equal(misspelt.printed.stderr, 'Cannot find relay "relay11" in the layout: did you mean "relay1"\n');
  const changeOver = desk("admin relay relay3 open --layout house.json", { readText });
  assert.equal(await runCli(changeOver.host), 3);
  assert.equal(
    changeOver.printed.stderr,
    'Cannot open or close relay "relay3" as it must be switched by "change.relay.state": the layout says "change.heat.pump.control"\n',
  );
});
