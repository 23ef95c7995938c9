import { strict as assert } from "node:assert";
import type { CommandInit, RunPlan } from "../core/isolate.ts";
import GPIO_HOUSE from "../../layouts/gpio_house.json" with { type: "json" };
import SIMPLE_HOUSE from "../../layouts/simple_house.json" with { type: "json" };
import { makeGuardPlan, makePlan } from "./make_plan.ts";
import type { PlanHost } from "./plan_basis.ts";
import { busName } from "./plan_bus.ts";

const ENV: Readonly<Record<string, string>> = {
  HOME: "/home/u",
  SCADA_GRIDWORKS_MQTT__HOST: "up.example",
  SCADA_GRIDWORKS_MQTT__TLS__USE_TLS: "false",
  SCADA_ADMIN__ENABLED: "false",
};
const LIBC = "/lib/x86_64-linux-gnu/libc.so.6";
const METER_WARNING = 'Cannot drive 1 component as there must be a driver for each type: "Simulated power meter" ' +
  "(electric.meter.component.gt)";

/** A board whose files are these texts, with a C library at the first path. */
function board(
  files: Readonly<Record<string, string>>,
  libc: { readonly arch: string; readonly has: boolean },
): PlanHost {
  return {
    readText: (path) => files[path],
    board: (paths) => ({ arch: libc.arch, libcPath: libc.has ? paths[libc.arch]?.[0] : undefined }),
    freePort: () => 4_444,
    wallMs: () => 1_700_000_000_000,
  };
}

function house(json: unknown, libc = { arch: "x86_64", has: true }): PlanHost {
  return board({ "/house.json": JSON.stringify(json) }, libc);
}

function init(env: Readonly<Record<string, string>>): CommandInit {
  return { command: "run", args: ["run"], env, cwd: "/w", isTerminal: false };
}

function run(host: PlanHost, env: Readonly<Record<string, string>> = {}) {
  return makePlan({ app: "run", layout: "/house.json", init: init({ ...ENV, ...env }) }, {}, host);
}

function planOf(outcome: ReturnType<typeof run>): RunPlan {
  assert.equal(outcome.kind, "plan", JSON.stringify(outcome));
  return (outcome as Extract<typeof outcome, { kind: "plan" }>).plan;
}

/** The GPIO house with other relays. */
function withRelays(change: Readonly<Record<string, unknown>>): unknown {
  const [relays, ...others] = GPIO_HOUSE.OtherComponents;
  return { ...GPIO_HOUSE, OtherComponents: [{ ...relays, ...change }, ...others] };
}

Deno.test("makePlan() gives each bus of the layout a worker that may load the C library and nothing else", () => {
  const outcome = run(house(GPIO_HOUSE));
  const { workers, ports } = planOf(outcome);
  const buses = workers.filter(({ entry }) => entry === "bus");
  assert.deepEqual(outcome.warnings, [METER_WARNING]);
  assert.deepEqual(buses.map(({ init: _, ...plan }) => plan), [
    {
      name: "bus-gpio-pinctrl-bcm2711",
      entry: "bus",
      grants: { ffi: [LIBC] },
      supervision: "replace",
      silentMs: 1_000,
    },
    { name: "bus-i2c-1", entry: "bus", grants: { ffi: [LIBC] }, supervision: "replace", silentMs: 1_000 },
  ]);
  assert.deepEqual(ports, [
    { a: "agent", b: "store" },
    { a: "agent", b: "bus-gpio-pinctrl-bcm2711" },
    { a: "agent", b: "bus-i2c-1" },
  ]);
  const agent = workers.find(({ name }) => name === "agent")?.init as { readonly buses: readonly string[] };
  assert.deepEqual(agent.buses, ["bus-gpio-pinctrl-bcm2711", "bus-i2c-1"]);
  assert.deepEqual(workers.filter(({ grants }) => grants.ffi !== undefined).map(({ entry }) => entry), ["bus", "bus"]);
});

Deno.test("makePlan() drives no bus when the house is simulated", () => {
  const simulated = planOf(run(house(SIMPLE_HOUSE), { SCADA_IS_SIMULATED: "true" }));
  assert.deepEqual(simulated.workers.map(({ entry }) => entry), ["store", "house", "agent"]);
});

