import { errorText } from "../core/errors.ts";
import type { FromWorker, RunPlan, ToWorker } from "../core/isolate.ts";
import { spawnWorker } from "./spawn.ts";
import type { Spawn, SuperviseInput } from "./supervise_state.ts";

/** The workers of a plan that live, and the channels between them. */
export interface AliveWorkers {
  /** Makes these workers and hands out their channels. @returns What the supervisor must hear when one cannot be made. */
  spawn(spawns: readonly Spawn[]): Extract<SuperviseInput, { readonly kind: "not_spawned" }> | undefined;
  /** Does nothing when there is no such worker. */
  post(name: string, message: ToWorker): void;
  terminate(name: string): void;
  terminateAll(): void;
}

/** What workers are made with. */
export interface AliveOptions {
  /** Module URL of an entry. @throws {RangeError} When the table has no such entry. */
  readonly hrefOf: (entry: string) => string;
  /** UUID of this process start. */
  readonly boot: string;
}

/** What a worker says; errors that it could not report itself are among it. */
export type Hear = (worker: string, life: number, message: FromWorker) => void;

interface Alive {
  readonly worker: Worker;
  readonly life: number;
}

/** Makes an empty table of workers. */
export function aliveWorkers(plan: RunPlan, { hrefOf, boot }: AliveOptions, hear: Hear): AliveWorkers {
  const alive = new Map<string, Alive>();
  return {
    spawn(spawns) {
      const made: Spawn[] = [];
      for (const spawn of spawns) {
        const { worker: { name }, life } = spawn;
        try {
          alive.set(name, { worker: makeWorker(spawn, hrefOf, hear), life });
          made.push(spawn);
        } catch (error) {
          const message = `Cannot start worker "${name}" as the launcher must hold its grants: ${errorText(error)}`;
          return { kind: "not_spawned", worker: name, life, message };
        }
      }
      handOut(plan, { made, alive, boot });
      return undefined;
    },
    post: (name, message) => post(alive.get(name)?.worker, message, []),
    terminate(name) {
      alive.get(name)?.worker.terminate();
      alive.delete(name);
    },
    terminateAll() {
      for (const { worker } of alive.values()) worker.terminate();
    },
  };
}

function makeWorker(
  { worker: { name, entry, grants }, life }: Spawn,
  hrefOf: AliveOptions["hrefOf"],
  hear: Hear,
): Worker {
  const worker = spawnWorker(hrefOf(entry), name, grants);
  worker.onmessage = (event: MessageEvent<FromWorker>) => hear(name, life, event.data);
  worker.onmessageerror = () => hear(name, life, { kind: "error", message: "message cannot be read", stack: "" });
  worker.onerror = (event) => {
    event.preventDefault(); // without it the process ends with code 1
    const stack = `${event.filename}:${event.lineno}:${event.colno}`;
    hear(name, life, { kind: "error", message: event.message, stack });
  };
  return worker;
}

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
