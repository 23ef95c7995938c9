import "../host/process_env.ts";
import { type CliHost, type PlanOutcome, type PlanRequest, runCli } from "../cli/mod.ts";
import { OutsideDataError } from "../core/errors.ts";
import type { CommandInit } from "../core/isolate.ts";
import { serveWorker, type WorkerHost } from "../host/worker_side.ts";
import type { ConnectionInput } from "../links/connection_port.ts";
import type { MqttLinkSettings } from "../settings/mod.ts";
import { inspectStore } from "../store/inspect.ts";
import type { MqttConnection } from "../transports/mqtt_connection.ts";
import type { TlsTexts } from "../transports/tls_preflight.ts";
import { keyTools } from "./key_tools.ts";
import { makePlan } from "./make_plan.ts";
import { planHost } from "./plan_host.ts";

function after(delayMs: number, _name: string, callback: () => void): Disposable {
  const id = setTimeout(callback, delayMs);
  return { [Symbol.dispose]: () => clearTimeout(id) };
}

type ReadTls = (link: MqttLinkSettings) => TlsTexts | undefined;

/** Certificates of a link, when TLS is on. @throws {OutsideDataError} With every problem, one a line. */
function tlsReader({ readTlsFiles }: typeof import("../transports/tls_preflight.ts")): ReadTls {
  return function read({ tls, link }) {
    if (tls === undefined) return undefined;
    const setting = (tail: string) => `SCADA_${link.toUpperCase()}__TLS__PATHS__${tail}`;
    const { texts, problems } = readTlsFiles({
      ca: { setting: setting("CA_CERT_PATH"), path: tls.caCertPath },
      cert: { setting: setting("CERT_PATH"), path: tls.certPath },
      key: { setting: setting("PRIVATE_KEY_PATH"), path: tls.privateKeyPath },
    });
    if (texts === undefined) throw new OutsideDataError(problems.map((problem) => problem.text).join("\n"));
    const { checkHostname, keyPassword } = tls;
    return { ...texts, checkHostname, ...(keyPassword === undefined ? {} : { passphrase: keyPassword }) };
  };
}

interface Transport {
  readonly open: typeof import("../transports/mqtt_connection.ts").mqttConnection;
  readonly readTls: ReadTls;
}

function connect(
  { open, readTls }: Transport,
  link: MqttLinkSettings,
  emit: (input: ConnectionInput) => void,
): Disposable & Pick<MqttConnection, "effect"> {
  const tls = readTls(link);
  return open(
    {
      name: "admin",
      host: link.host,
      port: link.port,
      // Unique a process: two operators must not push each other off the broker.
      clientId: `hearth-${crypto.randomUUID().slice(0, 13)}`,
      keepAliveS: link.keepaliveS,
      ...(link.username === undefined ? {} : { username: link.username }),
      ...(link.password === undefined ? {} : { password: link.password }),
      ...(tls === undefined ? {} : { tls }),
    },
    emit,
    { after, log: () => {}, wallMs: () => Date.now() },
  );
}

/** The port of the demo's broker is chosen when the demo starts; a plan that is only shown has 0 there. */
function plan(request: PlanRequest): Promise<PlanOutcome> {
  return Promise.resolve(makePlan(request, {}, { ...planHost(), freePort: () => 0 }));
}

let stop: (() => void) | undefined;
let running: Promise<void> | undefined;

/** Only the admin command loads the MQTT client. */
async function loadTransport(args: readonly string[]): Promise<Transport | undefined> {
  if (args[0] !== "admin") return undefined;
  const [{ mqttConnection }, preflight] = await Promise.all([
    import("../transports/mqtt_connection.ts"),
    import("../transports/tls_preflight.ts"),
  ]);
  return { open: mqttConnection, readTls: tlsReader(preflight) };
}

async function run(init: CommandInit, worker: WorkerHost): Promise<void> {
  const transport = await loadTransport(init.args);
  const host: CliHost = {
    init,
    print: (stream, text) => worker.print(stream, text),
    readText: (path) => planHost().readText(path),
    plan,
    inspect: inspectStore,
    clock: () => ({ nowMs: performance.now(), wallMs: Date.now(), newId: () => crypto.randomUUID() }),
    after,
    connect(link, emit) {
      if (transport === undefined) throw new Error("Invariant broken: a command without the MQTT client connects");
      if (link.tls?.checkHostname === false) {
        worker.print("stderr", `warning: the name in the certificate of broker "${link.host}" is not checked\n`);
      }
      return connect(transport, link, emit);
    },
    keys: keyTools(),
    onStop: (callback) => stop = callback,
  };
  worker.exit(await runCli(host));
}

serveWorker({
  start(init, _ports, worker) {
    running = run(init as CommandInit, worker).catch((thrown) => worker.fail(thrown));
  },
  async stop() {
    if (stop === undefined) return;
    stop();
    await running;
  },
  doing: () => "cli",
});
