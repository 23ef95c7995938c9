import type { Message } from "../core/message.ts";
import { isWallTrusted } from "../core/wall_clock.ts";
import { encodeEnvelope } from "../protocol/mod.ts";
import type { EventRow } from "../store/port.ts";
import { type AckWait, type AckWaits, ackWaits } from "./acks.ts";
import type { LinkShared } from "./link_shared.ts";
import type { LinkConfig, LinksContext } from "./port.ts";
import { type Refusals, refusals } from "./refusals.ts";
import { newestUntrustedMs, rightStamps } from "./stamps.ts";
import { type AckWriter, ackWriter, encodeRow, pingMessage, sendTopics } from "./wire.ts";

/** What leaves over one link, and the acks that it waits for. The link says when it may. */
export interface LinkOut {
  readonly waits: AckWaits;
  readonly refusals: Refusals;
  /** Monotonic ms of the last publish. */
  readonly sentMs: number;
  readonly sent: number;
  readonly heldBack: number;
  row(row: EventRow, ctx: LinksContext): void;
  /** @returns False when the message is held back, as a peer would refuse its stamps. */
  message(message: Message, ctx: LinksContext): boolean;
  ping(ctx: LinksContext): void;
  ack(messageId: string, ctx: LinksContext): void;
}

/** Makes the sending half of a link. @param ackPrefix Of the names of its ack timers. */
export function linkOut(config: LinkConfig, shared: LinkShared, ackPrefix: string): LinkOut {
  return new ConnectionOut(config, shared, ackPrefix);
}

class ConnectionOut implements LinkOut {
  readonly #config: LinkConfig;
  readonly #shared: LinkShared;
  readonly #acks: AckWriter;
  readonly #topicOf: (type: string) => string;
  readonly waits: AckWaits;
  readonly refusals = refusals();
  sentMs = 0;
  sent = 0;
  heldBack = 0;

  constructor(config: LinkConfig, shared: LinkShared, ackPrefix: string) {
    this.#config = config;
    this.#shared = shared;
    this.#acks = ackWriter(shared.config.ownLongName, config);
    this.#topicOf = sendTopics(shared.config.ownLongName, config);
    this.waits = ackWaits(ackPrefix, shared.config.ackTimeoutMs, shared.planted.has("no_timer_cancel"));
  }

  row(row: EventRow, ctx: LinksContext): void {
    const { config: { ownLongName, peerIsHearth }, registry, problems } = this.#shared;
    const { wallMs, clocks } = ctx;
    const isRefused = this.refusals.isRefused(row.messageId);
    const from = { ownLongName, wallMs, clocks, registry, withSeq: peerIsHearth, isRefused };
    const wire = encodeRow(row, this.#config, from);
    if (wire.corrupt !== undefined) {
      const fields = { link: this.#config.name, seq: row.seq, because: wire.corrupt };
      ctx.log({ level: "error", event: "link.row_corrupt", fields });
    }
    if (wire.isGuess) {
      const summary = "Events have the time of their sending as the clock of their boot was never right";
      problems.problem("stamps", { summary, details: `First: row ${row.seq}, ${row.class}` }, ctx);
    }
    const token = this.#shared.nextNumber();
    this.#publish({ type: wire.type, bytes: wire.bytes, token }, ctx);
    this.waits.add({ messageId: row.messageId, kind: "row", token }, ctx);
  }

  message(message: Message, ctx: LinksContext): boolean {
    const right = this.#rightStamps(message, ctx);
    if (right === undefined) {
      this.heldBack++;
      return false;
    }
    const src = message.src === "" ? this.#shared.config.ownLongName : message.src;
    const dst = message.dst === "" ? this.#config.peerShortName : message.dst;
    this.#send({ ...right, src, dst }, "message", ctx);
    return true;
  }

  ping(ctx: LinksContext): void {
    this.#send(pingMessage(this.#shared.config.ownLongName, this.#config, ctx.newId()), "ping", ctx);
  }

  ack(messageId: string, ctx: LinksContext): void {
    this.#publish({ type: this.#acks.type, bytes: this.#acks.bytes(messageId), token: 0 }, ctx);
  }

  #rightStamps(message: Message, ctx: LinksContext): Message | undefined {
    if (newestUntrustedMs(message.payload) === undefined) return message;
    if (!isWallTrusted(ctx.wallMs)) return undefined;
    return { ...message, payload: rightStamps(message.payload, ctx.clocks.mark(), ctx).payload };
  }

  #send(message: Message, kind: AckWait["kind"], ctx: LinksContext): void {
    const isAwaited = message.ackRequired && message.messageId !== "";
    const token = isAwaited ? this.#shared.nextNumber() : 0;
    this.#publish({ type: message.type, bytes: encodeEnvelope(message), token }, ctx);
    if (!isAwaited) return;
    if (this.waits.add({ messageId: message.messageId, kind, token }, ctx)) return;
    const fields = { link: this.#config.name, type: message.type };
    ctx.log({ level: "warn", event: "link.ack_not_awaited", fields });
  }

  #publish(
    { type, bytes, token }: { readonly type: string; readonly bytes: Uint8Array; readonly token: number },
    ctx: LinksContext,
  ): void {
    const { connection } = this.#config;
    ctx.connection({ kind: "publish", connection, topic: this.#topicOf(type), bytes, token });
    this.sentMs = ctx.nowMs;
    this.sent++;
  }
}
