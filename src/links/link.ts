import type { Message } from "../core/message.ts";
import { stepMachine } from "../core/table_machine.ts";
import { commEvent, decodeEnvelope } from "../protocol/mod.ts";
import { type ClockWait, clockWait } from "./clock_wait.ts";
import { type LinkOut, linkOut } from "./link_out.ts";
import type { LinkShared } from "./link_shared.ts";
import { isActiveForSend, isConnected, LINK_INITIAL, LINK_TABLE, type LinkInput } from "./link_table.ts";
import { pollSilence } from "./poll_silence.ts";
import type { LinkConfig, LinksContext, LinkSnapshot, LinkState } from "./port.ts";
import { makeReupload, type Reupload } from "./reupload.ts";
import { type Subscription, subscription } from "./subscription.ts";
import { firstBytes, plainAck } from "./wire.ts";

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
  return new PeerLink(config, shared);
}

class PeerLink implements Link {
  readonly config: LinkConfig;
  readonly reupload: Reupload | undefined;
  readonly timerNames: Link["timerNames"];
  readonly #shared: LinkShared;
  readonly #out: LinkOut;
  readonly #subscription: Subscription;
  readonly #clock: ClockWait;
  readonly #count = { timeouts: 0, received: 0, refused: 0 };
  #state: LinkState = LINK_INITIAL;
  #receivedMs = 0;

  constructor(config: LinkConfig, shared: LinkShared) {
    const { name } = config;
    this.config = config;
    this.#shared = shared;
    this.timerNames = {
      poll: `link.poll.${name}`,
      subscribe: `link.subscribe.${name}`,
      clock: `link.clock.${name}`,
      ackPrefix: `link.ack.${name}/`,
    };
    this.#out = linkOut(config, shared, this.timerNames.ackPrefix);
    this.#subscription = subscription(config, shared, this.timerNames.subscribe);
    this.#clock = clockWait(this.timerNames.clock);
    if (config.role !== "upstream") return;
    this.reupload = makeReupload(shared.config, {
      send: (row, ctx) => this.#out.row(row, ctx),
      holdsBack: (row, ctx) => this.#clock.holdsBack(row, ctx),
      ackOnSend: shared.planted.has("memory_in_flight"),
    });
  }

  get state(): LinkState {
    return this.#state;
  }

