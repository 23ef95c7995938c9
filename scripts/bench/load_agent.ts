import "../../src/host/process_env.ts";
import type { AgentInit } from "../../src/app/proactor_init.ts";
import { type ProactorOwn, proactorWorker } from "../../src/app/proactor_worker.ts";
import type { ProactorShell } from "../../src/host/proactor_shell.ts";
import { serveWorker } from "../../src/host/worker_side.ts";
import { noOutputs, type Proactor, type ProactorInput } from "../../src/proactor/mod.ts";
import { loadActor, type LoadWatch, loadWatch } from "./load_actor.ts";
import { profileOf } from "./load_profile.ts";

const ACK_TOPIC = "/gridworks-ack";

function look(input: ProactorInput, watch: LoadWatch): void {
  if (input.kind === "store") {
    if (input.message.kind === "committed") watch.committed(input.message.counters);
    return;
  }
  if (input.kind !== "connection" || input.input.kind !== "message") return;
  const { topic, bytes } = input.input;
  if (topic.endsWith(ACK_TOPIC)) watch.acked(bytes);
}

/** Acks and commits are no business of an actor: they are seen on their way to the proactor. */
function watchInputs(shell: ProactorShell, watch: LoadWatch): void {
  const run = shell.run;
  shell.run = (proactor: Proactor) => {
    const post = proactor.post.bind(proactor);
    proactor.post = (input) => {
      look(input, watch);
      return post(input);
    };
    run(proactor);
  };
}

function load(_init: AgentInit, shell: ProactorShell): ProactorOwn {
  const watch = loadWatch();
  watchInputs(shell, watch);
  return { actors: [() => loadActor("s", profileOf(import.meta.url), watch)], guard: noOutputs() };
}

serveWorker(proactorWorker<AgentInit>(load));
