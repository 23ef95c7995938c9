import { strict as assert } from "node:assert";
import type { PlanRequest } from "../cli/cli_host.ts";
import type { Grants, RunPlan } from "../core/isolate.ts";
import SIMPLE_HOUSE from "../../layouts/simple_house.json" with { type: "json" };
import { makePlan } from "./make_plan.ts";
import type { PlanExtras, PlanHost } from "./plan_basis.ts";

/** A house without a second zone's relays, and one whose relay 1 is called otherwise. */
const FILES: Readonly<Record<string, string>> = {
  "/good.json": JSON.stringify(SIMPLE_HOUSE),
  "/zones.json": JSON.stringify({ ...SIMPLE_HOUSE, ZoneList: ["main", "up"] }),
  "/other.json": JSON.stringify(SIMPLE_HOUSE).replaceAll("relay1", "relay9"),
};

const HOST: PlanHost = {
  readText: (path) => FILES[path],
  board: () => ({ arch: "x86_64", libcPath: "/lib/libc.so.6" }),
  freePort: () => 4_444,
  wallMs: () => 1_700_000_000_000,
};

const PLAIN: Readonly<Record<string, string>> = {
  HOME: "/home/u",
  SCADA_GRIDWORKS_MQTT__HOST: "up.example",
  SCADA_GRIDWORKS_MQTT__TLS__USE_TLS: "false",
  SCADA_ADMIN__ENABLED: "false",
};

function request(app: PlanRequest["app"], env: Readonly<Record<string, string>>, layout = "/good.json"): PlanRequest {
  return { app, layout, init: { command: app, args: [app], env, cwd: "/w", isTerminal: false } };
}

function planned(made: PlanRequest, extras: PlanExtras = {}): RunPlan {
  const outcome = makePlan(made, extras, HOST);
  assert.deepEqual(outcome.kind === "problems" ? outcome.problems : [], []);
  return (outcome as Extract<typeof outcome, { kind: "plan" }>).plan;
}

function grantsOf(plan: RunPlan): Readonly<Record<string, Grants>> {
  return Object.fromEntries(plan.workers.map(({ name, grants }) => [name, grants]));
}

Deno.test("makePlan() grants each worker of the demo exactly what it needs", () => {
  const plan = planned(request("dev", { HOME: "/home/u" }), { data: "data" });
  const run = (grantsOf(plan)["broker"]?.write ?? [])[0]!;
  assert.deepEqual(grantsOf(plan), {
    broker: { net: ["127.0.0.1:4444"], read: [run], write: [run] },
    store: { read: ["/w/data"], write: ["/w/data"], sys: ["statfs"] },
    "ltn-store": { read: ["/w/data"], write: ["/w/data"], sys: ["statfs"] },
    house: {},
    ltn: { net: ["127.0.0.1:4444"], read: [] },
    agent: { net: ["127.0.0.1:4444"], read: [] },
    view: {},
  });
});

Deno.test("makePlan() grants an agent its broker and nothing else, and its store one folder", () => {
  const plan = planned(request("run", PLAIN));
  const { agent, store, ...others } = grantsOf(plan);
  assert.deepEqual(agent, { net: ["up.example:1883"], read: [] });
  assert.equal(store?.read?.length, 1);
  assert.deepEqual(store, { read: store?.read, write: store?.read, sys: ["statfs"] });
  assert.deepEqual(others, {});
  assert.deepEqual(plan.ports, [{ a: "agent", b: "store" }]);
});

Deno.test("makePlan() starts a live view, connected to agent and simulated house, for a screen only", () => {
  const simulated = request("run", { ...PLAIN, SCADA_IS_SIMULATED: "true" });
  const onScreen = { ...simulated, init: { ...simulated.init, isTerminal: true } };
  const drawn = planned(onScreen, { exitAfterMs: 5 });
  assert.deepEqual(drawn.workers.map(({ entry }) => entry), ["store", "house", "agent", "view"]);
  assert.deepEqual(drawn.ports.slice(1), [
    { a: "agent", b: "house" },
    { a: "agent", b: "view" },
    { a: "house", b: "view" },
  ]);
  assert.equal(drawn.exitAfterMs, 5);
  for (const plan of [planned(simulated), planned(simulated, { json: true }), planned(onScreen, { json: true })]) {
    assert.deepEqual(plan.workers.map(({ entry }) => entry), ["store", "house", "agent"]);
    assert.deepEqual(plan.ports.slice(1), [{ a: "agent", b: "house" }]);
  }
});

