import { type FromBus, LEASE_RENEW_MS } from "../core/device.ts";
import { assertNever } from "../core/invariant.ts";
import { shutdownEvent, startupEvent } from "../protocol/mod.ts";
import type { FromStore, RecoveredStore } from "../store/port.ts";
import { EXPIRY_TIMER } from "./clock_side.ts";
import type { ProactorConfig } from "./config.ts";
import { earlyReadings } from "./early_readings.ts";
import { type ProactorParts, proactorParts } from "./proactor_parts.ts";
import { restoreKept } from "./restore_kept.ts";
import type { ProactorSnapshot } from "./snapshot.ts";
import { sourceQueues } from "./source_queues.ts";
import { evictionSummary, failureSummary, recoveredText, RESEND_MS } from "./store_side.ts";
import type { ProactorInput, ProactorWorld } from "./world.ts";

/** How often the guard looks at the time, in ms of house time. */
export const TICK_MS = 1_000;
/** A step that takes longer than this, in ms, is reported as a problem. */
export const SLOW_STEP_MS = 500;
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
  readonly #parts: ProactorParts;
  readonly #queues = sourceQueues();
  readonly #early = earlyReadings();
  #internalTurn = false;
  #stopping = false;
  started = false;
  stopped = false;

  constructor(config: ProactorConfig, world: ProactorWorld) {
    this.#parts = proactorParts(config, world);
  }

  get doing(): string {
    return this.#parts.stage.doing;
  }

  get busy(): boolean {
    return this.#queues.size > 0 || (this.started && this.#parts.stage.waiting > 0);
  }

  post(input: ProactorInput): boolean {
    return this.#queues.push(input);
  }

  drain(stepsMax: number): number {
    let steps = 0;
    while (steps < stepsMax && this.#stepOne()) steps++;
    this.#parts.store.endTurn();
    return steps;
  }

  snapshot(): ProactorSnapshot {
    const { config, delivery, outputs, stage, store } = this.#parts;
    return {
      name: config.longName,
      links: config.links.snapshot(),
      counters: store.counters ?? { generated: 0, acked: 0, tombstoned: 0, pending: 0, applied: 0 },
      actors: stage.snapshot(),
      outputs: Object.fromEntries(outputs.values()),
      received: delivery.received,
      applied: delivery.applied,
      restarts: stage.restarts(),
      storeCode: store.failedCode ?? "",
      storeWaiting: store.pending,
      dropped: store.dropped + store.heldDropped,
      lost: Object.fromEntries(this.#queues.lost()),
    };
  }

  /** Inputs of the world and inputs between actors take turns. */
  #stepOne(): boolean {
    const { links, stage, stageWorld, world } = this.#parts;
    const startedMs = world.realMs();
    links.stepBegins(startedMs);
    this.#internalTurn = !this.#internalTurn;
    const runsInternal = this.started && this.#internalTurn && stage.runOne(stageWorld);
    if (!runsInternal) {
      const input = this.#queues.next();
      if (input) this.#step(input);
      else if (!this.started || !stage.runOne(stageWorld)) return false;
    }
    this.#endStep(startedMs);
    return true;
  }

  #step(input: ProactorInput): void {
    const { config, delivery, links, stage, stageWorld, timers } = this.#parts;
    const runs = this.started && !this.#stopping;
    stage.doing = PARTS[input.kind];
    switch (input.kind) {
      case "store":
        return this.#storeInput(input.message);
      case "connection":
        return runs ? config.links.input(input.input, links) : undefined;
      case "bus":
        return this.#busInput(input.bus, input.message);
      case "timer":
        return timers.fired(input.name, input.epoch) ? this.#timer(input.name) : undefined;
      case "post":
        return runs ? delivery.fromRim(input.message) : undefined;
      case "credentials":
        return this.#parts.clock.told(input.told);
      case "reply": {
        const { actor, id, body } = input;
        if (runs && stage.has(actor)) {
          stage.run(actor, { kind: "reply", id, body }, stageWorld);
        }
        return;
      }
      case "stop":
        return this.#stop(input.reason);
      default:
        return assertNever(input);
    }
  }

  #endStep(startedMs: number): void {
    const { clocks, config, recorder, store, world } = this.#parts;
    for (const [key, value] of config.guard.takeKept()) {
      store.keep({ key: `guard/${key}`, version: 1, value, expiresWallMs: 0 });
    }
    const clock = clocks.takeKept();
    if (clock) store.keep(clock);
    const tookMs = world.realMs() - startedMs;
    if (tookMs > SLOW_STEP_MS) {
      const details = `${Math.round(tookMs)} ms, last was "${this.doing}"`;
      recorder.problem("slow_step", "A step took too long", details);
    }
    store.endStep();
    for (const one of this.#queues.takeFlow()) world.effect({ kind: "flow", ...one });
  }

  #start(opened: Extract<FromStore, { kind: "opened" }>): void {
    const { config, links, outputs, recorder, stage, stageWorld, timers, world } = this.#parts;
    this.started = true;
    const { guard, inbox, restoreJournal } = config;
    guard.restore(restoreKept(opened.kept, this.#parts), world.houseMs(), world.houseWallMs());
    restoreJournal?.(opened.journal);
    inbox?.restore(opened.appliedIds);
    recorder.record(startupEvent(), 2, world.realWallMs());
    this.#parts.clock.start();
    for (const name of stage.names) {
      stage.run(
        name,
        { kind: "start", kept: new Map(stage.kept(name)) },
        stageWorld,
      );
    }
    config.links.start(links);
    if (outputs.buses > 0) timers.start("proactor.lease", LEASE_RENEW_MS, "real");
    timers.start("proactor.tick", TICK_MS, "house");
    for (const { channel, value } of this.#early.take(world.houseMs())) this.#reading(channel, value);
  }

  #stop(reason: string): void {
    const { config, links, outputs, outputsWorld, recorder, stage, stageWorld, store, timers, world } = this.#parts;
    if (this.#stopping) return;
    this.#stopping = true;
    outputs.makeSafe(outputsWorld);
    if (!this.started) return this.#finish();
    for (const name of stage.names) stage.run(name, { kind: "stop" }, stageWorld);
    // Recorded after the links have stopped: it goes out once, at the next start.
    config.links.stop(links);
    recorder.record(shutdownEvent(reason), 1, world.realWallMs());
    this.#parts.clock.stop();
    store.endStep();
    timers.start("proactor.stop", STOP_FLUSH_MS, "real");
    this.#flush();
  }

  #flush(): void {
    this.#parts.store.endTurn();
    this.#parts.world.effect({ kind: "store", message: { kind: "flush", id: 0 } });
  }

  #finish(): void {
    if (this.stopped) return;
    this.stopped = true;
    this.#parts.timers.cancel("proactor.stop");
    this.#parts.world.effect({ kind: "stopped" });
  }

  #storeInput(message: FromStore): void {
    const { config, links, store } = this.#parts;
    const failedBefore = store.failedCode;
    const rows = store.input(message);
    if (rows.length > 0 && !this.#stopping) config.links.committed(rows, links);
    switch (message.kind) {
      case "opened":
        if (this.#stopping) return this.stopped ? undefined : this.#flush();
        if (this.started) links.readAgain();
        else this.#start(message);
        return this.#tellRecovered(message.recovered);
      case "rows":
        return links.rowsCame(() => config.links.rowsRead(message.rows, message.end, links));
      case "evicted":
        return this.#evicted(message);
      case "failed":
        return this.#storeFailed(message, failedBefore);
      case "flushed":
        if (!this.#stopping || this.stopped) return;
        // What did not fit into the window was handed over when the first part was committed.
        if (store.pending === 0) return this.#finish();
        return store.paused ? undefined : this.#flush();
    }
  }

  #tellRecovered(recovered: RecoveredStore | undefined): void {
    if (recovered === undefined) return;
    this.#parts.recorder.problem("store/recovered", "A damaged store was replaced", recoveredText(recovered));
  }

  #evicted(evicted: Extract<FromStore, { kind: "evicted" }>): void {
    const { config, links, recorder } = this.#parts;
    const { fromSeq, toSeq, count, class: name } = evicted;
    config.links.evicted(fromSeq, toSeq, links);
    const kind = evicted.isDamaged ? "store/damaged" : "store/evicted";
    recorder.problem(kind, evictionSummary(evicted), `${count} of ${name}, seq ${fromSeq} to ${toSeq}`);
  }

  #storeFailed(failed: Extract<FromStore, { kind: "failed" }>, failedBefore: string | undefined): void {
    const { recorder, store, timers } = this.#parts;
    const { code, message, refusedTxn } = failed;
    if (refusedTxn !== undefined && store.refused(refusedTxn)) {
      timers.start("proactor.resend", RESEND_MS, "real");
    }
    if (failedBefore !== code) {
      recorder.problem(`store/${code}`, failureSummary(code), `${code}: ${message}`);
    }
  }

  #busInput(bus: string, message: FromBus): void {
    const { outputs, outputsWorld, recorder, timers, world } = this.#parts;
    const isFirst = outputs.buses === 0;
    outputs.bus(bus, message, outputsWorld);
    if (isFirst && outputs.buses > 0 && this.started) timers.start("proactor.lease", LEASE_RENEW_MS, "real");
    if (message.kind === "fault") {
      const { device, code } = message;
      const summary = `Device "${device}" has a fault: ${code}`;
      return recorder.problem(`device/${device}/${code}`, summary, message.message);
    }
    if (message.kind !== "reading" || this.#stopping) return;
    const { channel, value } = message;
    if (this.started) this.#reading(channel, value);
    else this.#early.add(channel, value, world.houseMs());
  }

  #reading(channel: string, value: number): void {
    const { outputs, outputsWorld, stage, stageWorld } = this.#parts;
    outputs.reading(channel, value, outputsWorld);
    stage.runReading(channel, value, stageWorld);
  }

  #timer(name: string): void {
    const { clock, config, links, outputs, outputsWorld, stage, stageWorld, store, timers } = this.#parts;
    if (name === "proactor.resend") {
      if (!store.resend()) timers.start(name, RESEND_MS, "real");
      else if (this.#stopping && !this.stopped) this.#flush();
      return;
    }
    if (name === "proactor.stop") return this.#finish();
    if (this.#stopping) return;
    if (name.startsWith("link.")) {
      stage.doing = "links";
      return config.links.timer(name, links);
    }
    if (name === "proactor.lease") {
      outputs.renew(outputsWorld);
      return timers.start(name, LEASE_RENEW_MS, "real");
    }
    if (name === EXPIRY_TIMER) return clock.expiryDue();
    if (name === "proactor.tick") {
      outputs.tick(outputsWorld);
      clock.tick();
      return timers.start(name, TICK_MS, "house");
    }
    const [, actor, own] = /^actor:([^:]*):(.*)$/s.exec(name) ?? [];
    if (actor !== undefined && own !== undefined && stage.has(actor)) {
      stage.run(actor, { kind: "timer", name: own }, stageWorld);
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
  credentials: "proactor",
  reply: "proactor",
  stop: "proactor",
};