Deno.test("makePlan() counts and names the components without a driver", () => {
  const outcome = run(house(SIMPLE_HOUSE));
  assert.deepEqual(outcome.warnings, [
    'Cannot drive 3 components as there must be a driver for each type: "Relay board" ' +
    '(i2c.multichannel.dt.relay.component.gt), "Thermistor board" (ads111x.based.component.gt), ' +
    '"Simulated power meter" (electric.meter.component.gt)',
    "Cannot control the house as its layout must have a bus that can be driven: set SCADA_IS_SIMULATED=true for a " +
    "simulated house",
  ]);
  assert.deepEqual(planOf(outcome).workers.map(({ entry }) => entry), ["store", "agent"]);
});

Deno.test("makePlan() reports a wrong bus with its place in the layout", () => {
  const outcome = run(house(withRelays({ GpioChip: "/dev/gpio0" })));
  assert.equal(outcome.kind, "problems");
  const [problem, ...others] = outcome.kind === "problems" ? outcome.problems : [];
  assert.deepEqual(others, []);
  assert.equal(
    problem?.replace(/:\d+:\d+ /, " "),
    '/house.json /OtherComponents/0/GpioChip: wanted a path like "/dev/gpiochip0", or the label of a chip like ' +
      '"pinctrl-bcm2711", found "/dev/gpio0"',
  );
});

Deno.test("makePlan() says that musl cannot be used when there is no glibc, or no path is known", () => {
  const start =
    "Cannot drive a bus as the C library of glibc must exist (musl, for example on Alpine, cannot be used): ";
  for (
    const [arch, looked] of [
      [
        "aarch64",
        "looked for /lib/aarch64-linux-gnu/libc.so.6, /usr/lib/aarch64-linux-gnu/libc.so.6, /lib64/libc.so.6",
      ],
      ["riscv64", "no path is known for riscv64"],
    ] as const
  ) {
    const outcome = run(house(GPIO_HOUSE, { arch, has: false }));
    assert.deepEqual(outcome.kind === "problems" ? outcome.problems : [], [start + looked]);
  }
});

Deno.test("busName() is another one for each chip and adapter", () => {
  const lines = { kind: "gpio", outputs: [], inputs: [] } as const;
  const names = [
    busName({ ...lines, chip: "/dev/gpiochip0" }),
    busName({ ...lines, chip: "gpiochip0" }),
    busName({ kind: "i2c", path: "/dev/i2c-1", sensors: [] }),
  ];
  assert.deepEqual(names, ["bus-gpiochip0", "bus-gpio-gpiochip0", "bus-i2c-1"]);
});

Deno.test("makeGuardPlan() plans one worker for the buses with outputs, with the C library alone", () => {
  const outcome = makeGuardPlan({ init: init(ENV), layout: "/house.json", json: true }, house(GPIO_HOUSE));
  const { workers, ports } = planOf(outcome);
  const chips = (workers[0]?.init as { readonly buses: readonly { readonly chip?: string }[] }).buses;
  assert.deepEqual(ports, []);
  assert.deepEqual(workers.map(({ entry, grants, supervision }) => [entry, grants, supervision]), [
    ["guard", { ffi: [LIBC] }, "foreground"],
  ]);
  assert.deepEqual(chips.map(({ chip }) => chip), ["pinctrl-bcm2711"]);
});

Deno.test("makeGuardPlan() goes on with wrong settings when it is told the layout, and does nothing in a simulation", () => {
  const wrong = { ...ENV, SCADA_GRIDWORKS_MQTT__PORT: "x" };
  const told = makeGuardPlan({ init: init(wrong), layout: "/house.json", json: false }, house(GPIO_HOUSE));
  assert.deepEqual([told.kind, told.warnings.length], ["plan", 2]);
  assert.equal(makeGuardPlan({ init: init(wrong), json: false }, house(GPIO_HOUSE)).kind, "problems");
  const env = { ...ENV, SCADA_IS_SIMULATED: "true" };
  const simulated = makeGuardPlan({ init: init(env), layout: "/house.json", json: false }, house(GPIO_HOUSE));
  assert.deepEqual(planOf(simulated).workers.map(({ grants }) => grants), [{}]);
  assert.deepEqual(simulated.warnings, [
    "Cannot make outputs safe as the house must be real: found SCADA_IS_SIMULATED=true",
  ]);
});
