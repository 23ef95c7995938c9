import type { RunPlan, WorkerPlan } from "../core/isolate.ts";
import { SCADA_PREFIX, type ScadaSettings } from "../settings/mod.ts";
import type { FoundLayout, PlanBasis } from "./plan_basis.ts";
import { boardBuses, busWorkers } from "./plan_bus.ts";
import { houseWorker } from "./plan_dev.ts";
import {
  connectionPlan,
  finishedPlan,
  linkBoundsOf,
  localTimeOfDayMs,
  proactorWorkerPlan,
  shownBy,
  storeInit,
  storeWorker,
} from "./plan_parts.ts";
import type { ConnectionPlan } from "./proactor_init.ts";
import { agentInit } from "./plan_proactors.ts";
import { requireSimulated } from "./simulated_house.ts";
import { zonesOf } from "./zones.ts";

/** The connections of an agent. */
export interface RunConnections {
  readonly upstream: ConnectionPlan;
  /** `name`: under which the admin client publishes. */
  readonly admin?: { readonly connection: ConnectionPlan; readonly name: string };
}

/** What makes an agent. */
export interface RunParts {
  readonly settings: ScadaSettings;
  readonly connections: RunConnections;
  readonly layout: FoundLayout;
}

/** The agent's connections; their certificates are looked at. */
export function runConnections(settings: ScadaSettings, basis: PlanBasis): RunConnections {
  const upstream = connectionPlan(settings.gridworksMqtt, SCADA_PREFIX, basis);
  if (!settings.admin.enabled) return { upstream };
  const connection = connectionPlan(settings.admin, SCADA_PREFIX, basis);
  return { upstream, admin: { connection, name: settings.admin.name } };
}

/** Workers of the devices, and which of them are buses to the agent. */
interface Devices {
  readonly workers: readonly WorkerPlan[];
  readonly buses: readonly string[];
  /** Worker name of the simulated house, which a view is told of. */
  readonly simulated?: string;
}

/** The simulated house serves every device of the layout; else the buses of the board do. */
function devicesOf({ settings, layout }: RunParts, basis: PlanBasis): Devices {
  if (settings.isSimulated) {
    requireSimulated(layout);
    const startOfDayMs = localTimeOfDayMs(basis.host.wallMs(), settings.timeZone);
    return { workers: [houseWorker(1, startOfDayMs)], buses: ["house"], simulated: "house" };
  }
  const board = boardBuses(layout, basis);
  if (board?.buses.length === 0) {
    const advice = "set SCADA_IS_SIMULATED=true for a simulated house";
    basis.warnings.push(`Cannot control the house as its layout must have a bus that can be driven: ${advice}`);
  }
  const workers = board === undefined ? [] : busWorkers(board);
  return { workers, buses: workers.map(({ name }) => name) };
}

/** `hearth run`: agent, store, the buses of the layout, and a view when there is a screen. */
export function runPlan(parts: RunParts, basis: PlanBasis): RunPlan {
  const { settings, connections, layout } = parts;
  const wallMs = basis.host.wallMs();
  const clock = { speed: 1, houseWallStartMs: wallMs, realWallStartMs: wallMs };
  const devices = devicesOf(parts, basis);
  const bounds = linkBoundsOf(settings.links, settings.gridworksMqtt.peer === "hearth");
  const { json = false, exitAfterMs } = basis.extras;
  const view = { program: "run", json, isTerminal: basis.isTerminal, speed: 1, zones: zonesOf(layout) } as const;
  const shown = shownBy(view);
  const agent = agentInit({ layout, clock, bounds, logLevel: "info", store: "store", ...shown.own }, {
    ...connections,
    buses: devices.buses,
    timeZone: settings.timeZone,
    reportMs: settings.reportMs,
    snapshotMs: settings.snapshotMs,
    powerReportingThreshold: settings.powerReportingThreshold,
    adminTimeoutMsMax: settings.admin.timeoutMsMax,
  });
  const workers = [
    storeWorker("store", storeInit(settings.paths.eventDir, "scada", settings.store)),
    ...devices.workers,
    proactorWorkerPlan("agent", "agent", agent),
    ...shown.workers,
  ];
  const watched = devices.simulated === undefined ? ["agent"] : ["agent", devices.simulated];
  const ports = [
    ...["store", ...devices.buses].map((peer) => ["agent", peer] as const),
    ...shown.workers.flatMap(({ name }) => watched.map((peer) => [peer, name] as const)),
  ];
  return { ...finishedPlan(workers, ports, exitAfterMs), locks: [`${settings.paths.eventDir}/scada.lock`] };
}
