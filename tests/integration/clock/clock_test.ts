/** `hearth run` with a clock that is wrong, against a real mosquitto over TLS. */
import { strict as assert } from "node:assert";
import { EXIT } from "../../../src/core/exit_codes.ts";
import { BACKDATED_MS, DAY_MS } from "../../../src/keys/key_limits.ts";
import { type LeafChange, makeCa, makeLeaf, SERVER, writeLeaf } from "../../support/certificates.ts";
import { runEnv } from "../../support/hearth_house.ts";
import { type HearthProcess, startHearth, temporaryFolder } from "../../support/hearth_process.ts";
import { type Mosquitto, startMosquitto } from "../../support/mosquitto.ts";
import { testWithReal } from "../../support/test_with_real.ts";
import { ownClock, ownClockMissing } from "./own_clock.ts";

/** Two minutes after the epoch: a board without a battery that has started. */
const BOOT_1970_MS = 120_000;
/** By then a connection that fails waits 8 s or longer between two tries, in ms. */
const LONG_WAITS_MS = 16_000;
/** The next turn sees the clock, and a try takes its time on a busy machine, in ms. */
const AT_ONCE_MS = 4_000;
/** A certificate of the story begins so long after it was made, in ms: the program starts before that. */
const EARLY_MS = 12_000;

interface LogLine {
  readonly time: string;
  readonly event: string;
  readonly reason?: string;
  readonly found?: string;
  readonly to?: string;
  readonly summary?: string;
}

interface Rig extends AsyncDisposable {
  readonly folder: string;
  readonly broker: Mosquitto;
  run(env?: Readonly<Record<string, string>>): HearthProcess;
}

/** @param changes What server and client certificate have otherwise than ones that are valid now. */
async function rig(changes: { readonly server?: LeafChange; readonly client?: LeafChange } = {}): Promise<Rig> {
  const temporary = temporaryFolder();
  const folder = temporary.path;
  const ca = await makeCa("House CA");
  const caPath = `${folder}/ca.crt`;
  await Deno.writeTextFile(caPath, ca.cert);
  const server = await writeLeaf(folder, "server", await makeLeaf(ca, { ...SERVER, ...changes.server }));
  const client = await writeLeaf(folder, "client", await makeLeaf(ca, changes.client));
  const broker = await startMosquitto({ tls: { caPath, ...server }, requireCertificate: true });
  return {
    folder,
    broker,
    run: (env = {}) =>
      startHearth(["run", "--json"], {
        folder,
        env: { ...runEnv({ port: broker.port, certificates: { caPath, client } }), ...env },
      }),
    async [Symbol.asyncDispose]() {
      await broker[Symbol.asyncDispose]();
      temporary[Symbol.dispose]();
    },
  };
}

/** Certificates are made with a day before the moment that they are made at. */
function beginningAt(beginsMs: number): LeafChange {
  return { atMs: beginsMs + BACKDATED_MS };
}

/** Valid for ten months, with so many days left. */
function ending(days: number): LeafChange {
  return { atMs: Date.now() - 300 * DAY_MS, days: 300 + days };
}

/** Summaries of the problems that name a certificate. */
function warnings(agent: HearthProcess): readonly string[] {
  return lines(agent, "proactor.problem").flatMap(({ summary = "" }) =>
    summary.includes("ertificate") ? [summary] : []
  );
}

function lines(agent: HearthProcess, event: string): readonly LogLine[] {
  const whole = agent.stderr.split("\n").slice(0, -1).filter((line) => line.startsWith("{"));
  return whole.map((line) => JSON.parse(line) as LogLine).filter((line) => line.event === event);
}

/** The broker is reached, and its answers are: no peer is here. */
function connected(agent: HearthProcess): LogLine | undefined {
  return lines(agent, "link.moved").find(({ to }) => to === "awaiting_peer");
}

