import type { LogRecord } from "../core/log.ts";
import type { LinkConfig } from "../links/port.ts";
import { encodeTopic, subscriptionTopic } from "../protocol/mod.ts";
import {
  type ConnectionEffect,
  type ConnectionInput,
  LINK_INITIAL,
  LINK_TABLE,
  type LinkInput,
  type LinkState,
} from "../links/mod.ts";
import type { Marks } from "./marks.ts";

/** What one life's link must be, followed from outside: from its connection and from its log. */
export interface LinkWatch {
  /** Where the logged moves have led. */
  readonly state: LinkState;
  /** Whether connection, subscription and a message of the peer make "active" right. */
  readonly mayBeActive: boolean;
  readonly isUp: boolean;
  readonly isSubscribed: boolean;
  /** Virtual ms of the newest message of the peer. */
  readonly heardMs: number;
  /** Moves that the table does not have, or that do not start where the last one ended. */
  readonly faults: readonly string[];
  /** What the life asked of the link's connection. */
  asked(effect: ConnectionEffect): void;
  connection(input: ConnectionInput, nowMs: number): void;
  /** @returns The move as text when the record is one. */
  log(record: LogRecord): string | undefined;
}

/** Makes the watch of one link that was not started; others may share its connection. */
export function linkWatch(config: LinkConfig, marks: Marks): LinkWatch {
  const link = config.name;
  const filter = subscriptionTopic(config.peerLongName, config.ownShortName);
  const fromPeer = encodeTopic({ src: config.peerLongName, dst: config.ownShortName, type: "" });
  const faults: string[] = [];
  let askedId = -1;
  let state: LinkState = LINK_INITIAL;
  let connected = false;
  let subscribed = false;
  let heard = false;
  let heardMs = 0;
  return {
    get state() {
      return state;
    },
    get mayBeActive() {
      return connected && subscribed && heard;
    },
    get isUp() {
      return connected;
    },
    get isSubscribed() {
      return subscribed;
    },
    get heardMs() {
      return heardMs;
    },
    faults,
    asked(effect) {
      if (effect.kind === "subscribe" && effect.topics.includes(filter)) askedId = effect.id;
    },
    connection(input, nowMs) {
      if (input.kind === "connected") connected = true;
      else if (input.kind === "disconnected") connected = subscribed = heard = false;
      else if (input.kind === "suback" && input.id === askedId && input.refused.length === 0) subscribed = true;
      else if (input.kind === "message" && input.topic.startsWith(fromPeer)) {
        heard = true;
        heardMs = nowMs;
      }
    },
    log({ event, fields }) {
      if (event !== "link.moved" || fields["link"] !== link) return undefined;
      const { from, to, input } = fields as { from: LinkState; to: LinkState; input: LinkInput };
      const move = `${from} --${input}--> ${to}`;
      if (from !== state) faults.push(`link "${link}" was ${state}, but moved ${move}`);
      if (LINK_TABLE[from]?.[input] !== to) faults.push(`link "${link}" moved outside its table: ${move}`);
      marks.moved(from, input);
      state = to;
      return move;
    },
  };
}
