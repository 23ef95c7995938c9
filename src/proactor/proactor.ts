import { type FromBus, LEASE_RENEW_MS } from "../core/device.ts";
import { errorText } from "../core/errors.ts";
import { assertNever } from "../core/invariant.ts";
import { shutdownEvent, startupEvent } from "../protocol/mod.ts";
import type { FromStore, KeepRow } from "../store/port.ts";
import type { ActorInput } from "./actor.ts";
import { type ActorStage, actorStage, type StageWorld, type StepFault } from "./actor_stage.ts";
import { CLOCK_KEY, type ClockBook, clockBook } from "./clock_book.ts";
import type { ProactorConfig } from "./config.ts";
import { type Delivery, makeDelivery } from "./delivery.ts";
import { type HostedLinksContext, linksContext } from "./links_context.ts";
import { makeOutputs, type Outputs, type OutputsWorld } from "./outputs.ts";
import { makeRecorder, type Recorder } from "./recorder.ts";
import { carryOutEffect, type Routing } from "./router.ts";
import type { ProactorSnapshot } from "./snapshot.ts";
import { sourceQueues } from "./source_queues.ts";
import { RESEND_MS, type StoreSide, storeSide } from "./store_side.ts";
import { type ProactorTimers, proactorTimers } from "./timers.ts";
import type { ProactorInput, ProactorWorld } from "./world.ts";

/** How often the guard looks at the time, in ms of house time. */
export const TICK_MS = 1_000;
/** A step that takes longer than this, in ms, is reported as a problem. */
export const SLOW_STEP_MS = 500;
/** Most messages kept in quarantine; the oldest is overwritten. */
export const QUARANTINE_MAX = 100;
/** Longest wait at the stop for a store that does not answer, in ms: the outputs are safe already. */
export const STOP_FLUSH_MS = 3_000;

/** One process's message hub: inputs in, one step each, effects out. Synchronous, and without I/O of its own. */
export interface Proactor {
  /** Queues an input. @returns Whether it was taken. */
  post(input: ProactorInput): boolean;
  /** Steps until nothing waits, at most `stepsMax` times. @returns Steps made. */
  drain(stepsMax: number): number;
  /** The actor that ran last, or the part ("links", "store", "outputs", "proactor"). */
  readonly doing: string;
  /** Whether inputs wait. */
  readonly busy: boolean;
  /** Whether the store was opened and the actors have started. */
  readonly started: boolean;
  readonly stopped: boolean;
  snapshot(): ProactorSnapshot;
}

/** Makes a proactor. It does nothing until the store's `opened` arrives. */
export function makeProactor(config: ProactorConfig, world: ProactorWorld): Proactor {
  return new ActorProactor(config, world);
}

class ActorProactor implements Proactor {
  readonly #config: ProactorConfig;
  readonly #world: ProactorWorld;
  readonly #queues = sourceQueues();
  readonly #stage: ActorStage;
  readonly #outputs: Outputs;
  readonly #outputsWorld: OutputsWorld;
  readonly #timers: ProactorTimers;
  readonly #store: StoreSide;
  readonly #clocks: ClockBook;
  readonly #recorder: Recorder;
  readonly #stageWorld: StageWorld;
  readonly #delivery: Delivery;
  readonly #links: HostedLinksContext;
  #internalTurn = false;
  #stopping = false;
  #quarantined = 0;
  started = false;
  stopped = false;

