import { LANE2_ROWS_MAX, LANE2_WAIT_MS, LANE3_WAIT_MS } from "../store/group_commit.ts";
import type { RunPlan, WorkerPlan } from "../core/isolate.ts";
import { WORKDAY_TARIFF } from "../calendar/mod.ts";
import { agentInit, DEMO_BOUNDS, ltnInit, type ProactorPlace } from "./plan_proactors.ts";
import type { FoundLayout, PlanBasis } from "./plan_basis.ts";
import {
  finishedPlan,
  localTimeOfDayMs,
  proactorWorkerPlan,
  SILENT_MS,
  storeInit,
  storeWorker,
  viewWorker,
} from "./plan_parts.ts";
import { requireSimulated } from "./simulated_house.ts";
import { zonesOf } from "./zones.ts";

/** Where the demo's broker listens. */
const LOOPBACK = "127.0.0.1";
/** Most bytes of pending events in each of the demo's stores. */
const DEMO_STORE_BYTES_MAX = 52_428_800;

/** What makes a demo. */
export interface DevOptionsFound {
  readonly layout: FoundLayout;
  /** Folder of the stores. */
  readonly data: string;
  readonly speed: number;
  readonly runFile: string;
}

/** The demo: embedded broker, agent, LTN, their stores, a simulated house and the live view, each a worker. */
export function devPlan({ layout, data, speed, runFile }: DevOptionsFound, basis: PlanBasis): RunPlan {
  requireSimulated(layout);
  const port = basis.host.freePort();
  const wallMs = basis.host.wallMs();
  const clock = { speed, houseWallStartMs: wallMs, realWallStartMs: wallMs };
  const broker = { host: LOOPBACK, port, keepAliveS: 60 };
  const logLevel = "warn" as const;
  const place: Omit<ProactorPlace, "store"> = { layout, clock, bounds: DEMO_BOUNDS, logLevel, view: "view" };
  const agent = agentInit({ ...place, store: "store" }, {
    upstream: { ...broker, name: "gridworks_mqtt" },
    admin: { connection: { ...broker, name: "admin" }, name: "admin" },
    buses: ["house"],
    timeZone: WORKDAY_TARIFF.timezone,
  });
  const ltn = ltnInit({ ...place, store: "ltn-store" }, { ...broker, name: "scada_mqtt" });
  const bounds = {
    capBytes: DEMO_STORE_BYTES_MAX,
    eventRowsMax: LANE2_ROWS_MAX,
    eventWaitMs: LANE2_WAIT_MS,
    bulkWaitMs: LANE3_WAIT_MS,
  };
  const { json = false, exitAfterMs } = basis.extras;
  const workers: WorkerPlan[] = [
    brokerWorker(port, runFile, { host: LOOPBACK, port, layout: layout.path, scada: layout.scada, speed }),
    storeWorker("store", storeInit(data, "scada", bounds)),
    storeWorker("ltn-store", storeInit(data, "ltn", bounds)),
    houseWorker(speed, localTimeOfDayMs(wallMs, WORKDAY_TARIFF.timezone)),
    proactorWorkerPlan("ltn", "ltn", ltn),
    proactorWorkerPlan("agent", "agent", agent),
    viewWorker({ program: "dev", json, isTerminal: basis.isTerminal, speed, zones: zonesOf(layout) }),
  ];
  const ports = [
    ["agent", "store"],
    ["ltn", "ltn-store"],
    ["agent", "house"],
    ["agent", "view"],
    ["ltn", "view"],
    ["house", "view"],
  ] as const;
  const locks = ["scada", "ltn"].map((owner) => `${data}/${owner}.lock`);
  return { ...finishedPlan(workers, ports, exitAfterMs), locks };
}

function brokerWorker(port: number, runFile: string, runFileContent: Record<string, string | number>): WorkerPlan {
  const folder = runFile.slice(0, runFile.lastIndexOf("/"));
  return {
    name: "broker",
    entry: "broker",
    grants: { net: [`${LOOPBACK}:${port}`], read: [folder], write: [folder] },
    supervision: "replace_or_exit",
    silentMs: SILENT_MS,
    init: { port, runFile, runFileContent },
  };
}

/** The worker of a simulated house: physics behind the bus protocol, no grants at all. */
export function houseWorker(speed: number, startOfDayMs: number): WorkerPlan {
  return {
    name: "house",
    entry: "house",
    grants: {},
    supervision: "replace_or_exit",
    silentMs: SILENT_MS,
    init: { speed, startOfDayMs },
  };
}
