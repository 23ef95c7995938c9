import "../../../src/host/process_env.ts";
import type { AgentInit } from "../../../src/app/proactor_init.ts";
import { proactorWorker } from "../../../src/app/proactor_worker.ts";
import { serveWorker } from "../../../src/host/worker_side.ts";
import { type Actor, noOutputs } from "../../../src/proactor/mod.ts";
import { LOAD_TYPE } from "../../kill/load_types.ts";
import { LOAD_EVENTS } from "./load_size.ts";

/** Time between two bursts, in ms, and events of one: 500 events a second. */
const BURST_MS = 20;
const BURST_EVENTS = 10;

/** Stands for the house's hub, and records a fixed number of events as fast as it is told to. */
function loadActor(): Actor {
  let life = "";
  let events = 0;
  return {
    name: "s",
    listensTo: [],
    step(input, ctx) {
      if (input.kind === "start") life = ctx.newId();
      else if (input.kind === "timer") {
        for (let i = 0; i < BURST_EVENTS; i++) ctx.record({ TypeName: LOAD_TYPE, Life: life, N: ++events });
      } else return;
      if (events < LOAD_EVENTS) ctx.timer("burst", BURST_MS);
    },
    snapshot: () => ({ events }),
  };
}

serveWorker(proactorWorker<AgentInit>(() => ({ actors: [loadActor], guard: noOutputs() })));
