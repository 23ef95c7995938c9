import type { Message } from "../core/message.ts";
import type { LinksContext } from "../links/port.ts";
import type { ProactorDbg } from "../protocol/mod.ts";
import type { ActorStage, StageWorld } from "./actor_stage.ts";
import type { ProactorConfig } from "./config.ts";
import type { Recorder } from "./recorder.ts";
import type { RemoteLog } from "./remote_log.ts";
import type { StoreSide } from "./store_side.ts";
import type { ProactorWorld } from "./world.ts";

/** What a delivery reaches. */
export interface DeliveryParts {
  readonly config: ProactorConfig;
  readonly world: ProactorWorld;
  readonly store: StoreSide;
  readonly stage: ActorStage;
  readonly stageWorld: StageWorld;
  readonly recorder: Recorder;
  readonly remoteLog: RemoteLog;
  /** The links' context, which is made after this part. */
  links(): LinksContext;
}

/** Brings messages to actors: from links with inbox and ack, from the rim without. */
export interface Delivery {
  fromLink(link: string, message: Message, payloadText: string): void;
  fromRim(message: Message): void;
  /** Messages delivered by links in this life. */
  readonly received: number;
  /** Events written to the inbox in this life. */
  readonly applied: number;
}

function isEvent(type: string): boolean {
  return type.startsWith("gridworks.event") || type === "report.event";
}

const DBG = "gridworks.proactor.dbg";

/** Carries out a peer's command to the log, and records the answer. */
function obeyDbg({ config, recorder, remoteLog, world }: DeliveryParts, command: ProactorDbg, link: string): void {
  const answer = remoteLog.take(command, config.links.snapshot());
  if (answer !== undefined) return recorder.record(answer, 2, world.realWallMs());
  recorder.problem(`debug/${link}`, "Commands to the log were not answered as there were too many", link);
}

/** Makes the delivery of one proactor. */
export function makeDelivery(parts: DeliveryParts): Delivery {
  const { config, world, store, stage, stageWorld, recorder, remoteLog } = parts;
  const encoder = new TextEncoder();
  let received = 0;
  let applied = 0;
  /** What was acked since the last message came. */
  const answered = new Set<string>();

  function run(message: Message, link: string): void {
    if (message.type === DBG && link !== "internal") return obeyDbg(parts, message.payload as ProactorDbg, link);
    const fallback = config.inbound[link] ?? config.inbound[""] ?? "";
    const target = stage.has(message.dst) ? message.dst : fallback;
    if (stage.has(target)) return stage.run(target, { kind: "message", message, link }, stageWorld);
    const summary = `Cannot deliver a message as its destination must be an actor: "${message.dst}"`;
    recorder.problem(`deliver/${link}`, summary, `${message.type} from "${message.src}"`);
  }

  /** @returns Whether the event is new; its inbox row is in this step's transaction then. */
  function enterInbox(link: string, message: Message, payloadText: string): boolean {
    const peer = config.peers[link] ?? link;
    const { messageId, type } = message;
    if (!config.inbox!.isNew(peer, messageId)) return false;
    applied++;
    const bytes = encoder.encode(payloadText);
    store.inbox({ peer, messageId, type, receivedWallMs: Math.trunc(world.realWallMs()), bytes });
    return true;
  }

  /** Copies that came while the disk was slow wait for one commit: one ack answers all of them. */
  function ackOnce(link: string, message: Message): void {
    const key = `${link}/${message.messageId}`;
    if (answered.has(key)) return;
    answered.add(key);
    config.links.ack(link, message, parts.links());
  }

  return {
    fromLink(link, message, payloadText) {
      received++;
      remoteLog.received(link, message);
      // A set that is cleared has its table made anew.
      if (answered.size > 0) answered.clear();
      const dedupes = config.inbox !== undefined && isEvent(message.type) && message.messageId !== "";
      if (dedupes && !store.roomy) {
        // Without an ack the peer keeps it and sends it again, when the store may take its row.
        const details = `${message.type} from "${message.src}"`;
        return recorder.problem("inbox/full", "An event was not taken as its row must become durable", details);
      }
      const isFresh = !dedupes || enterInbox(link, message, payloadText);
      if (isFresh) run(message, link);
      if (!message.ackRequired) return;
      const ack = () => ackOnce(link, message);
      // The row of a second delivery may still be on its way to the disk: its ack waits for the first one's commit.
      if (isFresh) store.afterCommit(ack);
      else store.afterAll(ack);
    },
    fromRim: (message) => run(message, "internal"),
    get received() {
      return received;
    },
    get applied() {
      return applied;
    },
  };
}
