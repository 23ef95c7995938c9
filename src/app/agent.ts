import "../host/process_env.ts";
import { serveWorker } from "../host/worker_side.ts";
import { scadaFacts, scadaMakers, type ScadaOptions } from "../scada/mod.ts";
import { ADMIN_LINK, UPSTREAM_LINK } from "./link_names.ts";
import type { AgentInit } from "./proactor_init.ts";
import { type ProactorOwn, proactorWorker } from "./proactor_worker.ts";

/** The house agent: hub, brain, relays and sensors of the layout, below them the guard. */
function house(init: AgentInit): ProactorOwn {
  const admin = init.links.find((link) => link.name === ADMIN_LINK);
  const options: ScadaOptions = {
    facts: scadaFacts(init.layout),
    upstream: { dst: "ltn", link: UPSTREAM_LINK },
    ...(admin === undefined ? {} : { admin: { dst: admin.peerShortName, link: ADMIN_LINK } }),
    reportMs: init.reportMs,
    snapshotMs: init.snapshotMs,
  };
  return scadaMakers(options);
}

serveWorker(proactorWorker<AgentInit>(house));
