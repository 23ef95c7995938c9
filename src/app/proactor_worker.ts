import { type ProactorShell, proactorShell, type ShellConnection } from "../host/proactor_shell.ts";
import type { WorkerHost, WorkerParts, WorkerPorts } from "../host/worker_side.ts";
import type { LogRecord } from "../core/log.ts";
import { makeLinks } from "../links/mod.ts";
import { makeProactor, type Proactor, type ProactorConfig, type ProactorEffect } from "../proactor/mod.ts";
import { DEFAULT_REGISTRY } from "../protocol/mod.ts";
import type { ConnectionHost } from "../transports/mqtt_config.ts";
import { type ConnectionNews, openConnection } from "./credentials_connection.ts";
import type { ProactorInit } from "./proactor_init.ts";
import { type ProactorPorts, proactorPorts } from "./proactor_ports.ts";
import { type ProactorView, proactorView } from "./proactor_view.ts";

/** What makes a worker an agent or an LTN: its actors and what they stand on. */
export type ProactorOwn =
  & Pick<ProactorConfig, "actors" | "guard">
  & Partial<Pick<ProactorConfig, "inbox" | "restoreJournal">>;

const LEVELS = ["debug", "info", "warn", "error"] as const;

/** A worker that hosts one proactor on real connections, a store worker and bus workers. */
export function proactorWorker<Init extends ProactorInit>(
  own: (init: Init, shell: ProactorShell) => ProactorOwn,
): WorkerParts {
  let shell: ProactorShell | undefined;
  let proactor: Proactor | undefined;
  let init: Init;
  let view: ProactorView | undefined;
  let portsNow: ProactorPorts | undefined;
  let hasControlled = false;
  const ready = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<void>();

  function tellFirstControl(output: string, host: WorkerHost): void {
    if (hasControlled) return;
    hasControlled = true;
    writeLog({ level: "info", event: "agent.first_control", fields: { output } }, init.logLevel, host);
  }

  return {
    start(given, ports: WorkerPorts, host: WorkerHost) {
      init = given as Init;
      const connections = new Map<string, ShellConnection>();
      shell = proactorShell(init.clock, () => ({
        connections,
        toStore: (message) => portsNow?.toStore(message),
        toBus(bus, message) {
          if (message.kind === "write") tellFirstControl(message.output, host);
          portsNow?.toBus(bus, message);
        },
        log: (record) => writeLog(record, init.logLevel, host),
        request: (request) => refuseRequest(request, shell!),
        stopped: () => stopped.resolve(),
        turned: () => proactor?.started && ready.resolve(),
      }));
      const opened = portsNow = proactorPorts(init, shell.post);
      const { post } = shell;
      const news: ConnectionNews = {
        heard: (input) => void post({ kind: "connection", input }),
        told: (told) => void post({ kind: "credentials", told }),
      };
      const hostOfConnections = connectionHost(init.logLevel, host);
      for (const plan of init.connections) connections.set(plan.name, openConnection(plan, news, hostOfConnections));
      const links = makeLinks({ ...init.bounds, ownLongName: init.longName, links: init.links }, DEFAULT_REGISTRY);
      const { longName, inbound, routes } = init;
      const parts = { longName, inbound, routes, peers: init.peers, boot: host.boot, life: host.life, links };
      const made = proactor = makeProactor({ ...parts, ...own(init, shell) }, shell.world);
      const { houseWallMs } = shell;
      shell.run(made);
      for (const [peer, port] of Object.entries(ports)) opened.connect(peer, port);
      view = proactorView(init, {
        look: (isLast) => ({ kind: "proactor", snapshot: made.snapshot(), houseWallMs: houseWallMs(), isLast }),
        toView: opened.toView,
        print: host.print,
      });
      return ready.promise;
    },
    port: (peer, _life, port) => portsNow?.connect(peer, port),
    isolates: (memory) => view?.memory(memory),
    // It waits for the store, which may never open.
    giveUpStart: () => ready.resolve(),
    async stop() {
      shell?.post({ kind: "stop", reason: "Stopped in order" });
      await stopped.promise;
      view?.stop();
      shell?.[Symbol.dispose]();
    },
    doing: () => proactor?.doing ?? "",
  };
}

function writeLog(record: LogRecord, least: ProactorInit["logLevel"], host: WorkerHost): void {
  if (!record.wanted && LEVELS.indexOf(record.level) < LEVELS.indexOf(least)) return;
  const { level, event, fields } = record;
  const line = { time: new Date().toISOString(), level, worker: host.name, event, ...fields };
  host.print("stderr", `${JSON.stringify(line)}\n`);
}

/** No request port is offered here; a derived application's worker brings its own. */
function refuseRequest(request: Extract<ProactorEffect, { kind: "request" }>, shell: ProactorShell): void {
  const body = { error: `Cannot answer a request as its port must exist: "${request.port}"` };
  shell.post({ kind: "reply", actor: request.actor, id: request.id, body });
}

function connectionHost(least: ProactorInit["logLevel"], host: WorkerHost): ConnectionHost {
  return {
    after(delayMs, _name, callback) {
      const timer = setTimeout(callback, delayMs);
      return { [Symbol.dispose]: () => clearTimeout(timer) };
    },
    log: (record) => writeLog(record, least, host),
    wallMs: () => Date.now(),
  };
}
