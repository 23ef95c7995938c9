import type { TimerContext } from "../core/context.ts";
import { invariant } from "../core/invariant.ts";

/** Most messages of one link, beside stored rows, whose ack is waited for; what is sent beyond is not waited for. */
export const MESSAGE_WAITS_MAX = 256;

/** Something sent whose ack is waited for. */
export interface AckWait {
  readonly messageId: string;
  readonly kind: "ping" | "row" | "message";
  /** Publish token: the time-out runs from when the connection took it. */
  readonly token: number;
  readonly sentMs: number;
  /** Monotonic ms at which the ack comes too late; undefined until the connection took the bytes. */
  readonly dueMs: number | undefined;
}

/** The acks that one link waits for. One timer runs for all of them, for the one that was taken first. */
export interface AckWaits {
  readonly size: number;
  /** A ping that the connection has not taken yet, if any. */
  untakenPing(): AckWait | undefined;
  /** Starts to wait; tokens ascend. @returns False when too many are waited for already. */
  add(wait: { messageId: string; kind: AckWait["kind"]; token: number }, ctx: TimerContext): boolean;
  /** The connection took the bytes of this token, and of all before it: their time-outs run from now. */
  taken(token: number, ctx: TimerContext): void;
  /** The ack came. @returns What was waited for, or undefined when nothing was. */
  received(messageId: string, ctx: TimerContext): AckWait | undefined;
  /** The timer fired. @returns What timed out, and is waited for no more; undefined when its ack had come. */
  expired(timerName: string, ctx: TimerContext): AckWait | undefined;
  /** Stops the timer and forgets everything. @returns How many were waited for. */
  cancelAll(ctx: TimerContext): number;
}

/**
 * Makes the waits of one link.
 *
 * @param prefix The timer's name is this and the id of the message that it was started for.
 * @param keepTimers Planted bug: forget the waits but leave their timer running.
 */
export function ackWaits(prefix: string, timeoutMs: number, keepTimers: boolean): AckWaits {
  return new TimedWaits(prefix, timeoutMs, keepTimers);
}

interface OpenWait extends AckWait {
  dueMs: number | undefined;
}

class TimedWaits implements AckWaits {
  readonly #prefix: string;
  readonly #timeoutMs: number;
  readonly #keepTimers: boolean;
  /** In the order of their tokens, in which they are taken and due as well. */
  readonly #byId = new Map<string, OpenWait>();
  readonly #untaken = new Map<number, OpenWait>();
  #timerName: string | undefined;
  #rows = 0;

  constructor(prefix: string, timeoutMs: number, keepTimers: boolean) {
    this.#prefix = prefix;
    this.#timeoutMs = timeoutMs;
    this.#keepTimers = keepTimers;
  }

  get size(): number {
    return this.#byId.size;
  }

  untakenPing(): AckWait | undefined {
    for (const wait of this.#untaken.values()) if (wait.kind === "ping") return wait;
    return undefined;
  }

  add({ messageId, kind, token }: Parameters<AckWaits["add"]>[0], ctx: TimerContext): boolean {
    if (kind === "message" && this.size - this.#rows >= MESSAGE_WAITS_MAX) return false;
    this.received(messageId, ctx);
    const wait: OpenWait = { messageId, kind, token, sentMs: ctx.nowMs, dueMs: undefined };
    this.#byId.set(messageId, wait);
    this.#untaken.set(token, wait);
    if (kind === "row") this.#rows++;
    return true;
  }

  taken(token: number, ctx: TimerContext): void {
    const dueMs = ctx.nowMs + this.#timeoutMs;
    for (const wait of this.#untaken.values()) {
      if (wait.token > token) break;
      wait.dueMs = dueMs;
      this.#untaken.delete(wait.token);
      if (this.#timerName === undefined) this.#start(wait, this.#timeoutMs, ctx);
    }
  }

  received(messageId: string, ctx: TimerContext): AckWait | undefined {
    const wait = this.#byId.get(messageId);
    if (wait === undefined) return undefined;
    this.#remove(wait);
    if (this.#untaken.size === this.size) this.#cancel(ctx);
    return wait;
  }

  expired(timerName: string, ctx: TimerContext): AckWait | undefined {
    invariant(timerName === this.#timerName, `ack timer "${timerName}" fired, but its message is not in flight`);
    this.#timerName = undefined;
    const [oldest] = this.#byId.values();
    invariant(oldest?.dueMs !== undefined, `ack timer "${timerName}" fired, but its message was never taken`);
    const leftMs = oldest.dueMs - ctx.nowMs;
    if (leftMs <= 0) this.#remove(oldest);
    const next = leftMs > 0 ? oldest : this.#byId.values().next().value;
    if (next?.dueMs !== undefined) this.#start(next, Math.max(0, next.dueMs - ctx.nowMs), ctx);
    return leftMs > 0 ? undefined : oldest;
  }

  cancelAll(ctx: TimerContext): number {
    const count = this.size;
    for (const wait of [...this.#byId.values()]) this.#remove(wait);
    if (this.#keepTimers) this.#timerName = undefined;
    else this.#cancel(ctx);
    const left = this.#untaken.size + this.#rows;
    invariant(left === 0, "ack waits left after all were cancelled");
    return count;
  }

  #start(wait: OpenWait, delayMs: number, ctx: TimerContext): void {
    this.#timerName = this.#prefix + wait.messageId;
    ctx.timer(this.#timerName, delayMs);
  }

  #cancel(ctx: TimerContext): void {
    if (this.#timerName !== undefined) ctx.cancel(this.#timerName);
    this.#timerName = undefined;
  }

  #remove(wait: OpenWait): void {
    this.#byId.delete(wait.messageId);
    this.#untaken.delete(wait.token);
    if (wait.kind === "row") this.#rows--;
  }
}
