import "../host/process_env.ts";
import { serveWorker } from "../host/worker_side.ts";
import { ltnHub, makeInbox } from "../ltn/mod.ts";
import { noOutputs } from "../proactor/mod.ts";
import { LTN_SHORT } from "./link_names.ts";
import type { ProactorInit } from "./proactor_init.ts";
import { type ProactorOwn, proactorWorker } from "./proactor_worker.ts";

/** The cloud peer: takes every event of the house once, acks it, and keeps a live view. */
function cloud(): ProactorOwn {
  return { actors: [() => ltnHub({ name: LTN_SHORT })], guard: noOutputs(), inbox: makeInbox() };
}

serveWorker(proactorWorker<ProactorInit>(cloud));