testWithReal(
  "hearth run in 1970 says so, runs the house, and connects at once when its clock is set",
  ownClockMissing(),
  async () => {
    await using at = await rig();
    const clock = ownClock(at.folder);
    {
      await using first = at.run(clock.env);
      await first.until("a connection by a clock that is right", () => connected(first));
      assert.equal((await first.stop()).code, EXIT.ok, first.stderr);
      assert.deepEqual(lines(first, "clock.behind"), []);
    }
    clock.set(BOOT_1970_MS);
    await using agent = at.run(clock.env);
    const refused = await agent.until("a refusal by TLS", () => lines(agent, "link.connect_failed")[0]);
    const startedMs = performance.now();
    const year = new Date().getUTCFullYear();
    assert.match(
      refused.reason!,
      /not valid before 20\d\d-.*and the clock says 1970-01-01T00:0.*: set the clock \(NTP\)/,
    );
    assert.match(refused.reason!, new RegExp(`it says 1970-01-01T00:0.*, last known time ${year}-`));
    assert.match(lines(agent, "clock.behind")[0]!.found!, new RegExp(`it says 1970-01-01T00:0.*known time ${year}-`));
    await agent.until("long waits between tries", () => performance.now() - startedMs > LONG_WAITS_MS);
    assert.equal(connected(agent), undefined);
    clock.set(Date.now());
    const reached = await agent.until("a connection by the clock that was set", () => connected(agent));
    const [stepped] = lines(agent, "clock.stepped");
    const tookMs = Date.parse(reached.time) - Date.parse(stepped!.time);
    assert(tookMs < AT_ONCE_MS, `it took ${tookMs} ms`);
    assert.equal(lines(agent, "clock.right").length, 1);
    assert.match(agent.stderr, /"summary":"The wall clock was wrong until now"/);
    assert.equal((await agent.stop()).code, EXIT.ok, agent.stderr);
  },
);

Deno.test("hearth run with a certificate that is not valid yet says that a clock may explain it, and connects when it is", async () => {
  const beginsMs = Date.now() + EARLY_MS;
  await using at = await rig({ client: beginningAt(beginsMs) });
  await using agent = at.run();
  const refused = await agent.until("a refusal by TLS", () => lines(agent, "link.connect_failed")[0]);
  assert.match(
    refused.reason!,
    /"CN=hearth" as it must be valid now: it is not valid before 20\d\d-.*: set the clock \(NTP\) if/,
  );
  assert.doesNotMatch(refused.reason!, /last known time/, "this clock is not suspected by what was known");
  const reached = await agent.until("a connection", () => connected(agent));
  assert(Date.parse(reached.time) >= beginsMs - 1_000, "not before the certificate begins");
  assert.equal((await agent.stop()).code, EXIT.ok, agent.stderr);
});

Deno.test("hearth run says that a clock may explain it when the broker's certificate is not valid yet", async () => {
  const beginsMs = Date.now() + EARLY_MS;
  await using at = await rig({ server: beginningAt(beginsMs) });
  await using agent = at.run();
  const refused = await agent.until("a refusal by TLS", () => lines(agent, "link.connect_failed")[0]);
  assert.match(
    refused.reason!,
    /not valid yet.*; a certificate must be valid now, and the clock says 20\d\d-.*: set the clock \(NTP\) if/,
  );
  await agent.until("a connection", () => connected(agent));
  assert.equal((await agent.stop()).code, EXIT.ok, agent.stderr);
});

Deno.test("hearth run warns of a certificate that ends within a week, once over its starts", async () => {
  await using at = await rig({ client: ending(5) });
  await using first = at.run();
  await first.until("a connection", () => connected(first));
  await first.until("the warning", () => warnings(first).length > 0);
  assert.deepEqual(warnings(first), ['Certificate "CN=hearth" of connection "gridworks_mqtt" ends within 7 days']);
  assert.equal((await first.stop()).code, EXIT.ok, first.stderr);
  await using second = at.run();
  await second.until("a connection", () => connected(second));
  assert.equal((await second.stop()).code, EXIT.ok, second.stderr);
  assert.deepEqual(warnings(second), []);
});

Deno.test("hearth run runs the house with a certificate that has expired, and says so", async () => {
  await using at = await rig({ client: ending(-1) });
  await using agent = at.run();
  const refused = await agent.until("a refusal by TLS", () => lines(agent, "link.connect_failed")[0]);
  assert.match(refused.reason!, /"CN=hearth" as it must be valid now: it expired at 20/);
  await agent.until(
    "events of the house",
    () => (agent.json<{ readonly generated: number }>().at(-1)?.generated ?? 0) > 5,
  );
  assert(warnings(agent).includes('Certificate "CN=hearth" of connection "gridworks_mqtt" has expired'), agent.stderr);
  assert.equal((await agent.stop()).code, EXIT.ok, agent.stderr);
});
