import { type BoundedQueue, boundedQueue } from "../core/bounded_queue.ts";
import { invariant } from "../core/invariant.ts";
import type { ProactorInput } from "./world.ts";

/** Most inputs waiting from one source. */
export const SOURCE_QUEUE_CAPACITY = 1_024;
/** A connection's queue above this many inputs stops the reading of its socket… */
export const FLOW_STOP_AT = 512;
/** …and below this many it goes on. */
export const FLOW_RESUME_AT = 64;
/** Most sources told apart; further ones share a queue. */
export const SOURCES_MAX = 64;

interface Waiting {
  input: ProactorInput;
  readonly readingKey: string | undefined;
}

/** Queues of one proactor: one a source, served in turn, so that no source delays another by more than one input. */
export interface SourceQueues {
  /** @returns Whether the input was taken. */
  push(input: ProactorInput): boolean;
  /** The next input, taking the sources in turn. */
  next(): ProactorInput | undefined;
  readonly size: number;
  /** Inputs lost to full queues, by source. */
  lost(): ReadonlyMap<string, number>;
  /** Connections whose reading has to change since the last call. */
  takeFlow(): readonly { readonly connection: string; readonly reading: boolean }[];
}

/** The source of an input: each peer on a connection, each bus, the store, the timers and the rim are sources. */
function sourceOf(input: ProactorInput): string {
  switch (input.kind) {
    case "connection":
      return input.input.kind === "message"
        ? `peer:${input.input.connection}:${input.input.topic.split("/", 2)[1] ?? ""}`
        : `connection:${input.input.connection}`;
    case "bus":
      return `bus:${input.bus}`;
    case "reply":
      return "reply";
    default:
      return input.kind;
  }
}

/** Makes the queues of one proactor. */
export function sourceQueues(): SourceQueues {
  const queues = new Map<string, BoundedQueue<Waiting>>();
  const order: string[] = [];
  const readings = new Map<string, Waiting>();
  const stopped = new Set<string>();
  const flow: { connection: string; reading: boolean }[] = [];
  let turn = 0;
  let size = 0;

  function queueOf(source: string): { source: string; queue: BoundedQueue<Waiting> } {
    const known = queues.get(source);
    if (known) return { source, queue: known };
    if (queues.size >= SOURCES_MAX && source !== "others") return queueOf("others");
    const queue = boundedQueue<Waiting>(SOURCE_QUEUE_CAPACITY, "refuse");
    queues.set(source, queue);
    order.push(source);
    return { source, queue };
  }

  function connectionSize(connection: string): number {
    let total = 0;
    for (const [source, queue] of queues) if (source.startsWith(`peer:${connection}:`)) total += queue.size;
    return total;
  }

  function watchFlow(source: string): void {
    if (!source.startsWith("peer:")) return;
    const connection = source.split(":", 2)[1] ?? "";
    const waiting = connectionSize(connection);
    if (waiting >= FLOW_STOP_AT && !stopped.has(connection)) {
      stopped.add(connection);
      flow.push({ connection, reading: false });
    } else if (waiting <= FLOW_RESUME_AT && stopped.delete(connection)) {
      flow.push({ connection, reading: true });
    }
  }

  return {
    push(input) {
      const readingKey = input.kind === "bus" && input.message.kind === "reading"
        ? `${input.bus}/${input.message.channel}`
        : undefined;
      const latest = readingKey === undefined ? undefined : readings.get(readingKey);
      if (latest) {
        latest.input = input;
        return true;
      }
      const { source, queue } = queueOf(sourceOf(input));
      const waiting = { input, readingKey };
      if (!queue.push(waiting)) {
        invariant(source !== "store" && source !== "timer", `queue "${source}" is full`);
        return false;
      }
      if (readingKey !== undefined) readings.set(readingKey, waiting);
      size++;
      watchFlow(source);
      return true;
    },
    next() {
      for (let tried = 0; tried < order.length; tried++) {
        const source = order[turn++ % order.length]!;
        const waiting = queues.get(source)!.shift();
        if (!waiting) continue;
        size--;
        if (waiting.readingKey !== undefined) readings.delete(waiting.readingKey);
        watchFlow(source);
        return waiting.input;
      }
      return undefined;
    },
    get size() {
      return size;
    },
    lost() {
      return new Map([...queues].filter(([, queue]) => queue.lost > 0).map(([source, queue]) => [source, queue.lost]));
    },
    takeFlow() {
      return flow.splice(0);
    },
  };
}
