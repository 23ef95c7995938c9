import type { TimerContext } from "../core/context.ts";
import { invariant } from "../core/invariant.ts";

/** Most messages of one link, beside stored rows, whose ack is waited for; what is sent beyond is not waited for. */
export const MESSAGE_WAITS_MAX = 256;

/** Something sent whose ack is waited for. */
export interface AckWait {
  readonly messageId: string;
  readonly kind: "ping" | "row" | "message";
  /** Publish token: the timer starts when the connection took it. */
  readonly token: number;
  readonly timerName: string;
  readonly sentMs: number;
  taken: boolean;
}

/** The acks that one link waits for. */
export interface AckWaits {
  readonly size: number;
  /** A ping that the connection has not taken yet, if any. */
  untakenPing(): AckWait | undefined;
  /** Starts to wait. @returns False when too many are waited for already. */
  add(wait: { messageId: string; kind: AckWait["kind"]; token: number }, ctx: TimerContext): boolean;
  /** The connection took the bytes of this token: its time-out runs from now. */
  taken(token: number, ctx: TimerContext): void;
  /** The ack came: stops the timer. @returns What was waited for, or undefined when nothing was. */
  received(messageId: string, ctx: TimerContext): AckWait | undefined;
  /** A timer of ours fired. */
  expired(timerName: string): AckWait;
  /** Stops all timers and forgets everything. @returns How many were waited for. */
  cancelAll(ctx: TimerContext): number;
}

/**
 * Makes the waits of one link.
 *
 * @param prefix Timer names are this and the message id.
 * @param keepTimers Planted bug: forget the waits but leave their timers running.
 */
export function ackWaits(prefix: string, timeoutMs: number, keepTimers: boolean): AckWaits {
  return new TimedWaits(prefix, timeoutMs, keepTimers);
}

class TimedWaits implements AckWaits {
  readonly #prefix: string;
  readonly #timeoutMs: number;
  readonly #keepTimers: boolean;
  readonly #byId = new Map<string, AckWait>();
  readonly #byToken = new Map<number, AckWait>();
  readonly #byTimer = new Map<string, AckWait>();
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
    for (const wait of this.#byId.values()) if (wait.kind === "ping" && !wait.taken) return wait;
    return undefined;
  }

  add({ messageId, kind, token }: Parameters<AckWaits["add"]>[0], ctx: TimerContext): boolean {
    if (kind === "message" && this.size - this.#rows >= MESSAGE_WAITS_MAX) return false;
    const before = this.#byId.get(messageId);
    if (before !== undefined) this.#stop(before, ctx);
    const timerName = this.#prefix + messageId;
    const wait: AckWait = { messageId, kind, token, timerName, sentMs: ctx.nowMs, taken: false };
    this.#byId.set(messageId, wait);
    this.#byToken.set(token, wait);
    this.#byTimer.set(timerName, wait);
    if (kind === "row") this.#rows++;
    return true;
  }

  taken(token: number, ctx: TimerContext): void {
    const wait = this.#byToken.get(token);
    if (wait === undefined || wait.taken) return;
    wait.taken = true;
    ctx.timer(wait.timerName, this.#timeoutMs);
  }

  received(messageId: string, ctx: TimerContext): AckWait | undefined {
    const wait = this.#byId.get(messageId);
    if (wait !== undefined) this.#stop(wait, ctx);
    return wait;
  }

  expired(timerName: string): AckWait {
    const wait = this.#byTimer.get(timerName);
    invariant(wait !== undefined, `ack timer "${timerName}" fired, but its message is not in flight`);
    invariant(wait.taken, `ack timer "${timerName}" fired, but its message was never taken`);
    this.#remove(wait);
    return wait;
  }

  cancelAll(ctx: TimerContext): number {
    const count = this.size;
    for (const wait of [...this.#byId.values()]) {
      if (this.#keepTimers) this.#remove(wait);
      else this.#stop(wait, ctx);
    }
    const left = this.#byToken.size + this.#byTimer.size + this.#rows;
    invariant(left === 0, "ack waits left after all were cancelled");
    return count;
  }

  #remove(wait: AckWait): void {
    this.#byId.delete(wait.messageId);
    this.#byToken.delete(wait.token);
    this.#byTimer.delete(wait.timerName);
    if (wait.kind === "row") this.#rows--;
  }

  #stop(wait: AckWait, ctx: TimerContext): void {
    this.#remove(wait);
    if (wait.taken) ctx.cancel(wait.timerName);
  }
}