  start(ctx: LinksContext): void {
    const from = this.#step("start_called", ctx);
    if (from !== undefined) this.#told(from, ctx);
    if (this.#spins) ctx.timer(this.timerNames.poll, this.#shared.config.pollMs);
  }

  stop(ctx: LinksContext): void {
    const from = this.#step("stop_called", ctx);
    if (from === undefined) return;
    if (from === "active") this.reupload?.deactivate(false);
    this.#silence(ctx);
    this.#told(from, ctx);
  }

  connected(ctx: LinksContext): void {
    const from = this.#step("mqtt_connected", ctx);
    if (from === undefined) return;
    ctx.record(commEvent("connect", this.config.name), 2);
    this.#subscription.ask(ctx);
    this.#told(from, ctx);
  }

  connectFailed(failure: { readonly refusal: string; readonly reason: string }, ctx: LinksContext): void {
    if (this.#step("mqtt_connect_failed", ctx) === undefined) return;
    this.#shared.problems.connectFailed(this.config.name, failure, ctx);
  }

  disconnected(ctx: LinksContext): void {
    const from = this.#step("mqtt_disconnected", ctx);
    if (from === undefined) return;
    ctx.record(commEvent("disconnect", this.config.name), 2);
    this.#silence(ctx);
    if (from === "active") this.reupload?.deactivate(false);
    this.#told(from, ctx);
  }

  suback(id: number, refused: readonly string[], ctx: LinksContext): boolean {
    if (!this.#subscription.answers(id)) return false;
    if (refused.length > 0) {
      this.#step("mqtt_suback_pending", ctx);
      this.#subscription.refused(refused, ctx);
      return false;
    }
    const from = this.#step("mqtt_suback_complete", ctx);
    if (from === undefined) return false;
    this.#subscription.granted(ctx);
    ctx.record(commEvent("fully_subscribed", this.config.name), 2);
    this.#receivedMs = ctx.nowMs;
    ctx.timer(this.timerNames.poll, this.#shared.config.pollMs);
    this.#out.ping(ctx);
    if (this.#state === "active") this.#activated(ctx);
    this.#told(from, ctx);
    return true;
  }

  received(topic: string, bytes: Uint8Array, ctx: LinksContext): void {
    if (!isConnected(this.#state)) return;
    const acked = plainAck(topic, bytes);
    if (acked !== undefined) {
      this.#heard(ctx);
      return this.#acked(acked, ctx);
    }
    const { name } = this.config;
    const { problems, registry } = this.#shared;
    const decoded = decodeEnvelope(bytes, registry);
    if (decoded.kind === "undecodable") {
      const details = `${decoded.problem}\n${topic}\n${firstBytes(bytes)}`;
      const summary = `Cannot read a message from link "${name}"`;
      problems.problem(`undecodable ${name}`, { summary, details }, ctx);
      return;
    }
    this.#heard(ctx);
    const { message } = decoded;
    if (decoded.kind === "unknown_type") {
      if (message.ackRequired) this.ack(message.messageId, ctx);
      const summary = `Cannot use a message from link "${name}" as its type must be known: "${message.type}"`;
      problems.problem(`type ${name} ${message.type}`, { summary, details: decoded.payloadText }, ctx);
    } else if (message.type === "gridworks.ack") this.#ackReceived(message.payload, ctx);
    else if (message.type === "gridworks.ping") {
      if (message.ackRequired) this.ack(message.messageId, ctx);
    } else ctx.deliver(name, message, decoded.payloadText);
  }

  taken(token: number, ctx: LinksContext): void {
    this.#out.waits.taken(token, ctx);
  }

  pollDue(ctx: LinksContext): void {
    const { pollMs, ackTimeoutMs } = this.#shared.config;
    const { waits, sentMs } = this.#out;
    if (!isActiveForSend(this.#state)) {
      if (this.#spins) ctx.timer(this.timerNames.poll, Math.max(0, sentMs + pollMs - ctx.nowMs));
      return;
    }
    const poll = pollSilence(this.#receivedMs, pollMs, ctx.nowMs);
    ctx.timer(this.timerNames.poll, poll.againMs);
    if (poll.kind === "heard") return;
    // A socket that takes nothing runs no ack timer: a ping it holds for a whole period counts as unanswered.
    const stuck = waits.untakenPing();
    if (stuck === undefined || ctx.nowMs - stuck.sentMs < ackTimeoutMs) return this.#out.ping(ctx);
    waits.received(stuck.messageId, ctx);
    const wasActive = this.#state === "active";
    this.#responseTimeout(ctx);
    if (!wasActive) this.#out.ping(ctx);
  }

  subscribeDue(ctx: LinksContext): void {
    if (isConnected(this.#state) && !isActiveForSend(this.#state)) this.#subscription.ask(ctx);
  }

  clockDue(ctx: LinksContext): void {
    this.#clock.due();
    this.reupload?.pump(ctx);
  }

  ackDue(timerName: string, ctx: LinksContext): void {
    const late = this.#out.waits.expired(timerName, ctx);
    if (late === undefined) return;
    if (late.kind === "row") this.#out.refusals.timedOut(late.messageId);
    this.#responseTimeout(ctx);
  }

  send(message: Message, ctx: LinksContext): boolean {
    return isActiveForSend(this.#state) && this.#out.message(message, ctx);
  }

  ack(messageId: string, ctx: LinksContext): void {
    if (messageId !== "" && isConnected(this.#state)) this.#out.ack(messageId, ctx);
  }

  evicted(fromSeq: number, toSeq: number, ctx: LinksContext): void {
    for (const id of this.reupload?.evicted(fromSeq, toSeq, ctx) ?? []) this.#out.waits.received(id, ctx);
  }

  snapshot(): LinkSnapshot {
    const { waits, sent, heldBack } = this.#out;
    return {
      name: this.config.name,
      state: this.#state,
      inFlight: waits.size,
      window: this.reupload?.window.rows ?? 0,
      reuploading: this.reupload?.running ?? false,
      timeouts: this.#count.timeouts,
      received: this.#count.received,
      sent,
      heldBack,
    };
  }

  get #spins(): boolean {
    return this.#shared.planted.has("ping_spin");
  }

  /** Steps the table. @returns The state before, or undefined when the input is refused here. */
  #step(input: LinkInput, ctx: LinksContext): LinkState | undefined {
    const link = this.config.name;
    const result = stepMachine(LINK_TABLE, this.#state, input);
    if (result.kind === "refused") {
      this.#count.refused++;
      ctx.log({ level: "debug", event: "link.refused", fields: { link, state: this.#state, input } });
      return undefined;
    }
    const { from, to } = result;
    this.#state = to;
    if (from === to) return from;
    ctx.log({ level: "info", event: "link.moved", fields: { link, from, to, input } });
    if (to === "active") this.#out.waits.cancelAll(ctx);
    return from;
  }

  #told(from: LinkState, ctx: LinksContext): void {
    if (from !== this.#state) ctx.moved(this.config.name, from, this.#state);
  }

  #activated(ctx: LinksContext): void {
    this.reupload?.activate(ctx);
    ctx.record(commEvent("peer_active", this.config.name), 2);
  }

  /** Everything that runs only while the peer may hear us ends. */
  #silence(ctx: LinksContext): void {
    this.#out.waits.cancelAll(ctx);
    if (!this.#spins) ctx.cancel(this.timerNames.poll);
    this.#subscription.end(ctx);
    this.#clock.end(ctx);
  }

  #responseTimeout(ctx: LinksContext): void {
    this.#count.timeouts++;
    const from = this.#step("response_timeout", ctx);
    if (from !== "active") return;
    this.reupload?.deactivate(true);
    ctx.record(commEvent("response_timeout", this.config.name), 2);
    this.#out.waits.cancelAll(ctx);
    this.#out.ping(ctx);
    this.#told(from, ctx);
  }

  #heard(ctx: LinksContext): void {
    this.#receivedMs = ctx.nowMs;
    this.#count.received++;
    const from = this.#step("message_from_peer", ctx);
    if (from === undefined) return;
    if (from !== "active" && this.#state === "active") this.#activated(ctx);
    this.#told(from, ctx);
  }

  #ackReceived(payload: unknown, ctx: LinksContext): void {
    const id = typeof payload === "object" && payload !== null
      ? (payload as { readonly AckMessageID?: unknown }).AckMessageID
      : undefined;
    if (typeof id === "string") this.#acked(id, ctx);
  }

  #acked(id: string, ctx: LinksContext): void {
    this.#out.waits.received(id, ctx);
    this.#out.refusals.acked(id);
    this.reupload?.acked(id, ctx);
  }
}
