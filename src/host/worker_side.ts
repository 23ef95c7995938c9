import type { OpenFd } from "../core/bus_parts.ts";
import type { FromWorker, ProcessMemory, RunPlan, ToWorker } from "../core/isolate.ts";
import { errorText } from "../core/errors.ts";

/** How often a worker says that it lives, in ms. */
export const BEAT_MS = 1_000;
/** The same for a bus worker. */
export const BUS_BEAT_MS = 500;

/** What a worker's parts may ask of the launcher. */
export interface WorkerHost {
  readonly name: string;
  /** UUID of this process start. */
  readonly boot: string;
  /** Life of this worker in the process, from 1. */
  readonly life: number;
  /** File descriptors that a dead predecessor left open. */
  readonly oldFds: readonly OpenFd[];
  print(stream: "stdout" | "stderr", text: string): void;
  /** Ends the process, in order, with this exit code. */
  exit(code: number): void;
  planned(plan: RunPlan): void;
  /** Tells the launcher at once: an fd is process-wide and outlives its worker. */
  fd(change: "opened" | "closed", fd: OpenFd): void;
  /** Reports an error: this life ends, a new one follows. */
  fail(error: unknown): void;
}

/** The ports of a worker, by the peer's worker name. */
export type WorkerPorts = Readonly<Record<string, MessagePort>>;

/** What a worker entry hands over. */
export interface WorkerParts {
  /** Called once. `ready` is reported when it returns, or its promise resolves. */
  start(init: unknown, ports: WorkerPorts, host: WorkerHost): void | Promise<void>;
  /** A peer has a new life: drop the old port. May come before `start` has resolved. */
  port?(peer: string, peerLife: number, port: MessagePort): void;
  /** The memory of every isolate, each second, when the plan says that this worker watches it. */
  isolates?(memory: ProcessMemory): void;
  /** A stop came while `start` waits, for example for a peer that is not there: `start` must resolve soon. */
  giveUpStart?(): void;
  /** Makes everything safe and durable; `stopped` is reported when it returns, or its promise resolves. */
  stop(): void | Promise<void>;
  /** The actor or part that ran last, for the report about a silent worker. */
  doing(): string;
  /** ms; `BEAT_MS` when absent. */
  readonly beatMs?: number;
}

interface WorkerScope {
  postMessage(message: FromWorker): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  addEventListener(type: string, listener: (event: Event) => void): void;
}

/** Serves the launcher's protocol inside a worker; call it once, at the top level of the entry. */
export function serveWorker(parts: WorkerParts): void {
  const scope = globalThis as unknown as WorkerScope;
  let started: Promise<void> | undefined;
  let isStopAsked = false;
  function fail(error: unknown): void {
    const stack = error instanceof Error ? error.stack ?? "" : "";
    scope.postMessage({ kind: "error", message: errorText(error), stack });
  }
  function attempt(work: () => Promise<void>): void {
    work().catch(fail);
  }
  function beat(): void {
    scope.postMessage({ kind: "beat", doing: parts.doing(), heapUsedBytes: Deno.memoryUsage().heapUsed });
  }
  async function start(message: Extract<ToWorker, { kind: "init" }>): Promise<void> {
    setInterval(beat, parts.beatMs ?? BEAT_MS);
    await parts.start(message.init, message.ports, workerHost(message, scope, fail));
    scope.postMessage({ kind: "ready" });
    beat();
  }
  async function stop(): Promise<void> {
    if (isStopAsked) return;
    isStopAsked = true;
    parts.giveUpStart?.();
    await started;
    await parts.stop();
    scope.postMessage({ kind: "stopped" });
  }
  function receive(message: ToWorker): void {
    if (message.kind === "init") attempt(() => started = start(message));
    else if (message.kind === "port") parts.port?.(message.peer, message.peerLife, message.port);
    else if (message.kind === "isolates") parts.isolates?.(message.memory);
    else attempt(stop);
  }
  scope.addEventListener("error", (event) => {
    event.preventDefault();
    fail((event as ErrorEvent).error ?? (event as ErrorEvent).message);
  });
  scope.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    fail((event as PromiseRejectionEvent).reason);
  });
  scope.onmessage = (event) => receive(event.data);
}

function workerHost(
  init: Extract<ToWorker, { kind: "init" }>,
  scope: WorkerScope,
  fail: (error: unknown) => void,
): WorkerHost {
  return {
    name: init.name,
    boot: init.boot,
    life: init.life,
    oldFds: init.oldFds,
    print: (stream, text) => scope.postMessage({ kind: "print", stream, text }),
    exit: (code) => scope.postMessage({ kind: "exit", code }),
    planned: (plan) => scope.postMessage({ kind: "planned", plan }),
    fd: (change, fd) => scope.postMessage({ kind: "fd", change, fd }),
    fail,
  };
}
