import { type ActorStage, actorStage, type StageWorld } from "./actor_stage.ts";
import { type ClockBook, clockBook } from "./clock_book.ts";
import { type ClockSide, clockSide } from "./clock_side.ts";
import type { ProactorConfig } from "./config.ts";
import { type Delivery, makeDelivery } from "./delivery.ts";
import { type HostedLinksContext, linksContext } from "./links_context.ts";
import { makeOutputs, type Outputs, type OutputsWorld } from "./outputs.ts";
import { makeQuarantine } from "./quarantine.ts";
import { makeRecorder, type Recorder } from "./recorder.ts";
import { type RemoteLog, remoteLog } from "./remote_log.ts";
import { carryOutEffect, type Routing } from "./router.ts";
import { type StoreSide, storeSide } from "./store_side.ts";
import { type ProactorTimers, proactorTimers } from "./timers.ts";
import type { ProactorWorld } from "./world.ts";

/** The parts of one proactor, joined. */
export interface ProactorParts {
  readonly config: ProactorConfig;
  readonly world: ProactorWorld;
  readonly stage: ActorStage;
  readonly stageWorld: StageWorld;
  readonly outputs: Outputs;
  readonly outputsWorld: OutputsWorld;
  readonly timers: ProactorTimers;
  readonly store: StoreSide;
  readonly clocks: ClockBook;
  readonly clock: ClockSide;
  readonly recorder: Recorder;
  readonly delivery: Delivery;
  readonly links: HostedLinksContext;
}

/** Makes the parts of a proactor and joins them; nothing runs yet. */
export function proactorParts(config: ProactorConfig, outer: ProactorWorld): ProactorParts {
  const asked = remoteLog(outer);
  const world = gatedWorld(outer, asked);
  const stage = actorStage(config.actors);
  const outputs = makeOutputs(config.life, config.guard);
  const timers = proactorTimers(world);
  const store = storeSide((message) => world.effect({ kind: "store", message }));
  const clocks = clockBook(`${config.boot}/${config.life}`, world);
  const recorder = makeRecorder({ longName: config.longName, store, clocks, world });
  const outputsWorld = worldOfOutputs(world, stage);
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
    threw: makeQuarantine(store, recorder),
  };
  const reached = { config, world, store, stage, stageWorld, recorder };
  const delivery = makeDelivery({ ...reached, remoteLog: asked, links: () => links });
  const links = linksContext({
    world,
    store,
    timers,
    clocks,
    clockDoubt: () => clock.doubt(),
    record: (payload, lane) => recorder.record(payload, lane, world.realWallMs()),
    deliver: (link, message, text) => delivery.fromLink(link, message, text),
    moved: (link, from, to) => stage.tellAll({ kind: "link", link, from, to }),
  });
  const { record, problem } = recorder;
  const routing: Routing = { config, world, store, timers, outputs, outputsWorld, stage, links, record, problem };
  const clock = clockSide({ world, store, timers, recorder, stepped: () => config.links.clockStepped(links) });
  const stores = { store, clocks, clock, recorder };
  return { config, world, stage, stageWorld, outputs, outputsWorld, timers, ...stores, delivery, links };
}

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

/** The world, whose log is what peers asked for. */
function gatedWorld(world: ProactorWorld, { gate }: RemoteLog): ProactorWorld {
  return {
    realMs: () => world.realMs(),
    realWallMs: () => world.realWallMs(),
    houseMs: () => world.houseMs(),
    houseWallMs: () => world.houseWallMs(),
    newId: () => world.newId(),
    random: (stream) => world.random(stream),
    effect(effect) {
      if (effect.kind !== "log") return world.effect(effect);
      const record = gate(effect.record);
      if (record !== undefined) world.effect({ kind: "log", record });
    },
  };
}