  constructor(config: ProactorConfig, world: ProactorWorld) {
    this.#config = config;
    this.#world = world;
    const stage = this.#stage = actorStage(config.actors);
    const outputs = this.#outputs = makeOutputs(config.life, config.guard);
    const timers = this.#timers = proactorTimers(world);
    const store = this.#store = storeSide((message) => world.effect({ kind: "store", message }));
    const clocks = this.#clocks = clockBook(`${config.boot}/${config.life}`, world);
    const recorder = this.#recorder = makeRecorder({ longName: config.longName, store, clocks, world });
    const outputsWorld = this.#outputsWorld = worldOfOutputs(world, stage);
    const stageWorld: StageWorld = this.#stageWorld = {
      get nowMs() {
        return world.houseMs();
      },
      get wallMs() {
        return world.houseWallMs();
      },
      newId: () => world.newId(),
      random: (stream) => world.random(stream),
      carryOut: (actor, effect) => carryOutEffect(actor, effect, routing),
      threw: (actor, input, fault) => this.#threw(actor, input, fault),
    };
    const delivery = this.#delivery = makeDelivery({
      config,
      world,
      store,
      stage,
      stageWorld,
      recorder,
      links: () => this.#links,
    });
    const links = this.#links = linksContext({
      world,
      store,
      timers,
      clocks,
      record: (payload, lane) => recorder.record(payload, lane, world.realWallMs()),
      deliver: (link, message, text) => delivery.fromLink(link, message, text),
      moved: (link, from, to) => stage.tellAll({ kind: "link", link, from, to }),
    });
    const { record, problem } = recorder;
    const routing: Routing = { config, world, store, timers, outputs, outputsWorld, stage, links, record, problem };
  }

  get doing(): string {
    return this.#stage.doing;
  }

  get busy(): boolean {
    return this.#queues.size > 0 || (this.started && this.#stage.waiting > 0);
  }

  post(input: ProactorInput): boolean {
    return this.#queues.push(input);
  }

  drain(stepsMax: number): number {
    let steps = 0;
    while (steps < stepsMax && this.#stepOne()) steps++;
    return steps;
  }

  snapshot(): ProactorSnapshot {
    const store = this.#store;
    return {
      name: this.#config.longName,
      links: this.#config.links.snapshot(),
      counters: store.counters ?? { generated: 0, acked: 0, tombstoned: 0, pending: 0, applied: 0 },
      actors: this.#stage.snapshot(),
      outputs: Object.fromEntries(this.#outputs.values()),
      received: this.#delivery.received,
      applied: this.#delivery.applied,
      restarts: this.#stage.restarts(),
      storeCode: store.failedCode ?? "",
      storeWaiting: store.pending,
      dropped: store.dropped + store.heldDropped,
      lost: Object.fromEntries(this.#queues.lost()),
    };
  }

  /** Inputs of the world and inputs between actors take turns. */
  #stepOne(): boolean {
    const startedMs = this.#world.realMs();
    this.#internalTurn = !this.#internalTurn;
    const runsInternal = this.started && this.#internalTurn && this.#stage.runOne(this.#stageWorld);
    if (!runsInternal) {
      const input = this.#queues.next();
      if (input) this.#step(input);
      else if (!this.started || !this.#stage.runOne(this.#stageWorld)) return false;
    }
    this.#endStep(startedMs);
    return true;
  }

  #step(input: ProactorInput): void {
    const runs = this.started && !this.#stopping;
    this.#stage.doing = PARTS[input.kind];
    switch (input.kind) {
      case "store":
        return this.#storeInput(input.message);
      case "connection":
        return runs ? this.#config.links.input(input.input, this.#links) : undefined;
      case "bus":
        return this.#busInput(input.bus, input.message);
      case "timer":
        return this.#timers.fired(input.name, input.epoch) ? this.#timer(input.name) : undefined;
      case "post":
        return runs ? this.#delivery.fromRim(input.message) : undefined;
      case "reply": {
        const { actor, id, body } = input;
        if (runs && this.#stage.has(actor)) this.#stage.run(actor, { kind: "reply", id, body }, this.#stageWorld);
        return;
      }
      case "stop":
        return this.#stop(input.reason);
      default:
        return assertNever(input);
    }
  }

  #endStep(startedMs: number): void {
    for (const [key, value] of this.#config.guard.takeKept()) {
      this.#store.keep({ key: `guard/${key}`, version: 1, value, expiresWallMs: 0 });
    }
    const clock = this.#clocks.takeKept();
    if (clock) this.#store.keep(clock);
    const tookMs = this.#world.realMs() - startedMs;
    if (tookMs > SLOW_STEP_MS) {
      const details = `${Math.round(tookMs)} ms, last was "${this.doing}"`;
      this.#recorder.problem("slow_step", "A step took too long", details);
    }
    this.#store.endStep();
    for (const one of this.#queues.takeFlow()) this.#world.effect({ kind: "flow", ...one });
  }

  #threw(actor: string, input: ActorInput, { error, isLost }: StepFault): void {
    const what = input.kind === "message" ? `message ${input.message.type}` : input.kind;
    this.#recorder.problem(`actor/${actor}`, `Actor "${actor}" threw and was restarted`, `Input: ${what}. ${error}`);
    if (!isLost || input.kind !== "message") return;
    const slot = this.#quarantined++ % QUARANTINE_MAX;
    const value = JSON.stringify({ actor, error, message: input.message });
    this.#store.keep({ key: `quarantine/${slot}`, version: 1, value, expiresWallMs: 0 });
  }

  #start(opened: Extract<FromStore, { kind: "opened" }>): void {
    this.started = true;
    const { guard, inbox, links, restoreJournal } = this.#config;
    guard.restore(this.#restoreKept(opened.kept), this.#world.houseMs(), this.#world.houseWallMs());
    restoreJournal?.(opened.journal);
    inbox?.restore(opened.appliedIds);
    this.#recorder.record(startupEvent(), 2, this.#world.realWallMs());
    for (const name of this.#stage.names) {
      this.#stage.run(name, { kind: "start", kept: new Map(this.#stage.kept(name)) }, this.#stageWorld);
    }
    links.start(this.#links);
    this.#timers.start("proactor.lease", LEASE_RENEW_MS, "real");
    this.#timers.start("proactor.tick", TICK_MS, "house");
  }

  /** Gives each actor what it kept. @returns What the guard kept. */
  #restoreKept(rows: readonly KeepRow[]): ReadonlyMap<string, string> {
    const wallMs = this.#world.houseWallMs();
    const guardKept = new Map<string, string>();
    for (const row of rows) {
      if (row.value === null || (row.expiresWallMs !== 0 && row.expiresWallMs < wallMs)) continue;
      const at = row.key.indexOf("/");
      if (row.key === CLOCK_KEY) this.#restoreClocks(row.value);
      const [owner, key] = [row.key.slice(0, at), row.key.slice(at + 1)];
      if (owner === "guard") guardKept.set(key, row.value);
      else if (this.#stage.has(owner)) this.#restoreOne(owner, key, row.value);
    }
    return guardKept;
  }

  #restoreClocks(text: string): void {
    try {
      this.#clocks.restore(text);
    } catch (error) {
      this.#recorder.problem("kept/clock", "Cannot restore the offsets of clocks", errorText(error));
    }
  }

  #restoreOne(actor: string, key: string, text: string): void {
    try {
      this.#stage.kept(actor).set(key, JSON.parse(text));
    } catch (error) {
      const summary = `Cannot restore kept value "${actor}/${key}" as it must be JSON`;
      this.#recorder.problem(`kept/${actor}/${key}`, summary, errorText(error));
    }
  }

  #stop(reason: string): void {
    if (this.#stopping) return;
    this.#stopping = true;
    this.#outputs.makeSafe(this.#outputsWorld);
    if (!this.started) return this.#finish();
    for (const name of this.#stage.names) this.#stage.run(name, { kind: "stop" }, this.#stageWorld);
    // Recorded after the links have stopped: it goes out once, at the next start.
    this.#config.links.stop(this.#links);
    this.#recorder.record(shutdownEvent(reason), 1, this.#world.realWallMs());
    this.#store.endStep();
    this.#timers.start("proactor.stop", STOP_FLUSH_MS, "real");
    this.#flush();
  }

  #flush(): void {
    this.#world.effect({ kind: "store", message: { kind: "flush", id: 0 } });
  }

  #finish(): void {
    if (this.stopped) return;
    this.stopped = true;
    this.#timers.cancel("proactor.stop");
    this.#world.effect({ kind: "stopped" });
  }

  #storeInput(message: FromStore): void {
    const failedBefore = this.#store.failedCode;
    const rows = this.#store.input(message);
    if (rows.length > 0 && !this.#stopping) this.#config.links.committed(rows, this.#links);
    switch (message.kind) {
      case "opened":
        if (this.#stopping) return this.stopped ? undefined : this.#flush();
        return this.started ? this.#links.readAgain() : this.#start(message);
      case "rows":
        return this.#links.rowsCame(() => this.#config.links.rowsRead(message.rows, message.end, this.#links));
      case "evicted":
        return this.#evicted(message);
      case "failed":
        return this.#storeFailed(message, failedBefore);
      case "flushed":
        if (!this.#stopping || this.stopped) return;
        // What did not fit into the window was handed over when the first part was committed.
        if (this.#store.pending === 0) return this.#finish();
        return this.#store.paused ? undefined : this.#flush();
    }
  }

  #evicted({ fromSeq, toSeq, count, class: name }: Extract<FromStore, { kind: "evicted" }>): void {
    this.#config.links.evicted(fromSeq, toSeq, this.#links);
    const summary = "Events were evicted to stay within the store's cap";
    this.#recorder.problem("store/evicted", summary, `${count} of ${name}, seq ${fromSeq} to ${toSeq}`);
  }

  #storeFailed(failed: Extract<FromStore, { kind: "failed" }>, failedBefore: string | undefined): void {
    const { code, message, refusedTxn } = failed;
    if (refusedTxn !== undefined && this.#store.refused(refusedTxn)) {
      this.#timers.start("proactor.resend", RESEND_MS, "real");
    }
    if (failedBefore !== code) {
      this.#recorder.problem(`store/${code}`, "The store cannot commit", `${code}: ${message}`);
    }
  }

  #busInput(bus: string, message: FromBus): void {
    this.#outputs.bus(bus, message, this.#outputsWorld);
    if (message.kind === "fault") {
      const { device, code } = message;
      const summary = `Device "${device}" has a fault: ${code}`;
      return this.#recorder.problem(`device/${device}/${code}`, summary, message.message);
    }
    if (message.kind !== "reading" || !this.started || this.#stopping) return;
    this.#outputs.reading(message.channel, message.value, this.#outputsWorld);
    this.#stage.runReading(message.channel, message.value, this.#stageWorld);
  }

  #timer(name: string): void {
    if (name === "proactor.resend") {
      if (!this.#store.resend()) this.#timers.start(name, RESEND_MS, "real");
      else if (this.#stopping && !this.stopped) this.#flush();
      return;
    }
    if (name === "proactor.stop") return this.#finish();
    if (this.#stopping) return;
    if (name.startsWith("link.")) {
      this.#stage.doing = "links";
      return this.#config.links.timer(name, this.#links);
    }
    if (name === "proactor.lease") {
      this.#outputs.renew(this.#outputsWorld);
      return this.#timers.start(name, LEASE_RENEW_MS, "real");
    }
    if (name === "proactor.tick") {
      this.#outputs.tick(this.#outputsWorld);
      return this.#timers.start(name, TICK_MS, "house");
    }
    const [, actor, own] = /^actor:([^:]*):(.*)$/s.exec(name) ?? [];
    if (actor !== undefined && own !== undefined && this.#stage.has(actor)) {
      this.#stage.run(actor, { kind: "timer", name: own }, this.#stageWorld);
    }
  }
}

/** The part that takes an input, for the heartbeat; an actor that runs puts its own name. */
const PARTS: Readonly<Record<ProactorInput["kind"], string>> = {
  store: "store",
  connection: "links",
  bus: "outputs",
  timer: "proactor",
  post: "proactor",
  reply: "proactor",
  stop: "proactor",
};

function worldOfOutputs(world: ProactorWorld, stage: ActorStage): OutputsWorld {
  return {
    get houseMs() {
      return world.houseMs();
    },
    get houseWallMs() {
      return world.houseWallMs();
    },
    toBus: (bus, message) => world.effect({ kind: "bus", bus, message }),
    tell: (actor, input) => stage.tell(actor, input),
    tellAll: (input) => stage.tellAll(input),
  };
}
