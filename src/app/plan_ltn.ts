import type { RunPlan } from "../core/isolate.ts";
import { LTN_PREFIX, type LtnSettings } from "../settings/mod.ts";
import type { FoundLayout, PlanBasis } from "./plan_basis.ts";
import {
  connectionPlan,
  finishedPlan,
  linkBoundsOf,
  proactorWorkerPlan,
  shownBy,
  storeInit,
  storeWorker,
} from "./plan_parts.ts";
import type { ConnectionPlan } from "./proactor_init.ts";
import { ltnInit } from "./plan_proactors.ts";

/** What makes an LTN. */
export interface LtnParts {
  readonly settings: LtnSettings;
  readonly connection: ConnectionPlan;
  readonly layout: FoundLayout;
}

/** The LTN's connection; its certificates are looked at. */
export function ltnConnection(settings: LtnSettings, basis: PlanBasis): ConnectionPlan {
  return connectionPlan(settings.scadaMqtt, LTN_PREFIX, basis);
}

/** `hearth ltn`: the cloud peer of one house, its inbox, and the view of what it received. */
export function ltnPlan({ settings, connection, layout }: LtnParts, basis: PlanBasis): RunPlan {
  const wallMs = basis.host.wallMs();
  const clock = { speed: 1, houseWallStartMs: wallMs, realWallStartMs: wallMs };
  const bounds = linkBoundsOf(settings.links, settings.scadaMqtt.peer === "hearth");
  const { json = false, exitAfterMs } = basis.extras;
  const shown = shownBy({ program: "ltn", json, isTerminal: basis.isTerminal, speed: 1, zones: [] });
  const ltn = ltnInit({ layout, clock, bounds, logLevel: "info", store: "store", ...shown.own }, connection);
  const workers = [
    storeWorker("store", storeInit(settings.paths.eventDir, "ltn", settings.store)),
    proactorWorkerPlan("ltn", "ltn", ltn),
    ...shown.workers,
  ];
  const ports = ["store", ...shown.workers.map(({ name }) => name)].map((peer) => ["ltn", peer] as const);
  const plan = finishedPlan(workers, ports, exitAfterMs);
  return { ...plan, locks: [`${settings.paths.eventDir}/ltn.lock`] };
}
