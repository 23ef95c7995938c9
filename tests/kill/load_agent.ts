import "../../src/host/process_env.ts";
import type { AgentInit } from "../../src/app/proactor_init.ts";
import { type ProactorOwn, proactorWorker } from "../../src/app/proactor_worker.ts";
import { serveWorker } from "../../src/host/worker_side.ts";
import { noOutputs } from "../../src/proactor/mod.ts";
import { loadActor } from "./load_actor.ts";

function load(): ProactorOwn {
  const actor = loadActor("s");
  return { actors: [() => actor], guard: noOutputs(), restoreJournal: actor.restoreJournal };
}

serveWorker(proactorWorker<AgentInit>(load));
