import "../../src/host/process_env.ts";
import { LTN_SHORT } from "../../src/app/link_names.ts";
import type { ProactorInit } from "../../src/app/proactor_init.ts";
import { type ProactorOwn, proactorWorker } from "../../src/app/proactor_worker.ts";
import { serveWorker } from "../../src/host/worker_side.ts";
import { ltnHub, makeInbox } from "../../src/ltn/mod.ts";
import { type Actor, noOutputs } from "../../src/proactor/mod.ts";
import { isLoad, type Ledger, type LoadEvent } from "./load_types.ts";

/** The hub of the program, and beside it an effect of each event that outlives the process. */
function ledgerHub(): Actor {
  const hub = ltnHub({ name: LTN_SHORT });
  let ledger: Ledger = { events: 0, sum: 0 };
  return {
    ...hub,
    step(input, ctx) {
      hub.step(input, ctx);
      if (input.kind === "start") ledger = (input.kept.get("ledger") as Ledger | undefined) ?? ledger;
      if (input.kind !== "message" || !isLoad(input.message.type)) return;
      const { N } = input.message.payload as LoadEvent;
      ledger = { events: ledger.events + 1, sum: ledger.sum + N };
      ctx.keep("ledger", { ...ledger }, 0);
    },
  };
}

function cloud(): ProactorOwn {
  return { actors: [ledgerHub], guard: noOutputs(), inbox: makeInbox() };
}

serveWorker(proactorWorker<ProactorInit>(cloud));
