import type { RunPlan, WorkerPlan } from "../core/isolate.ts";
import type { LinkBounds, MqttLinkSettings, StoreBounds } from "../settings/mod.ts";
import { checkTls, readTlsFiles, type TlsFiles } from "../transports/tls_preflight.ts";
import { gatherCertificates } from "./plan_certificates.ts";
import type { PlanBasis } from "./plan_basis.ts";
import type { ConnectionPlan, ProactorInit } from "./proactor_init.ts";
import type { StoreInit } from "./store_init.ts";
import type { ViewInit } from "./view_init.ts";
import { isScreen } from "./view_writer.ts";

/** An agent, LTN or store without a beat for this long is silent, in ms. */
export const SILENT_MS = 5_000;

const MS_PER_DAY = 86_400_000;

/** The plan of one MQTT link's connection; its certificates are looked at now, so that a wrong one is found before the start. */
export function connectionPlan(link: MqttLinkSettings, prefix: string, basis: PlanBasis): ConnectionPlan {
  const { host, port, keepaliveS: keepAliveS, username, password } = link;
  const login = {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
  };
  const plan = { name: link.link, host, port, keepAliveS, ...login };
  if (link.tls === undefined) return plan;
  const setting = `${prefix}${link.link.toUpperCase()}__TLS__PATHS__`;
  const keyPassword = `${prefix}${link.link.toUpperCase()}__TLS__KEYFILE_PASSWORD`;
  const tls: TlsFiles = {
    ca: { setting: `${setting}CA_CERT_PATH`, path: link.tls.caCertPath },
    cert: { setting: `${setting}CERT_PATH`, path: link.tls.certPath },
    key: { setting: `${setting}PRIVATE_KEY_PATH`, path: link.tls.privateKeyPath },
  };
  const passphrase = link.tls.keyPassword === undefined ? {} : { passphrase: link.tls.keyPassword };
  const read = readTlsFiles(tls);
  const checked = read.texts === undefined ? [] : checkTls({ ...read.texts, ...passphrase }, basis.host.wallMs());
  const from = { ca: tls.ca.setting, cert: tls.cert?.setting, key: `${tls.key?.setting}, ${keyPassword}` };
  const said = [
    ...read.problems,
    ...checked.map((problem) => ({ ...problem, text: `${problem.text} (setting ${from[problem.item]})` })),
  ];
  for (const problem of said) {
    // A house must run with a certificate that has ended, or with a clock that is not set yet.
    const isFatal = problem.level === "error" && problem.isOfDate !== true;
    (isFatal ? basis.problems : basis.warnings).push(`${link.link}: ${problem.text}`);
  }
  if (read.texts !== undefined) gatherCertificates(link.link, read.texts, basis);
  const { checkHostname, pollMs: tlsPollMs } = link.tls;
  if (!checkHostname) {
    const found = `${prefix}${link.link.toUpperCase()}__TLS__CHECK_HOSTNAME=false`;
    const must = "the name in its certificate must be checked";
    basis.warnings.push(
      `${link.link}: Cannot tell broker "${host}" from other servers of its CA as ${must}: found ${found}`,
    );
  }
  return { ...plan, tls, ...passphrase, checkHostname, tlsPollMs };
}

/** Files that a connection reads. */
export function tlsPaths(connections: readonly ConnectionPlan[]): readonly string[] {
  return connections.flatMap(({ tls }) =>
    [tls?.ca, tls?.cert, tls?.key].flatMap((file) => file === undefined ? [] : [file.path])
  );
}

/** The worker of a store. */
export function storeWorker(name: string, init: StoreInit): WorkerPlan {
  // The free space of the disk is asked for with statfs.
  const grants = { read: [init.folder], write: [init.folder], sys: ["statfs"] };
  return { name, entry: "store", grants, supervision: "replace_or_exit", silentMs: SILENT_MS, init };
}

/** A store's init from the settings' bounds. */
export function storeInit(folder: string, owner: string, bounds: StoreBounds): StoreInit {
  const commit = {
    lane2RowsMax: bounds.eventRowsMax,
    lane2WaitMs: bounds.eventWaitMs,
    lane3WaitMs: bounds.bulkWaitMs,
  };
  const { capBytes, ageMsMax } = bounds;
  const age = ageMsMax === undefined ? {} : { ageMsMax };
  return { folder, owner, bytesMax: capBytes, fileBytesMax: capBytes, ...age, commit };
}

/** The worker of an agent or LTN: net to its brokers, read of its certificates, nothing else. */
export function proactorWorkerPlan(name: string, entry: string, init: ProactorInit): WorkerPlan {
  const net = [...new Set(init.connections.map(({ host, port }) => `${host}:${port}`))];
  const grants = { net, read: tlsPaths(init.connections) };
  const watch = init.lines?.json === true ? { watchesIsolates: true } : {};
  return { name, entry, grants, supervision: "replace_or_exit", silentMs: SILENT_MS, ...watch, init };
}

/** Who shows what an agent or LTN does. */
export interface Shown {
  /** For its init. */
  readonly own: Pick<ProactorInit, "view" | "lines">;
  readonly workers: readonly WorkerPlan[];
}

/** A screen is drawn by a live view; what nobody watches is written by agent or LTN, without an isolate for it. */
export function shownBy(view: ViewInit): Shown {
  if (!isScreen(view)) return { own: { lines: view }, workers: [] };
  const worker = viewWorker(view);
  return { own: { view: worker.name }, workers: [worker] };
}

/** The worker of the live view. */
export function viewWorker(init: ViewInit): WorkerPlan {
  const watch = { supervision: "replace_or_exit", silentMs: SILENT_MS, watchesIsolates: true } as const;
  return { name: "view", entry: "view", grants: {}, ...watch, init };
}

/** The links' bounds as the settings have them. */
export function linkBoundsOf(bounds: LinkBounds, peerIsHearth: boolean): ProactorInit["bounds"] {
  return { ...bounds, peerIsHearth };
}

/** A plan, ended after some time when that was asked for. */
export function finishedPlan(
  workers: readonly WorkerPlan[],
  ports: readonly (readonly [string, string])[],
  exitAfterMs: number | undefined,
): RunPlan {
  return {
    workers,
    ports: ports.map(([a, b]) => ({ a, b })),
    ...(exitAfterMs === undefined ? {} : { exitAfterMs }),
  };
}

/** Time of day in a time zone, in ms since local midnight. */
export function localTimeOfDayMs(wallMs: number, timeZone: string): number {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
  const part = (kind: string) => Number(format.formatToParts(wallMs).find((one) => one.type === kind)?.value ?? 0);
  return (((part("hour") * 60 + part("minute")) * 60 + part("second")) * 1_000) % MS_PER_DAY;
}
