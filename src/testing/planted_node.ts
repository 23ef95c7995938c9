import { LEASE_RENEW_MS, type ToBus } from "../core/device.ts";
import type { ConnectionEffect, ConnectionInput } from "../links/connection_port.ts";
import type { ProactorEffect, ProactorWorld } from "../proactor/mod.ts";
import type { FromStore } from "../store/port.ts";
import type { OuterPlant, PlantedName } from "./planted.ts";
import type { VirtualClock } from "./virtual_clock.ts";

type Publish = Extract<ConnectionEffect, { readonly kind: "publish" }>;

/** What a bug changes between a process and its world. Made once for a node; every answer of `undefined` loses it. */
export interface NodePlant {
  /** The wall clock of the node's machine may stand in for the monotonic one. */
  world(world: ProactorWorld): ProactorWorld;
  /** @param answer Carries an effect to the connection. */
  input(input: ConnectionInput, answer: (effect: ConnectionEffect) => void): ConnectionInput | undefined;
  /** @param inject Brings an input to the life beside what the connection says. */
  effect(effect: ConnectionEffect, inject: (input: ConnectionInput) => void): ConnectionEffect | undefined;
  fromStore(message: FromStore): FromStore | undefined;
  toBus(send: (message: ToBus) => void, clock: VirtualClock): (message: ToBus) => void;
  /** Ids start from the first one again with each process. */
  readonly repeatsIds: boolean;
}

const SOUND: NodePlant = {
  world: (world) => world,
  input: (input) => input,
  effect: (effect) => effect,
  fromStore: (message) => message,
  toBus: (send) => send,
  repeatsIds: false,
};

const DECODER = new TextDecoder();
const ENCODER = new TextEncoder();

function typeOf(topic: string): string {
  return topic.slice(topic.lastIndexOf("/") + 1);
}

/** An effect of the life, unless it is one that the bug swallows. */
function swallowing(swallows: (effect: ProactorEffect) => boolean): NodePlant["world"] {
  return (world) => ({
    ...world,
    effect(effect) {
      if (!swallows(effect)) world.effect(effect);
    },
  });
}

/** An ack leaves when its message comes, before anything of it is durable. */
function ackOnReceipt(): Partial<NodePlant> {
  let template: Publish | undefined;
  return {
    effect(effect) {
      if (effect.kind === "publish" && typeOf(effect.topic) === "gridworks-ack") template = effect;
      return effect;
    },
    input(input, answer) {
      if (input.kind !== "message" || template === undefined) return input;
      const [, id] = /"MessageId":"([^"]+)".*"AckRequired":true/.exec(DECODER.decode(input.bytes)) ?? [];
      if (id === undefined) return input;
      const text = DECODER.decode(template.bytes).replace(/"AckMessageID":"[^"]*"/, `"AckMessageID":"${id}"`);
      answer({ ...template, bytes: ENCODER.encode(text) });
      return input;
    },
  };
}

/** A subscription counts as granted when it is asked for. */
function ignoreSuback(): Partial<NodePlant> {
  return {
    effect(effect, inject) {
      if (effect.kind === "subscribe") {
        inject({ kind: "suback", connection: effect.connection, id: effect.id, refused: [] });
      }
      return effect;
    },
  };
}

/** Payloads are parsed and written anew on their way, and one field is lost. */
function rewritePayload(): Partial<NodePlant> {
  return {
    effect(effect) {
      if (effect.kind !== "publish" || !effect.topic.endsWith("gridworks-event-problem")) return effect;
      const text = DECODER.decode(effect.bytes).replace(/"Details":"/, '"Details":" ');
      return { ...effect, bytes: ENCODER.encode(text) };
    },
  };
}

/** Every second answer with rows is lost. */
function loseRows(): Partial<NodePlant> {
  let answers = 0;
  return { fromStore: (message) => message.kind === "rows" && ++answers % 2 === 0 ? undefined : message };
}

/** Only the first snapshots arrive. */
function dropSnapshots(): Partial<NodePlant> {
  let seen = 0;
  return {
    input: (input) =>
      input.kind === "message" && typeOf(input.topic) === "snapshot-spaceheat" && ++seen > 3 ? undefined : input,
  };
}

/** Something that does not end with the life renews its leases. */
function renewForEver(): Partial<NodePlant> {
  return {
    toBus(send, clock) {
      let last: ToBus | undefined;
      function renew(): void {
        if (last !== undefined) send(last);
        clock.after(LEASE_RENEW_MS, "planted lease", renew);
      }
      renew();
      return (message) => {
        if (message.kind === "lease" && message.outputs.length > 0) last = message;
        send(message);
      };
    },
  };
}

const PLANTS: Readonly<Partial<Record<OuterPlant, () => Partial<NodePlant>>>> = {
  ack_on_receipt: ackOnReceipt,
  suback_ignored: ignoreSuback,
  disconnect_missed: () => ({ input: (input) => input.kind === "disconnected" ? undefined : input }),
  refusal_as_connected: () => ({
    input: (input) => input.kind === "connect_failed" ? { kind: "connected", connection: input.connection } : input,
  }),
  payload_rewritten: rewritePayload,
  snapshot_dropped: dropSnapshots,
  refusal_as_grant: () => ({ input: (input) => input.kind === "suback" ? { ...input, refused: [] } : input }),
  rows_answer_lost: loseRows,
  silence_unseen: () => ({
    world: swallowing((effect) => effect.kind === "timer" && effect.name.startsWith("link.poll.")),
  }),
  cancel_ignored: () => ({
    world: swallowing((effect) => effect.kind === "cancel" && effect.name.startsWith("link.ack.")),
  }),
  wall_for_monotonic: () => ({ world: (world) => ({ ...world, realMs: () => world.realWallMs() }) }),
  ids_repeat: () => ({ repeatsIds: true }),
  lease_outlives_life: renewForEver,
};

/** The part of a planted bug that sits around a process. */
export function nodePlant(planted: PlantedName | undefined): NodePlant {
  return { ...SOUND, ...PLANTS[planted as OuterPlant]?.() };
}
