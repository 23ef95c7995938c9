import { type BoundedQueue, boundedQueue } from "../core/bounded_queue.ts";
import { invariant } from "../core/invariant.ts";
import type { ProactorInput } from "./world.ts";

/** Most inputs waiting from one source. */
export const SOURCE_QUEUE_CAPACITY = 1_024;
/** A connection's queue above this many inputs stops the reading of its socket… */
export const FLOW_STOP_AT = 512;
/** …and below this many it goes on. */
export const FLOW_RESUME_AT = 64;
/** Most firings waiting: more than timers can be alive, as a firing may wait while its timer is started again. */
export const TIMER_QUEUE_CAPACITY = 4_096;
/** Most peers told apart; further ones of a connection share a queue. */
export const PEERS_MAX = 64;

interface Waiting {
  input: ProactorInput;
  readonly latestKey: string | undefined;
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

interface Source {
  readonly name: string;
  /** Set when it is a peer: the connection that its messages come over. */
  readonly connection?: string;
}

/** The source of an input: each peer on a connection, each bus, the store, the timers and the rim are sources. */
function sourceOf(input: ProactorInput): Source {
  switch (input.kind) {
    case "connection": {
      const { connection } = input.input;
      if (input.input.kind !== "message") return { name: `connection:${connection}` };
      return { name: `peer:${connection}:${input.input.topic.split("/", 2)[1] ?? ""}`, connection };
    }
    case "bus":
      return { name: `bus:${input.bus}` };
    default:
      return { name: input.kind };
  }
}

/** Of what says all that an earlier one with this key said: a channel's newest reading, how far a connection's bytes are. */
function latestKeyOf(input: ProactorInput): string | undefined {
  if (input.kind === "connection" && input.input.kind === "taken") return `taken/${input.input.connection}`;
  if (input.kind !== "bus" || input.message.kind !== "reading") return undefined;
  return `reading/${input.bus}/${input.message.channel}`;
}

interface SourceQueue extends Source {
  readonly queue: BoundedQueue<Waiting>;
}

/** Topics whose queue is remembered; all are forgotten when there are more, as a peer may invent types. */
const TOPICS_MAX = 256;

/** The queues themselves; each is made when its source is first heard of. */
function queueTable(): { readonly order: readonly SourceQueue[]; of(input: ProactorInput): SourceQueue } {
  const byTopic = new Map<string, SourceQueue>();
  const byName = new Map<string, SourceQueue>();
  const order: SourceQueue[] = [];
  let peers = 0;
  function ofSource(source: Source): SourceQueue {
    const known = byName.get(source.name);
    if (known) return known;
    if (source.connection !== undefined) {
      // The topic names the peer: whoever may publish could invent any number of them.
      const shared = `peer:${source.connection}:*`;
      if (peers >= PEERS_MAX && source.name !== shared) return ofSource({ ...source, name: shared });
      peers++;
    }
    const capacity = source.name === "timer" ? TIMER_QUEUE_CAPACITY : SOURCE_QUEUE_CAPACITY;
    const made = { ...source, queue: boundedQueue<Waiting>(capacity, "refuse") };
    byName.set(source.name, made);
    order.push(made);
    return made;
  }
  function of(input: ProactorInput): SourceQueue {
    if (input.kind !== "connection" || input.input.kind !== "message") return ofSource(sourceOf(input));
    const { connection, topic } = input.input;
    const known = byTopic.get(topic);
    if (known?.connection === connection) return known;
    if (byTopic.size >= TOPICS_MAX) byTopic.clear();
    const queue = ofSource(sourceOf(input));
    byTopic.set(topic, queue);
    return queue;
  }
  return { order, of };
}

/** Which connections should be read, from how much of theirs waits. */
function flowWatch() {
  const waiting = new Map<string, number>();
  const stopped = new Set<string>();
  const changes: { connection: string; reading: boolean }[] = [];
  return {
    count(connection: string, change: 1 | -1): void {
      const now = (waiting.get(connection) ?? 0) + change;
      waiting.set(connection, now);
      if (now >= FLOW_STOP_AT && !stopped.has(connection)) {
        stopped.add(connection);
        changes.push({ connection, reading: false });
      } else if (now <= FLOW_RESUME_AT && stopped.delete(connection)) {
        changes.push({ connection, reading: true });
      }
    },
    take: () => changes.splice(0),
  };
}

/** Makes the queues of one proactor. */
export function sourceQueues(): SourceQueues {
  const table = queueTable();
  const latests = new Map<string, Waiting>();
  const flow = flowWatch();
  let turn = 0;
  let size = 0;
  return {
    push(input) {
      const latestKey = latestKeyOf(input);
      const latest = latestKey === undefined ? undefined : latests.get(latestKey);
      if (latest) {
        latest.input = input;
        return true;
      }
      const { name, connection, queue } = table.of(input);
      const waiting = { input, latestKey };
      if (!queue.push(waiting)) {
        invariant(name !== "store" && name !== "timer", `queue "${name}" is full`);
        return false;
      }
      if (latestKey !== undefined) latests.set(latestKey, waiting);
      size++;
      if (connection !== undefined) flow.count(connection, 1);
      return true;
    },
    next() {
      for (let tried = 0; tried < table.order.length; tried++) {
        if (turn >= table.order.length) turn = 0;
        const { connection, queue } = table.order[turn++]!;
        const waiting = queue.shift();
        if (!waiting) continue;
        size--;
        if (waiting.latestKey !== undefined) latests.delete(waiting.latestKey);
        if (connection !== undefined) flow.count(connection, -1);
        return waiting.input;
      }
      return undefined;
    },
    get size() {
      return size;
    },
    lost: () => new Map(table.order.filter(({ queue }) => queue.lost > 0).map(({ name, queue }) => [name, queue.lost])),
    takeFlow: () => flow.take(),
  };
}
