import type { Message } from "../core/message.ts";
import { isWallTrusted } from "../core/wall_clock.ts";
import { stepMachine } from "../core/table_machine.ts";
import { commEvent, decodeEnvelope, encodeEnvelope, type Registry, subscriptionTopic } from "../protocol/mod.ts";
import type { EventRow } from "../store/port.ts";
import { type AckWait, ackWaits } from "./acks.ts";
import { backOffMs } from "./back_off.ts";
import { isActiveForSend, isConnected, LINK_INITIAL, LINK_TABLE, type LinkInput } from "./link_table.ts";
import { type MessageTimes, pollSilence } from "./message_times.ts";
import type { LinkConfig, LinksConfig, LinksContext, LinkSnapshot, LinkState } from "./port.ts";
import type { LinkProblems } from "./problems.ts";
import { makeReupload, type Reupload } from "./reupload.ts";
import { mayHaveStampMark, newestUntrustedMs, rightStamps } from "./stamps.ts";
import { ackMessage, encodeRow, firstBytes, pingMessage, sendTopic } from "./wire.ts";

/** How long a broker may take to answer a subscribe before it is asked again, in ms. */
export const SUBACK_MS = 30_000;
/** How often the wall clock is looked at while rows wait for it to be right, in ms. */
export const CLOCK_LOOK_MS = 1_000;

/** Bugs that tests plant to see that they are found; never set in production. */
export type PlantedBug = "no_timer_cancel" | "ping_spin" | "memory_in_flight";

/** What the links of one proactor share. */
export interface LinkShared {
  readonly config: LinksConfig;
  readonly registry: Registry;
  readonly planted: ReadonlySet<PlantedBug>;
  readonly problems: LinkProblems;
  /** A new number, for publish tokens and subscribe ids. */
  nextNumber(): number;
}

/** One link: its state, its acks, and, when it leads upstream, the re-upload. */
export interface Link {
  readonly config: LinkConfig;
  readonly state: LinkState;
  readonly reupload: Reupload | undefined;
  readonly timerNames: {
    readonly poll: string;
    readonly subscribe: string;
    readonly clock: string;
    readonly ackPrefix: string;
  };
  start(ctx: LinksContext): void;
  stop(ctx: LinksContext): void;
  connected(ctx: LinksContext): void;
  connectFailed(failure: { readonly refusal: string; readonly reason: string }, ctx: LinksContext): void;
  disconnected(ctx: LinksContext): void;
  /** @returns Whether every subscription is granted now. */
  suback(id: number, refused: readonly string[], ctx: LinksContext): boolean;
  received(topic: string, bytes: Uint8Array, ctx: LinksContext): void;
  taken(token: number, ctx: LinksContext): void;
  pollDue(ctx: LinksContext): void;
  subscribeDue(ctx: LinksContext): void;
  clockDue(ctx: LinksContext): void;
  ackDue(timerName: string, ctx: LinksContext): void;
  send(message: Message, ctx: LinksContext): boolean;
  ack(messageId: string, ctx: LinksContext): void;
  evicted(fromSeq: number, toSeq: number, ctx: LinksContext): void;
  snapshot(): LinkSnapshot;
}

