import { LEASE_RENEW_MS } from "../core/device.ts";
import type { Message } from "../core/message.ts";
import type { FromStore } from "../store/port.ts";
import { fillEvent, problemEvent, shutdownEvent, startupEvent } from "../protocol/mod.ts";
import type { Lane } from "../store/port.ts";
import type { ActorInput } from "./actor.ts";
import { actorStage, type StageWorld } from "./actor_stage.ts";
import type { ProactorConfig } from "./config.ts";
import { linksContext } from "./links_context.ts";
import { makeOutputs, type OutputsWorld } from "./outputs.ts";
import { problemLimit } from "./problems.ts";
import { carryOutEffect, type Routing } from "./router.ts";
import type { ProactorSnapshot } from "./snapshot.ts";
import { sourceQueues } from "./source_queues.ts";
import { storeSide } from "./store_side.ts";
import { proactorTimers } from "./timers.ts";
import type { ProactorInput, ProactorWorld } from "./world.ts";

/** How often the guard looks at the time, in ms of house time. */
export const TICK_MS = 1_000;
/** A step that takes longer than this, in ms, is reported as a problem. */
export const SLOW_STEP_MS = 500;
/** Most messages kept in quarantine. */
export const QUARANTINE_MAX = 100;

/** One process's message hub: inputs in, one step each, effects out. Synchronous, and without I/O of its own. */
export interface Proactor {
  /** Queues an input. @returns Whether it was taken. */
  post(input: ProactorInput): boolean;
  /** Steps until nothing waits, at most `stepsMax` times. @returns Steps made. */
  drain(stepsMax: number): number;
  /** The actor or part that ran last. */
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
  const queues = sourceQueues();
  const stage = actorStage(config.actors);
  const outputs = makeOutputs(config.life, config.guard);
  const problems = problemLimit();
  const timers = proactorTimers(world);
  const store = storeSide((message) => world.effect({ kind: "store", message }));
  let internalTurn = false;
  let started = false;
  let stopping = false;
  let stopped = false;
  let quarantined = 0;
  let received = 0;
  let applied = 0;

