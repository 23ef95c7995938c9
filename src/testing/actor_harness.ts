import type { Json } from "../core/context.ts";
import type { LogRecord } from "../core/log.ts";
import type { Message } from "../core/message.ts";
import type { Actor, ActorContext, ActorInput, EventPayload } from "../proactor/actor.ts";
import type { Lane } from "../store/port.ts";

const STEPS_PER_INSTANT_MAX = 1_000;

/** A message as an actor sent it. */
export interface SentMessage {
  readonly from: string;
  readonly dst: string;
  readonly type: string;
  readonly payload: unknown;
  readonly src?: string;
  readonly link?: string;
}

/** A command as an actor gave it. */
export interface GivenCommand {
  readonly actor: string;
  readonly id: string;
  readonly output: string;
  readonly value: number;
  readonly by: string;
}

/** What an actor recorded. */
export interface RecordedEvent {
  readonly actor: string;
  readonly payload: EventPayload;
  readonly lane: Lane;
}

/** Effects since the last `take`. */
export interface ActorEffects {
  readonly sent: SentMessage[];
  readonly recorded: RecordedEvent[];
  readonly commands: GivenCommand[];
  readonly journal: { readonly channel: string; readonly value: number; readonly wallMs: number }[];
  readonly cleared: number[];
  readonly logs: LogRecord[];
  readonly requests: { readonly port: string; readonly id: string; readonly body: Json }[];
}

/** Actors on a virtual clock, with every effect collected and internal messages delivered. */
export interface ActorHarness {
  readonly nowMs: number;
  readonly wallMs: number;
  /** Values kept, by "actor/key". */
  readonly kept: ReadonlyMap<string, Json>;
  /** Starts every actor, with what it kept. */
  start(): void;
  /** Hands one input to one actor, then delivers what it sends inside. */
  input(actor: string, input: ActorInput): void;
  /** Hands a message to the actor that `dst` names. @param link Default "internal". */
  message(
    message: { readonly dst: string; readonly type: string; readonly payload: unknown } & Partial<Message>,
    link?: string,
  ): void;
  /** Hands a reading to every actor that listens to the channel. */
  reading(channel: string, value: number): void;
  /** Lets time pass; timers fire at their due times, in order. */
  advance(ms: number): void;
  /** All effects since the last call. */
  take(): ActorEffects;
}

/** How a harness starts. */
export interface ActorHarnessOptions {
  readonly wallMs?: number;
  readonly kept?: ReadonlyMap<string, Json>;
}

/** Makes a harness around these actors. Random streams give 0.5; ids count up. */
export function actorHarness(actors: readonly Actor[], options: ActorHarnessOptions = {}): ActorHarness {
  const wallStartMs = options.wallMs ?? 1_790_000_000_000;
  const byName = new Map(actors.map((actor) => [actor.name, actor]));
  const kept = new Map<string, Json>(options.kept);
  const timers = new Map<
    string,
    { readonly dueMs: number; readonly seq: number; readonly actor: string; readonly name: string }
  >();
  const queue: { readonly to: Actor; readonly input: ActorInput }[] = [];
  let effects = noEffects();
  let nowMs = 0;
  let ids = 0;

  function newId(): string {
    return `00000000-0000-4000-8000-${String(++ids).padStart(12, "0")}`;
  }
  function contextOf(actor: Actor): ActorContext {
    return {
      nowMs,
      wallMs: wallStartMs + nowMs,
      newId,
      random: () => 0.5,
      log: (record) => void effects.logs.push(record),
      timer(name, delayMs) {
        if (!(delayMs >= 0)) {
          throw new Error(`Cannot start timer "${name}" as its delay must be at least 0: ${delayMs}`);
        }
        timers.set(`${actor.name}/${name}`, { dueMs: nowMs + delayMs, seq: ++ids, actor: actor.name, name });
      },
      cancel: (name) => void timers.delete(`${actor.name}/${name}`),
      send(message) {
        effects.sent.push({ from: actor.name, ...message });
        const to = byName.get(message.dst);
        if (to === undefined || message.link !== undefined) return;
        const inside = {
          src: message.src ?? actor.name,
          dst: message.dst,
          type: message.type,
          payload: message.payload,
        };
        queue.push({
          to,
          input: { kind: "message", link: "internal", message: { ...inside, messageId: "", ackRequired: false } },
        });
      },
      record: (payload, lane = 2) => void effects.recorded.push({ actor: actor.name, payload, lane }),
      keep: (key, value) => void kept.set(`${actor.name}/${key}`, value),
      journal: (channel, value) => void effects.journal.push({ channel, value, wallMs: wallStartMs + nowMs }),
      clearJournal: (beforeWallMs) => void effects.cleared.push(beforeWallMs),
      command(output, value, by) {
        const id = newId();
        effects.commands.push({ actor: actor.name, id, output, value, by });
        return id;
      },
      request: (port, id, body) => void effects.requests.push({ port, id, body }),
    };
  }
  function drain(): void {
    for (let steps = 0; queue.length > 0; steps++) {
      if (steps > STEPS_PER_INSTANT_MAX) {
        throw new Error(`Cannot settle actors as they must stop talking: ${queue[0]?.to.name}`);
      }
      const next = queue.shift();
      if (next !== undefined) next.to.step(next.input, contextOf(next.to));
    }
  }
  function put(name: string, input: ActorInput): void {
    const to = byName.get(name);
    if (to === undefined) throw new RangeError(`Cannot find actor "${name}" in the harness`);
    queue.push({ to, input });
    drain();
  }
  return {
    get nowMs() {
      return nowMs;
    },
    get wallMs() {
      return wallStartMs + nowMs;
    },
    kept,
    start() {
      for (const actor of actors) {
        const own = [...kept].filter(([key]) => key.startsWith(`${actor.name}/`));
        const stripped = own.map(([key, value]) => [key.slice(actor.name.length + 1), value] as const);
        queue.push({ to: actor, input: { kind: "start", kept: new Map(stripped) } });
      }
      drain();
    },
    input: put,
    message(message, link = "internal") {
      const full: Message = { src: "test", messageId: "", ackRequired: false, ...message };
      put(message.dst, { kind: "message", message: full, link });
    },
    reading(channel, value) {
      for (const actor of actors) {
        if (actor.listensTo.includes(channel) || actor.listensTo.includes("*")) {
          queue.push({ to: actor, input: { kind: "reading", channel, value } });
        }
      }
      drain();
    },
    advance(ms) {
      const endMs = nowMs + ms;
      for (let fired = 0, atMs = nowMs;;) {
        const due = [...timers].filter(([, timer]) => timer.dueMs <= endMs);
        due.sort(([, a], [, b]) => a.dueMs - b.dueMs || a.seq - b.seq);
        const first = due[0];
        if (first === undefined) break;
        const [key, timer] = first;
        timers.delete(key);
        nowMs = Math.max(nowMs, timer.dueMs);
        fired = nowMs === atMs ? fired + 1 : 0;
        atMs = nowMs;
        if (fired > STEPS_PER_INSTANT_MAX) throw new Error(`Cannot pass ${nowMs} ms as timer "${key}" keeps firing`);
        put(timer.actor, { kind: "timer", name: timer.name });
      }
      nowMs = endMs;
    },
    take() {
      const taken = effects;
      effects = noEffects();
      return taken;
    },
  };
}

function noEffects(): ActorEffects {
  return { sent: [], recorded: [], commands: [], journal: [], cleared: [], logs: [], requests: [] };
}
