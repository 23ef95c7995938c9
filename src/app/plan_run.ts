import type { RunPlan, WorkerPlan } from "../core/isolate.ts";
import { SCADA_PREFIX, type ScadaSettings } from "../settings/mod.ts";
import type { FoundLayout, PlanBasis } from "./plan_basis.ts";
import { houseWorker } from "./plan_dev.ts";
import {
  connectionPlan,
  finishedPlan,
  linkBoundsOf,
  localTimeOfDayMs,
  proactorWorkerPlan,
  storeInit,
  storeWorker,
  viewWorker,
} from "./plan_parts.ts";
import type { ConnectionPlan } from "./proactor_init.ts";
import { agentInit } from "./plan_proactors.ts";
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

/** `hearth run`: agent, store, view, and the buses of the layout. */
export function runPlan({ settings, connections, layout }: RunParts, basis: PlanBasis): RunPlan {
  const wallMs = basis.host.wallMs();
  const clock = { speed: 1, houseWallStartMs: wallMs, realWallStartMs: wallMs };
  if (!settings.isSimulated) {
    basis.warnings.push(
      "The layout's devices have no driver yet: the house is watched over by nobody. Set SCADA_IS_SIMULATED=true for a simulated one",
    );
  }
  const buses = settings.isSimulated ? ["house"] : [];
  const bounds = linkBoundsOf(settings.links, settings.gridworksMqtt.peer === "hearth");
  const agent = agentInit({ layout, clock, bounds, logLevel: "info", store: "store", view: "view" }, {
    ...connections,
    buses,
    timeZone: settings.timeZone,
    reportMs: settings.reportMs,
    snapshotMs: settings.snapshotMs,
    powerReportingThreshold: settings.powerReportingThreshold,
    adminTimeoutMsMax: settings.admin.timeoutMsMax,
  });
  const { json = false, exitAfterMs } = basis.extras;
  const house: WorkerPlan[] = settings.isSimulated ? [houseWorker(1, localTimeOfDayMs(wallMs, settings.timeZone))] : [];
  const workers = [
    storeWorker("store", storeInit(settings.paths.eventDir, "scada", settings.store)),
    ...house,
    proactorWorkerPlan("agent", "agent", agent),
    viewWorker({ program: "run", json, isTerminal: basis.isTerminal, speed: 1, zones: zonesOf(layout) }),
  ];
  const ports: (readonly [string, string])[] = [["agent", "store"], ["agent", "view"]];
  if (settings.isSimulated) ports.push(["agent", "house"], ["house", "view"]);
  return finishedPlan(workers, ports, exitAfterMs);
}
