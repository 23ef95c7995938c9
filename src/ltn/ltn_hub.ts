import type { Message } from "../core/message.ts";
import type { Actor, ActorContext, ActorInput } from "../proactor/actor.ts";
import type { LinkState } from "../links/port.ts";
import type { PowerWatts, Report, SnapshotSpaceheat } from "../protocol/mod.ts";

/** Received messages that the live view lists. */
export const RECEIVED_MAX = 50;
/** Types that are counted by name; the rest count as `OTHER_TYPES`. */
export const TYPES_MAX = 200;
/** Links that the live view lists. */
export const LINKS_MAX = 16;
/** Name under which further types are counted. */
export const OTHER_TYPES = "(other)";

/** One message as the live view lists it. */
export type ReceivedMessage = {
  readonly type: string;
  readonly src: string;
  readonly messageId: string;
  readonly wallMs: number;
};

/** Live view of what an LTN received: plain data. */
export type LtnSnapshot = {
  /** All messages, acked or not. */
  readonly messages: number;
  /** Messages that wanted an ack: events. */
  readonly events: number;
  readonly byType: { readonly [type: string]: number };
  /** Newest power of the terminal asset in W; null until one came. */
  readonly power: { readonly watts: number; readonly wallMs: number } | null;
  /** Newest snapshot: readings in their channel's unit by channel name, machine states by handle. */
  readonly house: {
    readonly from: string;
    readonly timeMs: number;
    readonly readings: { readonly [channel: string]: number };
    readonly states: { readonly [handle: string]: string };
  } | null;
  /** Newest report. */
  readonly report: { readonly id: string; readonly slotStartS: number; readonly channels: number } | null;
  readonly links: { readonly [link: string]: LinkState };
  /** Newest last. */
  readonly received: readonly ReceivedMessage[];
};

/** What an LTN hub is made from. */
export interface LtnHubConfig {
  /** Node name, for example "ltn". */
  readonly name: string;
}

/** The hub, with its typed view. */
export interface LtnHub extends Actor {
  snapshot(): LtnSnapshot;
}

interface HubState {
  messages: number;
  events: number;
  readonly byType: Map<string, number>;
  readonly links: Map<string, LinkState>;
  power: LtnSnapshot["power"];
  house: LtnSnapshot["house"];
  report: LtnSnapshot["report"];
}

function houseOf(payload: SnapshotSpaceheat): LtnSnapshot["house"] {
  return {
    from: payload.FromGNodeAlias,
    timeMs: payload.SnapshotTimeUnixMs,
    readings: Object.fromEntries(payload.LatestReadingList.map((reading) => [reading.ChannelName, reading.Value])),
    states: Object.fromEntries(payload.LatestStateList.map((state) => [state.MachineHandle, state.State])),
  };
}

function count(byType: Map<string, number>, type: string): void {
  const key = byType.has(type) || byType.size < TYPES_MAX ? type : OTHER_TYPES;
  byType.set(key, (byType.get(key) ?? 0) + 1);
}

/** Takes one message into the view. What a snapshot, a report or a power holds was checked when it was decoded. */
function take(state: HubState, message: Message, wallMs: number): void {
  state.messages++;
  if (message.ackRequired) state.events++;
  count(state.byType, message.type);
  switch (message.type) {
    case "snapshot.spaceheat":
      state.house = houseOf(message.payload as SnapshotSpaceheat);
      return;
    case "power.watts":
      state.power = { watts: (message.payload as PowerWatts).Watts, wallMs };
      return;
    case "report.event": {
      const { Report: report } = message.payload as { readonly Report: Report };
      state.report = { id: report.Id, slotStartS: report.SlotStartUnixS, channels: report.ChannelReadingList.length };
      return;
    }
    default:
      return;
  }
}

/**
 * The cloud peer's hub: takes every message of the house once (the proactor has sorted out repeats) and keeps a live view.
 */
export function ltnHub(config: LtnHubConfig): LtnHub {
  const state: HubState = {
    messages: 0,
    events: 0,
    byType: new Map(),
    links: new Map(),
    power: null,
    house: null,
    report: null,
  };
  let received: readonly ReceivedMessage[] = [];
  function remember(message: Message, wallMs: number): void {
    const { type, src, messageId } = message;
    received = [...received.slice(-(RECEIVED_MAX - 1)), { type, src, messageId, wallMs }];
  }
  return {
    name: config.name,
    listensTo: [],
    step(input: ActorInput, ctx: ActorContext) {
      if (input.kind === "message") {
        take(state, input.message, ctx.wallMs);
        remember(input.message, ctx.wallMs);
      } else if (input.kind === "link" && (state.links.has(input.link) || state.links.size < LINKS_MAX)) {
        state.links.set(input.link, input.to);
      }
    },
    snapshot: () => ({
      messages: state.messages,
      events: state.events,
      byType: Object.fromEntries(state.byType),
      power: state.power,
      house: state.house,
      report: state.report,
      links: Object.fromEntries(state.links),
      received,
    }),
  };
}
