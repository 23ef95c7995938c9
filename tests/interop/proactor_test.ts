import { strict as assert } from "node:assert";
import { SCADA_LINK, UPSTREAM_LINK } from "../../src/app/link_names.ts";
import { EXIT } from "../../src/core/exit_codes.ts";
import { type Certificates, makeCertificates } from "../support/certificates.ts";
import {
  accountOf,
  type BrokerPlace,
  inboxIds,
  ltnEnv,
  ltnStorePath,
  pendingEvents,
  runEnv,
  runStorePath,
} from "../support/hearth_house.ts";
import { assertExact } from "../support/hearth_output.ts";
import { runHearth, startHearth, temporaryFolder } from "../support/hearth_process.ts";
import { type Mosquitto, startMosquitto } from "../support/mosquitto.ts";
import { houseNames, interopTest, last, linkState } from "./pair.ts";
import { type PythonPeer, startPeer } from "./python_peer.ts";

/** A type that neither Hearth nor the package has. */
const FUTURE_TYPE = "gridworks.event.interop.future";
/** Events of one burst: more than the package holds in memory (50), so that some go through its files. */
const BURST = 60;
/** Of both, in s: long enough for some events to be sent into a broker that passes nothing on. */
const ACK_TIMEOUT_S = 4;

/** How long the broker is frozen before it is killed, in s; less than a link needs to see it. */
const FROZEN_S = 3;

const TRANSPORTS = ["plain TCP", "TLS with client certificates"] as const;

interface Setting extends AsyncDisposable {
  readonly broker: Mosquitto;
  readonly place: BrokerPlace;
  readonly folder: string;
}

