import { errorText } from "../core/errors.ts";
import { assertNever } from "../core/invariant.ts";
import type { FromWorker, RunPlan, ToWorker } from "../core/isolate.ts";
import type { LogRecord } from "../core/log.ts";
import { isolateRows } from "./isolate_rows.ts";
import { spawnWorker } from "./spawn.ts";
import { supervisor } from "./supervise.ts";
import type { Spawn, StopStage, SuperviseEffect } from "./supervise_state.ts";

/** How often lives and deadlines are looked at, in ms. */
const TICK_MS = 100;

/** What the shell of a plan needs of the process. */
export interface RunPlanOptions {
  /** Module URL of an entry. @throws {RangeError} When the table has no such entry. */
  readonly hrefOf: (entry: string) => string;
  readonly stopStages: readonly StopStage[];
  /** UUID of this process start. */
  readonly boot: string;
  /** systemd's states, for example "READY=1", "WATCHDOG=1" and "STOPPING=1". */
  readonly notify: (state: string) => void;
}

/** How a plan ended. */
export type RunEnd =
  | { readonly kind: "exit"; readonly code: number }
  | { readonly kind: "planned"; readonly plan: RunPlan };

interface Alive {
  readonly worker: Worker;
  readonly life: number;
}

/** Runs the workers of a plan on the real clock until it ends. Signals end it in order, a second one at once. */
export function runPlan(plan: RunPlan, options: RunPlanOptions): Promise<RunEnd> {
  const { promise, resolve } = Promise.withResolvers<RunEnd>();
  const lives = supervisor(plan, options.stopStages);
  const isolates = isolateRows(plan);
  const alive = new Map<string, Alive>();
  let ended = false;
  let wasStopping = false;

  function take(input: Parameters<typeof lives.step>[0]): void {
    const effects = lives.step(input, performance.now());
    if (lives.isStopping() && !wasStopping) options.notify("STOPPING=1");
    wasStopping = lives.isStopping();
    for (const effect of effects) carryOut(effect);
  }
  function hear(worker: string, life: number, message: FromWorker): void {
    isolates.heard(worker, life, message);
    take({ kind: "message", worker, life, message });
  }
  function carryOut(effect: SuperviseEffect): void {
    if (ended) return;
    switch (effect.kind) {
      case "spawn":
        return spawnAll(effect.spawns);
      case "terminate":
        alive.get(effect.worker)?.worker.terminate();
        return void alive.delete(effect.worker);
      case "ask_stop":
        return post(alive.get(effect.worker)?.worker, { kind: "stop" }, []);
      case "print":
        return writeText(effect.stream, effect.text);
      case "log":
        return writeText("stderr", logLine(effect.record));
      case "all_ready":
        return options.notify("READY=1");
      case "planned":
        return end({ kind: "planned", plan: effect.plan });
      case "exit":
        return end({ kind: "exit", code: effect.code });
      default:
        return assertNever(effect);
    }
  }
  function spawnAll(spawns: readonly Spawn[]): void {
    const made: Spawn[] = [];
    for (const spawn of spawns) {
      try {
        alive.set(spawn.worker.name, { worker: make(spawn), life: spawn.life });
        made.push(spawn);
      } catch (error) {
        const message = `Cannot start worker "${spawn.worker.name}" as the launcher must hold its grants: ${
          errorText(error)
        }`;
        return take({ kind: "not_spawned", worker: spawn.worker.name, life: spawn.life, message });
      }
    }
    handOut(plan, { made, alive, boot: options.boot });
  }
  function make({ worker: { name, entry, grants }, life }: Spawn): Worker {
    const worker = spawnWorker(options.hrefOf(entry), name, grants);
    worker.onmessage = (event: MessageEvent<FromWorker>) => hear(name, life, event.data);
    worker.onmessageerror = () => hear(name, life, { kind: "error", message: "message cannot be read", stack: "" });
    worker.onerror = (event) => {
      event.preventDefault(); // without it the process ends with code 1
      const stack = `${event.filename}:${event.lineno}:${event.colno}`;
      hear(name, life, { kind: "error", message: event.message, stack });
    };
    return worker;
  }
  function onSignal(): void {
    take({ kind: "signal" });
  }
  function end(how: RunEnd): void {
    ended = true;
    clearInterval(ticking);
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, onSignal);
    for (const { worker } of alive.values()) worker.terminate();
    resolve(how);
  }
  const ticking = setInterval(() => {
    take({ kind: "tick" });
    if (ended) return;
    options.notify("WATCHDOG=1");
    const memory = isolates.due(performance.now(), Deno.memoryUsage);
    if (memory === undefined) return;
    for (const watcher of isolates.watchers) post(alive.get(watcher)?.worker, { kind: "isolates", memory }, []);
  }, TICK_MS);
  for (const signal of SIGNALS) Deno.addSignalListener(signal, onSignal);
  take({ kind: "start" });
  return promise;
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

function post(worker: Worker | undefined, message: ToWorker, transfer: Transferable[]): void {
  worker?.postMessage(message, transfer);
}

/** Makes one new channel for each port that touches a new life, and hands its ends over. */
function handOut(
  plan: RunPlan,
  { made, alive, boot }: { made: readonly Spawn[]; alive: ReadonlyMap<string, Alive>; boot: string },
): void {
  const inits = new Map<string, Record<string, MessagePort>>(made.map((spawn) => [spawn.worker.name, {}]));
  function give(to: string, peer: string, port: MessagePort): void {
    const own = inits.get(to);
    const peerLife = alive.get(peer)?.life ?? 0;
    if (own !== undefined) own[peer] = port;
    else post(alive.get(to)?.worker, { kind: "port", peer, peerLife, port }, [port]);
  }
  for (const { a, b } of plan.ports) {
    if (!inits.has(a) && !inits.has(b)) continue;
    if (!alive.has(a) || !alive.has(b)) continue; // the end that is missing brings a channel with its next life
    const { port1, port2 } = new MessageChannel();
    give(a, b, port1);
    give(b, a, port2);
  }
  for (const { worker: { name, init }, life, oldFds } of made) {
    const ports = inits.get(name) ?? {};
    post(alive.get(name)?.worker, { kind: "init", name, boot, life, init, ports, oldFds }, Object.values(ports));
  }
}

function logLine(record: LogRecord): string {
  const { level, event, fields } = record;
  return `${JSON.stringify({ time: new Date().toISOString(), level, event, ...fields })}\n`;
}

/** Writes all of a text, in order; a reader that went away is not an error of ours. */
export function writeText(stream: "stdout" | "stderr", text: string): void {
  let rest: Uint8Array = new TextEncoder().encode(text);
  try {
    while (rest.length > 0) rest = rest.subarray(Deno[stream].writeSync(rest));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