  const outputsWorld: OutputsWorld = {
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

  function record(payload: { readonly TypeName: string; readonly [key: string]: unknown }, lane: Lane, wallMs: number) {
    const given = payload["MessageId"];
    const messageId = typeof given === "string" ? given : world.newId();
    const filled = fillEvent(payload, { messageId, timeCreatedMs: Math.trunc(wallMs), src: config.longName });
    const bytes = new TextEncoder().encode(JSON.stringify(filled));
    store.append({ seq: store.nextSeq(), lane, class: payload.TypeName, messageId: filled.MessageId, bytes });
  }

  function problem(kind: string, summary: string, details: string): void {
    world.effect({ kind: "log", record: { level: "error", event: "proactor.problem", fields: { kind, summary } } });
    const heldBack = problems.admit(kind, world.realMs());
    if (heldBack === undefined || !store.opened) return;
    const more = heldBack > 0 ? ` (${heldBack} more since the last report)` : "";
    record(problemEvent({ problemType: "error", summary, details: details + more }), 1, world.realWallMs());
  }

  const links = linksContext({
    world,
    store,
    timers,
    record: (payload, lane) => record(payload, lane, world.realWallMs()),
    deliver,
    moved(link, from, to) {
      stage.tellAll({ kind: "link", link, from, to });
    },
  });

  const routing: Routing = {
    config,
    world,
    store,
    timers,
    outputs,
    outputsWorld,
    stage,
    links,
    record,
    problem,
  };

  const stageWorld: StageWorld = {
    get nowMs() {
      return world.houseMs();
    },
    get wallMs() {
      return world.houseWallMs();
    },
    newId: () => world.newId(),
    random: (stream) => world.random(stream),
    carryOut: (actor, effect) => carryOutEffect(actor, effect, routing),
    threw(actor, input, error, lost) {
      const what = input.kind === "message" ? `${input.kind} ${input.message.type}` : input.kind;
      problem(`actor/${actor}`, `Actor "${actor}" threw and was restarted`, `Input: ${what}. ${error}`);
      if (!lost || input.kind !== "message") return;
      const slot = quarantined++ % QUARANTINE_MAX;
      const value = JSON.stringify({ actor, error, message: input.message });
      store.keep({ key: `quarantine/${slot}`, version: 1, value, expiresWallMs: 0 });
    },
  };

  function targetOf(message: Message, link: string): string | undefined {
    if (stage.has(message.dst)) return message.dst;
    const fallback = config.inbound[link] ?? config.inbound[""];
    return fallback !== undefined && stage.has(fallback) ? fallback : undefined;
  }

  function isEvent(type: string): boolean {
    return type.startsWith("gridworks.event") || type === "report.event";
  }

  function deliver(link: string, message: Message, payloadText: string): void {
    received++;
    let fresh = true;
    if (config.inbox && isEvent(message.type) && message.messageId !== "") {
      const peer = config.peers[link] ?? link;
      fresh = config.inbox.isNew(peer, message.messageId);
      if (fresh) {
        applied++;
        const { messageId, type } = message;
        const bytes = new TextEncoder().encode(payloadText);
        store.inbox({ peer, messageId, type, receivedWallMs: Math.trunc(world.realWallMs()), bytes });
      }
    }
    const target = fresh ? targetOf(message, link) : undefined;
    if (target !== undefined) stage.run(target, { kind: "message", message, link }, stageWorld);
    if (message.ackRequired) store.afterCommit(() => config.links.ack(link, message, links));
  }

  function start(opened: Extract<FromStore, { kind: "opened" }>): void {
    started = true;
    const wallMs = world.houseWallMs();
    const guardKept = new Map<string, string>();
    for (const row of opened.kept) {
      if (row.value === null || (row.expiresWallMs !== 0 && row.expiresWallMs < wallMs)) continue;
      const at = row.key.indexOf("/");
      const owner = row.key.slice(0, at);
      if (owner === "guard") guardKept.set(row.key.slice(at + 1), row.value);
      else if (stage.has(owner)) stage.kept(owner).set(row.key.slice(at + 1), JSON.parse(row.value));
    }
    config.guard.restore(guardKept, world.houseMs(), wallMs);
    config.restoreJournal?.(opened.journal);
    config.inbox?.restore(opened.appliedIds);
    record(startupEvent(), 2, world.realWallMs());
    for (const name of stage.names) {
      stage.run(name, { kind: "start", kept: new Map(stage.kept(name)) }, stageWorld);
    }
    config.links.start(links);
    timers.start("proactor.lease", LEASE_RENEW_MS, "real");
    timers.start("proactor.tick", TICK_MS, "house");
  }

  function stop(reason: string): void {
    if (stopping) return;
    stopping = true;
    outputs.makeSafe(outputsWorld);
    if (!started) return finish();
    for (const name of stage.names) stage.run(name, { kind: "stop" }, stageWorld);
    // Recorded after the links have stopped: it goes out once, at the next start.
    config.links.stop(links);
    record(shutdownEvent(reason), 1, world.realWallMs());
    store.endStep();
    world.effect({ kind: "store", message: { kind: "flush", id: 0 } });
  }

  function finish(): void {
    if (stopped) return;
    stopped = true;
    world.effect({ kind: "stopped" });
  }

  function storeInput(message: FromStore): void {
    const failedBefore = store.failedCode;
    const rows = store.input(message);
    if (message.kind === "opened") {
      if (started) links.readAgain();
      else if (!stopping) start(message);
    }
    if (rows.length > 0 && !stopping) config.links.committed(rows, links);
    if (message.kind === "rows") links.rowsCame(() => config.links.rowsRead(message.rows, message.end, links));
    if (message.kind === "evicted") {
      config.links.evicted(message.fromSeq, message.toSeq, links);
      problem(
        "store/evicted",
        "Events were evicted to stay within the store's cap",
        `${message.count} of ${message.class}, seq ${message.fromSeq} to ${message.toSeq}`,
      );
    }
    if (message.kind === "failed" && failedBefore !== message.code) {
      problem(`store/${message.code}`, "The store cannot commit", `${message.code}: ${message.message}`);
    }
    if (message.kind === "flushed" && stopping) finish();
  }

  function timer(name: string): void {
    if (name.startsWith("link.")) return void (stopping || config.links.timer(name, links));
    if (name === "proactor.lease") {
      if (stopping) return;
      outputs.renew(outputsWorld);
      return timers.start(name, LEASE_RENEW_MS, "real");
    }
    if (name === "proactor.tick") {
      if (stopping) return;
      outputs.tick(outputsWorld);
      return timers.start(name, TICK_MS, "house");
    }
    const [, actor, own] = /^actor:([^:]*):(.*)$/.exec(name) ?? [];
    if (actor !== undefined && own !== undefined && stage.has(actor) && !stopping) {
      stage.run(actor, { kind: "timer", name: own }, stageWorld);
    }
  }

  function step(input: ProactorInput): void {
    switch (input.kind) {
      case "store":
        return storeInput(input.message);
      case "connection":
        return stopping || !started ? undefined : config.links.input(input.input, links);
      case "bus":
        outputs.bus(input.bus, input.message, outputsWorld);
        if (input.message.kind === "reading" && started && !stopping) {
          const { channel, value } = input.message;
          outputs.reading(channel, value, outputsWorld);
          stage.runReading(channel, value, stageWorld);
        } else if (input.message.kind === "fault") {
          const { device, code, message } = input.message;
          problem(`device/${device}/${code}`, `Device "${device}" has a fault: ${code}`, message);
        }
        return;
      case "timer":
        return timers.fired(input.name, input.epoch) ? timer(input.name) : undefined;
      case "post": {
        const target = targetOf(input.message, "internal");
        if (target !== undefined && started && !stopping) {
          stage.run(target, { kind: "message", message: input.message, link: "internal" }, stageWorld);
        }
        return;
      }
      case "reply":
        if (stage.has(input.actor) && !stopping) {
          const reply: ActorInput = { kind: "reply", id: input.id, body: input.body };
          stage.run(input.actor, reply, stageWorld);
        }
        return;
      case "stop":
        return stop(input.reason);
    }
  }

  function endStep(startedMs: number): void {
    for (const [key, value] of config.guard.takeKept()) {
      store.keep({ key: `guard/${key}`, version: 1, value, expiresWallMs: 0 });
    }
    const tookMs = world.realMs() - startedMs;
    if (tookMs > SLOW_STEP_MS) {
      problem("slow_step", "A step took too long", `${Math.round(tookMs)} ms, last actor "${stage.doing}"`);
    }
    store.endStep();
    for (const one of queues.takeFlow()) world.effect({ kind: "flow", ...one });
  }

  function stepOne(): boolean {
    const startedMs = world.realMs();
    internalTurn = !internalTurn;
    if (internalTurn && started && stage.runOne(stageWorld)) {
      endStep(startedMs);
      return true;
    }
    const input = queues.next();
    if (!input) {
      if (!started || !stage.runOne(stageWorld)) return false;
    } else {
      step(input);
    }
    endStep(startedMs);
    return true;
  }

  return {
    post: (input) => queues.push(input),
    drain(stepsMax) {
      let steps = 0;
      while (steps < stepsMax && stepOne()) steps++;
      return steps;
    },
    get doing() {
      return stage.doing;
    },
    get busy() {
      return queues.size > 0;
    },
    get started() {
      return started;
    },
    get stopped() {
      return stopped;
    },
    snapshot: () => ({
      name: config.longName,
      links: config.links.snapshot(),
      counters: store.counters ?? { generated: 0, acked: 0, tombstoned: 0, pending: 0, applied: 0 },
      actors: stage.snapshot(),
      outputs: Object.fromEntries(outputs.values()),
      received,
      applied,
      restarts: stage.restarts(),
      storeCode: store.failedCode ?? "",
      storeWaiting: store.pending,
      dropped: store.dropped + store.heldDropped,
      lost: Object.fromEntries(queues.lost()),
    }),
  };
}