async function setUp(transport: typeof TRANSPORTS[number]): Promise<Setting> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder());
  let certificates: Certificates | undefined;
  if (transport !== "plain TCP") certificates = stack.use(await makeCertificates());
  const broker = stack.use(
    await startMosquitto(
      certificates === undefined
        ? {}
        : { tls: { caPath: certificates.caPath, ...certificates.server }, requireCertificate: true },
    ),
  );
  const owned = stack.move();
  return {
    broker,
    folder: folder.path,
    place: { port: broker.port, ...(certificates === undefined ? {} : { certificates }) },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function agentEnv(place: BrokerPlace): Record<string, string> {
  const admin: Record<string, string> = {};
  for (const [name, value] of Object.entries(runEnv(place))) {
    if (name.startsWith("SCADA_GRIDWORKS_MQTT__")) admin[name.replace("GRIDWORKS_MQTT", "ADMIN")] = value;
  }
  return {
    ...runEnv(place),
    ...admin,
    SCADA_ADMIN__ENABLED: "true",
    SCADA_GRIDWORKS_MQTT__PEER: "python",
    SCADA_PROACTOR__ACK_TIMEOUT_SECONDS: `${ACK_TIMEOUT_S}`,
  };
}

function ackedIds(peer: PythonPeer): ReadonlySet<string> {
  return new Set(peer.lines("acked").map(({ id }) => id));
}

/** A broker that takes bytes and passes none on: what is sent from now on is lost. */
function freeze(broker: Mosquitto): void {
  broker.signal("SIGSTOP");
}

/** Hearth's events, up to a parent that keeps them. */
async function runBesideParent(python: string, { place, folder, broker }: Setting): Promise<void> {
  const names = houseNames();
  await using parent = startPeer("parent", { python, place, folder, names, ackTimeoutS: ACK_TIMEOUT_S });
  const options = { folder, env: agentEnv(place) };
  await using agent = startHearth(["run", "--json"], options);
  await agent.until("the first acks", () => linkState(agent, UPSTREAM_LINK) === "active" && last(agent)!.acked >= 3);
  await parent.until("the parent's link", () => parent.status()?.state === "active");

  // Down: a type that Hearth does not know, with an ack wanted.
  await parent.tell({ do: "send", count: 3, type: FUTURE_TYPE });
  await parent.until("acks of all that the parent sent", () => {
    const sent = parent.lines("sent");
    return sent.length === 3 && sent.every(({ id }) => ackedIds(parent).has(id));
  });
  // Up: a type that the package does not know.
  const admin = await runHearth(["admin", "relay", "relay2", "close", "--for", "1s", "--json"], options);
  // The event is the take-over; the relay itself may still be held, as the house switched it when it began.
  assert.ok(admin.code === EXIT.ok || admin.code === EXIT.refused, admin.stdout + admin.stderr);
  const unknown = await parent.until("an event of a type that only Hearth has", () => {
    return parent.lines("event").find(({ known }) => !known);
  });
  assert.equal(unknown.src, names.scada);
  await parent.until("its ack", () => parent.lines("sent_ack").some(({ id }) => id === unknown.id));

  freeze(broker);
  // An object a second, an event at least a second.
  const shown = agent.json().length;
  await agent.until("seconds whose events are lost on the way", () => agent.json().length >= shown + FROZEN_S);
  await broker.kill();
  const atCut = last(agent)!.generated;
  await agent.until("a link that knows of the loss, and goes on recording", () => {
    return linkState(agent, UPSTREAM_LINK) !== "active" && last(agent)!.generated >= atCut + 5;
  });
  const waiting = last(agent)!;
  await broker.restart();
  await agent.until("acks of all that waited", () => last(agent)!.acked >= waiting.generated);
  await parent.until("the parent's link again", () => parent.status()?.state === "active");

  const end = await agent.stop();
  assert.equal(end.code, EXIT.ok, end.stderr);
  await parent.stop();
  const account = accountOf(runStorePath(folder));
  assertExact({ ...account, applied: 0 });
  const heard = new Set(parent.lines("event").filter(({ src }) => src === names.scada).map(({ id }) => id));
  const heardAndPending = pendingEvents(runStorePath(folder)).filter(({ id }) => heard.has(id)).length;
  assert.equal(heard.size, account.acked + heardAndPending, JSON.stringify(account));
}

/** A child's events, up to Hearth's inbox. */
async function ltnBesideChild(python: string, { place, folder, broker }: Setting): Promise<void> {
  const env = { ...ltnEnv(place), LTN_SCADA_MQTT__PEER: "python" };
  await using ltn = startHearth(["ltn", "--json"], { folder, env });
  const options = { python, place, folder, names: houseNames(), ackTimeoutS: ACK_TIMEOUT_S };
  await using child = startPeer("child", options);
  function isDrained(): boolean {
    const status = child.status();
    return status?.state === "active" && status.pending === 0 && status.inFlight === 0;
  }
  function burstIds(): readonly string[] {
    return child.lines("recorded").filter(({ type }) => type === FUTURE_TYPE).map(({ id }) => id);
  }
  const burst = { do: "record", count: BURST, type: FUTURE_TYPE } as const;
  await child.until("the child's link", isDrained);
  await child.tell(burst);
  await child.until("acks of the burst", () => {
    return burstIds().length === BURST && burstIds().every((id) => ackedIds(child).has(id));
  });
  await ltn.until("the LTN's link", () => linkState(ltn, SCADA_LINK) === "active");
  await child.until("its ack of the LTN's ping", () => child.lines("sent_ack").length >= 1);

  freeze(broker);
  await child.tell(burst);
  await child.until("events that are lost on the way", () => burstIds().length === 2 * BURST);
  await broker.kill();
  await child.until("a child that knows of the loss", () => child.status()?.state === "connecting");
  await child.tell(burst);
  await child.until("events that wait", () => child.status()!.pending >= 2 * BURST);
  await broker.restart();
  await child.until("acks of all that waited", isDrained);
  await ltn.until("the LTN's link again", () => linkState(ltn, SCADA_LINK) === "active");

  const recorded = child.lines("recorded").map(({ id }) => id);
  await child.stop();
  const end = await ltn.stop();
  assert.equal(end.code, EXIT.ok, end.stderr);
  const inbox = inboxIds(ltnStorePath(folder));
  assert.equal(new Set(inbox).size, inbox.length, "each id once");
  const applied = new Set(inbox);
  assert.deepEqual(recorded.filter((id) => !applied.has(id)), [], "every event of the child is in the inbox");
  assert.equal(burstIds().length, 3 * BURST);
}

for (const transport of TRANSPORTS) {
  const rest = `lose nothing over ${transport} when their broker is killed`;
  interopTest(`hearth run and a Python parent ${rest}`, async (python) => {
    await using setting = await setUp(transport);
    await runBesideParent(python, setting);
  });
  interopTest(`hearth ltn and a Python child ${rest}`, async (python) => {
    await using setting = await setUp(transport);
    await ltnBesideChild(python, setting);
  });
}