Deno.test("makePlan() has the agent told of every isolate's memory for JSON only", () => {
  const watchers = (plan: RunPlan) =>
    plan.workers.filter((one) => one.watchesIsolates === true).map(({ name }) => name);
  assert.deepEqual(watchers(planned(request("run", PLAIN))), []);
  assert.deepEqual(watchers(planned(request("run", PLAIN), { json: true })), ["agent"]);
});

Deno.test("makePlan() starts no live view beside an LTN that no screen shows", () => {
  const env = { HOME: "/home/u", LTN_SCADA_MQTT__HOST: "up.example", LTN_SCADA_MQTT__TLS__USE_TLS: "false" };
  const quiet = planned(request("ltn", env));
  assert.deepEqual([quiet.workers.map(({ name }) => name), quiet.ports], [["store", "ltn"], [{
    a: "ltn",
    b: "store",
  }]]);
  const asked = request("ltn", env);
  const drawn = planned({ ...asked, init: { ...asked.init, isTerminal: true } });
  assert.deepEqual(drawn.ports, [{ a: "ltn", b: "store" }, { a: "ltn", b: "view" }]);
});

Deno.test("makePlan() names ports only between its own workers", () => {
  for (const app of ["dev", "run"] as const) {
    const plan = planned(request(app, PLAIN));
    const names = new Set(plan.workers.map(({ name }) => name));
    assert.equal(names.size, plan.workers.length);
    for (const { a, b } of plan.ports) assert.ok(names.has(a) && names.has(b), `${app}: ${a} to ${b}`);
  }
});

Deno.test("makePlan() reports wrong settings, missing certificates and a missing layout at once", () => {
  const layout = 'Cannot read layout as the file must exist: "/none.json"';
  const wrong = makePlan(request("run", { ...PLAIN, SCADA_GRIDWORKS_MQTT__PORT: "x" }, "/none.json"), {}, HOST);
  assert.equal(wrong.kind, "problems");
  assert.ok(wrong.kind === "problems" && wrong.problems.length === 2);
  assert.equal(wrong.problems.at(-1), layout);
  const tls = { ...PLAIN, SCADA_GRIDWORKS_MQTT__TLS__USE_TLS: "true" };
  const bare = makePlan(request("run", tls, "/none.json"), {}, HOST);
  assert.ok(bare.kind === "problems" && bare.problems.length > 1);
  assert.ok(bare.problems[0]!.startsWith("gridworks_mqtt: "));
  assert.equal(bare.problems.at(-1), layout);
});

Deno.test("makePlan() names each part of the house that the layout lacks, or that no simulation has", () => {
  for (
    const [path, env, texts] of [
      ["/zones.json", {}, ["zone2-up-call-<relay>", "zone2-up-failsafe-<relay>", 'about zone "zone2-up"']],
      ["/other.json", { SCADA_IS_SIMULATED: "true" }, ["relay9"]],
      ["/other.json", {}, []],
    ] as const
  ) {
    const outcome = makePlan(request("run", { ...PLAIN, ...env }, path), {}, HOST);
    const problems = outcome.kind === "problems" ? outcome.problems : [];
    assert.equal(problems.length, texts.length, problems.join("\n"));
    texts.forEach((text, index) => assert.ok(problems[index]?.includes(text), `${path}: ${problems[index]}`));
  }
  assert.equal(makePlan(request("dev", {}, "/other.json"), {}, HOST).kind, "problems");
});

Deno.test("makePlan() warns when no HOME says where the files of a user are", () => {
  function warnings(env: Readonly<Record<string, string>>): readonly string[] {
    return makePlan(request("dev", env), {}, HOST).warnings;
  }
  assert.deepEqual(warnings({ XDG_STATE_HOME: "/s" }), [
    'Cannot find folders of a user as HOME or XDG_CONFIG_HOME, XDG_DATA_HOME must be set: "/" stands for HOME',
  ]);
  assert.deepEqual(warnings({ HOME: "/home/u" }), []);
  assert.deepEqual(warnings({ XDG_CONFIG_HOME: "/c", XDG_DATA_HOME: "/d", XDG_STATE_HOME: "/s" }), []);
});
