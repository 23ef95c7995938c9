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
  return new VirtualActors(actors, options);
}

class VirtualActors implements ActorHarness {
  readonly #actors: ReadonlyMap<string, Actor>;
  readonly #wallStartMs: number;
  readonly #timers = new Map<string, HarnessTimer>();
  readonly #queue: { readonly to: Actor; readonly input: ActorInput }[] = [];
  readonly kept: Map<string, Json>;
  nowMs = 0;
  #effects = noEffects();
  #ids = 0;

  constructor(actors: readonly Actor[], { wallMs = 1_790_000_000_000, kept }: ActorHarnessOptions) {
    this.#actors = new Map(actors.map((actor) => [actor.name, actor]));
    this.#wallStartMs = wallMs;
    this.kept = new Map(kept);
  }

  get wallMs(): number {
    return this.#wallStartMs + this.nowMs;
  }

  start(): void {
    for (const actor of this.#actors.values()) {
      const own = [...this.kept].filter(([key]) => key.startsWith(`${actor.name}/`));
      const stripped = own.map(([key, value]) => [key.slice(actor.name.length + 1), value] as const);
      this.#queue.push({ to: actor, input: { kind: "start", kept: new Map(stripped) } });
    }
    this.#drain();
  }

  input(actor: string, input: ActorInput): void {
    const to = this.#actors.get(actor);
    if (to === undefined) throw new RangeError(`Cannot find actor "${actor}" in the harness`);
    this.#queue.push({ to, input });
    this.#drain();
  }

  message(message: Parameters<ActorHarness["message"]>[0], link = "internal"): void {
    const full: Message = { src: "test", messageId: "", ackRequired: false, ...message };
    this.input(message.dst, { kind: "message", message: full, link });
  }

  reading(channel: string, value: number): void {
    for (const actor of this.#actors.values()) {
      if (actor.listensTo.includes(channel) || actor.listensTo.includes("*")) {
        this.#queue.push({ to: actor, input: { kind: "reading", channel, value } });
      }
    }
    this.#drain();
  }

  advance(ms: number): void {
    const endMs = this.nowMs + ms;
    for (let fired = 0, atMs = this.nowMs;;) {
      const due = [...this.#timers].filter(([, timer]) => timer.dueMs <= endMs);
      due.sort(([, a], [, b]) => a.dueMs - b.dueMs || a.seq - b.seq);
      const first = due[0];
      if (first === undefined) break;
      const [key, timer] = first;
      this.#timers.delete(key);
      this.nowMs = Math.max(this.nowMs, timer.dueMs);
      fired = this.nowMs === atMs ? fired + 1 : 0;
      atMs = this.nowMs;
      if (fired > STEPS_PER_INSTANT_MAX) throw new Error(`Cannot pass ${atMs} ms as timer "${key}" keeps firing`);
      this.input(timer.actor, { kind: "timer", name: timer.name });
    }
    this.nowMs = endMs;
  }

  take(): ActorEffects {
    const taken = this.#effects;
    this.#effects = noEffects();
    return taken;
  }

  #newId(): string {
    return `00000000-0000-4000-8000-${String(++this.#ids).padStart(12, "0")}`;
  }

  #contextOf(actor: Actor): ActorContext {
    const { nowMs, wallMs } = this;
    const effects = () => this.#effects;
    return {
      nowMs,
      wallMs,
      newId: () => this.#newId(),
      random: () => 0.5,
      log: (record) => void effects().logs.push(record),
      timer: (name, delayMs) => this.#startTimer(actor.name, name, delayMs),
      cancel: (name) => void this.#timers.delete(`${actor.name}/${name}`),
      send: (message) => this.#send(actor.name, message),
      record: (payload, lane = 2) => void effects().recorded.push({ actor: actor.name, payload, lane }),
      keep: (key, value) => void this.kept.set(`${actor.name}/${key}`, value),
      journal: (channel, value) => void effects().journal.push({ channel, value, wallMs }),
      clearJournal: (beforeWallMs) => void effects().cleared.push(beforeWallMs),
      command: (output, value, by) => {
        const id = this.#newId();
        effects().commands.push({ actor: actor.name, id, output, value, by });
        return id;
      },
      request: (port, id, body) => void effects().requests.push({ port, id, body }),
    };
  }

  #startTimer(actor: string, name: string, delayMs: number): void {
    if (!(delayMs >= 0)) {
      throw new Error(`Cannot start timer "${name}" as its delay must be at least 0: ${delayMs}`);
    }
    this.#timers.set(`${actor}/${name}`, { dueMs: this.nowMs + delayMs, seq: ++this.#ids, actor, name });
  }

  #send(from: string, message: Parameters<ActorContext["send"]>[0]): void {
    this.#effects.sent.push({ from, ...message });
    const to = this.#actors.get(message.dst);
    if (to === undefined || message.link !== undefined) return;
    const { src = from, dst, type, payload } = message;
    const inside: Message = { src, dst, type, payload, messageId: "", ackRequired: false };
    this.#queue.push({ to, input: { kind: "message", link: "internal", message: inside } });
  }

  #drain(): void {
    for (let steps = 0; this.#queue.length > 0; steps++) {
      if (steps > STEPS_PER_INSTANT_MAX) {
        throw new Error(`Cannot settle actors as they must stop talking: ${this.#queue[0]?.to.name}`);
      }
      const next = this.#queue.shift();
      if (next !== undefined) next.to.step(next.input, this.#contextOf(next.to));
    }
  }
}

interface HarnessTimer {
  readonly dueMs: number;
  readonly seq: number;
  readonly actor: string;
  readonly name: string;
}

function noEffects(): ActorEffects {
  return { sent: [], recorded: [], commands: [], journal: [], cleared: [], logs: [], requests: [] };
}