/** Makes a link that was not started. */
export function makeLink(config: LinkConfig, shared: LinkShared): Link {
  const { ownLongName, pollMs, ackTimeoutMs, peerIsHearth } = shared.config;
  const { problems, planted } = shared;
  const names = {
    poll: `link.poll.${config.name}`,
    subscribe: `link.subscribe.${config.name}`,
    clock: `link.clock.${config.name}`,
    ackPrefix: `link.ack.${config.name}/`,
  };
  const waits = ackWaits(names.ackPrefix, ackTimeoutMs, planted.has("no_timer_cancel"));
  const times: MessageTimes = { receivedMs: 0, sentMs: 0 };
  const reupload = config.role === "upstream"
    ? makeReupload(shared.config, { send: sendRow, holdsBack, ackOnSend: planted.has("memory_in_flight") })
    : undefined;
  const count = { timeouts: 0, received: 0, sent: 0, refused: 0, heldBack: 0 };
  let state: LinkState = LINK_INITIAL;
  let subscribeId: number | undefined;
  let subscribeFailures = 0;
  let looksAtClock = false;

  /** Steps the table. @returns The state before, or undefined when the input is refused here. */
  function step(input: LinkInput, ctx: LinksContext): LinkState | undefined {
    const result = stepMachine(LINK_TABLE, state, input);
    if (result.kind === "refused") {
      count.refused++;
      ctx.log({ level: "debug", event: "link.refused", fields: { link: config.name, state, input } });
      return undefined;
    }
    state = result.to;
    if (result.from === result.to) return result.from;
    ctx.log({ level: "info", event: "link.moved", fields: { link: config.name, from: result.from, to: state, input } });
    if (state === "active") waits.cancelAll(ctx);
    return result.from;
  }
  function told(from: LinkState, ctx: LinksContext): void {
    if (from !== state) ctx.moved(config.name, from, state);
  }
  function publish(topic: string, bytes: Uint8Array, ctx: LinksContext): number {
    const token = shared.nextNumber();
    ctx.connection({ kind: "publish", connection: config.connection, topic, bytes, token });
    times.sentMs = ctx.nowMs;
    count.sent++;
    return token;
  }
  function publishMessage(message: Message, kind: AckWait["kind"], ctx: LinksContext): void {
    const token = publish(sendTopic(ownLongName, config, message.type), encodeEnvelope(message), ctx);
    if (!message.ackRequired || message.messageId === "") return;
    if (waits.add({ messageId: message.messageId, kind, token }, ctx)) return;
    ctx.log({ level: "warn", event: "link.ack_not_awaited", fields: { link: config.name, type: message.type } });
  }
  function sendRow(row: EventRow, ctx: LinksContext): void {
    const { wallMs, clocks } = ctx;
    const { registry } = shared;
    const wire = encodeRow(row, config, { ownLongName, wallMs, clocks, registry, withSeq: peerIsHearth });
    if (wire.corrupt !== undefined) {
      const fields = { link: config.name, seq: row.seq, because: wire.corrupt };
      ctx.log({ level: "error", event: "link.row_corrupt", fields });
    }
    if (wire.isGuess) {
      const summary = "Events have the time of their sending as the clock of their boot was never right";
      problems.problem("stamps", { summary, details: `First: row ${row.seq}, ${row.class}` }, ctx);
    }
    waits.add({ messageId: row.messageId, kind: "row", token: publish(wire.topic, wire.bytes, ctx) }, ctx);
  }
  /** A peer refuses stamps before 2020, and the row with them. */
  function holdsBack(row: EventRow, ctx: LinksContext): boolean {
    if (isWallTrusted(ctx.wallMs) || !mayHaveStampMark(row.bytes)) return false;
    if (!looksAtClock) ctx.timer(names.clock, CLOCK_LOOK_MS);
    looksAtClock = true;
    return true;
  }
  function ping(ctx: LinksContext): void {
    publishMessage(pingMessage(ownLongName, config, ctx.newId()), "ping", ctx);
  }
  function ack(messageId: string, ctx: LinksContext): void {
    if (messageId === "" || !isConnected(state)) return;
    publishMessage(ackMessage(ownLongName, config, messageId), "message", ctx);
  }
  function subscribe(ctx: LinksContext): void {
    subscribeId = shared.nextNumber();
    const topics = [subscriptionTopic(config.peerLongName, config.ownShortName)];
    ctx.connection({ kind: "subscribe", connection: config.connection, id: subscribeId, topics });
    ctx.timer(names.subscribe, SUBACK_MS);
  }
  function activated(ctx: LinksContext): void {
    reupload?.activate(ctx);
    ctx.record(commEvent("peer_active", config.name), 2);
  }
  /** Everything that runs only while the peer may hear us ends. */
  function silence(ctx: LinksContext): void {
    waits.cancelAll(ctx);
    if (!planted.has("ping_spin")) ctx.cancel(names.poll);
    ctx.cancel(names.subscribe);
    ctx.cancel(names.clock);
    looksAtClock = false;
    subscribeId = undefined;
  }
  function responseTimeout(ctx: LinksContext): void {
    count.timeouts++;
    const from = step("response_timeout", ctx);
    if (from !== "active") return;
    reupload?.deactivate(true);
    ctx.record(commEvent("response_timeout", config.name), 2);
    waits.cancelAll(ctx);
    ping(ctx);
    told(from, ctx);
  }
  function heard(ctx: LinksContext): void {
    times.receivedMs = ctx.nowMs;
    count.received++;
    const from = step("message_from_peer", ctx);
    if (from === undefined) return;
    if (from !== "active" && state === "active") activated(ctx);
    told(from, ctx);
  }
  function ackReceived(payload: unknown, ctx: LinksContext): void {
    const id = typeof payload === "object" && payload !== null
      ? (payload as { readonly AckMessageID?: unknown }).AckMessageID
      : undefined;
    if (typeof id !== "string") return;
    waits.received(id, ctx);
    reupload?.acked(id, ctx);
  }
  return {
    config,
    get state() {
      return state;
    },
    reupload,
    timerNames: names,
    start(ctx) {
      const from = step("start_called", ctx);
      if (from !== undefined) told(from, ctx);
      if (planted.has("ping_spin")) ctx.timer(names.poll, pollMs);
    },
    stop(ctx) {
      const from = step("stop_called", ctx);
      if (from === undefined) return;
      if (from === "active") reupload?.deactivate(false);
      silence(ctx);
      told(from, ctx);
    },
    connected(ctx) {
      const from = step("mqtt_connected", ctx);
      if (from === undefined) return;
      ctx.record(commEvent("connect", config.name), 2);
      subscribe(ctx);
      told(from, ctx);
    },
    connectFailed(failure, ctx) {
      if (step("mqtt_connect_failed", ctx) !== undefined) problems.connectFailed(config.name, failure, ctx);
    },
    disconnected(ctx) {
      const from = step("mqtt_disconnected", ctx);
      if (from === undefined) return;
      ctx.record(commEvent("disconnect", config.name), 2);
      silence(ctx);
      if (from === "active") reupload?.deactivate(false);
      told(from, ctx);
    },
    suback(id, refused, ctx) {
      if (id !== subscribeId) return false;
      subscribeId = undefined;
      if (refused.length > 0) {
        step("mqtt_suback_pending", ctx);
        subscribeFailures++;
        ctx.timer(names.subscribe, backOffMs(subscribeFailures, ctx.random(names.subscribe)));
        const summary = `Cannot subscribe link "${config.name}" as the broker must grant its topics`;
        problems.problem(`suback ${config.name}`, { summary, details: refused.join("\n") }, ctx);
        return false;
      }
      const from = step("mqtt_suback_complete", ctx);
      if (from === undefined) return false;
      subscribeFailures = 0;
      ctx.cancel(names.subscribe);
      ctx.record(commEvent("fully_subscribed", config.name), 2);
      times.receivedMs = ctx.nowMs;
      ctx.timer(names.poll, pollMs);
      ping(ctx);
      if (state === "active") activated(ctx);
      told(from, ctx);
      return true;
    },
    received(topic, bytes, ctx) {
      if (!isConnected(state)) return;
      const decoded = decodeEnvelope(bytes, shared.registry);
      if (decoded.kind === "undecodable") {
        const details = `${decoded.problem}\n${topic}\n${firstBytes(bytes)}`;
        const summary = `Cannot read a message from link "${config.name}"`;
        problems.problem(`undecodable ${config.name}`, { summary, details }, ctx);
        return;
      }
      heard(ctx);
      const { message } = decoded;
      if (decoded.kind === "unknown_type") {
        if (message.ackRequired) ack(message.messageId, ctx);
        const summary = `Cannot use a message from link "${config.name}" as its type must be known: "${message.type}"`;
        problems.problem(`type ${config.name} ${message.type}`, { summary, details: decoded.payloadText }, ctx);
      } else if (message.type === "gridworks.ack") ackReceived(message.payload, ctx);
      else if (message.type === "gridworks.ping") {
        if (message.ackRequired) ack(message.messageId, ctx);
      } else ctx.deliver(config.name, message, decoded.payloadText);
    },
    taken(token, ctx) {
      waits.taken(token, ctx);
    },
    pollDue(ctx) {
      if (!isActiveForSend(state)) {
        if (planted.has("ping_spin")) ctx.timer(names.poll, Math.max(0, times.sentMs + pollMs - ctx.nowMs));
        return;
      }
      const poll = pollSilence(times, pollMs, ctx.nowMs);
      ctx.timer(names.poll, poll.againMs);
      if (poll.kind === "heard") return;
      // A socket that takes nothing runs no ack timer: a ping it holds for a whole period counts as unanswered.
      const stuck = waits.untakenPing();
      if (stuck === undefined || ctx.nowMs - stuck.sentMs < ackTimeoutMs) return ping(ctx);
      waits.received(stuck.messageId, ctx);
      const wasActive = state === "active";
      responseTimeout(ctx);
      if (!wasActive) ping(ctx);
    },
    subscribeDue(ctx) {
      if (isConnected(state) && !isActiveForSend(state)) subscribe(ctx);
    },
    clockDue(ctx) {
      looksAtClock = false;
      reupload?.pump(ctx);
    },
    ackDue(timerName, ctx) {
      waits.expired(timerName);
      responseTimeout(ctx);
    },
    send(message, ctx) {
      if (!isActiveForSend(state)) return false;
      let { payload } = message;
      if (newestUntrustedMs(payload) !== undefined) {
        if (!isWallTrusted(ctx.wallMs)) {
          count.heldBack++;
          return false;
        }
        payload = rightStamps(payload, ctx.clocks.mark(), ctx).payload;
      }
      const src = message.src === "" ? ownLongName : message.src;
      const dst = message.dst === "" ? config.peerShortName : message.dst;
      publishMessage({ ...message, payload, src, dst }, "message", ctx);
      return true;
    },
    ack,
    evicted(fromSeq, toSeq, ctx) {
      for (const id of reupload?.evicted(fromSeq, toSeq, ctx) ?? []) waits.received(id, ctx);
    },
    snapshot() {
      return {
        name: config.name,
        state,
        inFlight: waits.size,
        window: reupload?.window.rows ?? 0,
        reuploading: reupload?.running ?? false,
        timeouts: count.timeouts,
        received: count.received,
        sent: count.sent,
        heldBack: count.heldBack,
      };
    },
  };
}
