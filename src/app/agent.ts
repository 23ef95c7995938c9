import "../host/process_env.ts";
import { serveWorker } from "../host/worker_side.ts";
import { scadaMakers } from "../scada/mod.ts";
import { agentOptions } from "./agent_options.ts";
import type { AgentInit } from "./proactor_init.ts";
import { proactorWorker } from "./proactor_worker.ts";

// The house agent: hub, brain, relays and sensors of the layout, below them the guard.
serveWorker(proactorWorker<AgentInit>((init) => scadaMakers(agentOptions(init))));
