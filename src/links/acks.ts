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
  const byId = new Map<string, AckWait>();
  const byToken = new Map<number, AckWait>();
  const byTimer = new Map<string, AckWait>();
  let rows = 0;

  function remove(wait: AckWait): void {
    byId.delete(wait.messageId);
    byToken.delete(wait.token);
    byTimer.delete(wait.timerName);
    if (wait.kind === "row") rows--;
  }
  function stop(wait: AckWait, ctx: TimerContext): void {
    remove(wait);
    if (wait.taken) ctx.cancel(wait.timerName);
  }
  return {
    get size() {
      return byId.size;
    },
    untakenPing() {
      for (const wait of byId.values()) if (wait.kind === "ping" && !wait.taken) return wait;
      return undefined;
    },
    add({ messageId, kind, token }, ctx) {
      if (kind === "message" && byId.size - rows >= MESSAGE_WAITS_MAX) return false;
      const before = byId.get(messageId);
      if (before !== undefined) stop(before, ctx);
      const wait: AckWait = {
        messageId,
        kind,
        token,
        timerName: prefix + messageId,
        sentMs: ctx.nowMs,
        taken: false,
      };
      byId.set(messageId, wait);
      byToken.set(token, wait);
      byTimer.set(wait.timerName, wait);
      if (kind === "row") rows++;
      return true;
    },
    taken(token, ctx) {
      const wait = byToken.get(token);
      if (wait === undefined || wait.taken) return;
      wait.taken = true;
      ctx.timer(wait.timerName, timeoutMs);
    },
    received(messageId, ctx) {
      const wait = byId.get(messageId);
      if (wait !== undefined) stop(wait, ctx);
      return wait;
    },
    expired(timerName) {
      const wait = byTimer.get(timerName);
      invariant(wait !== undefined, `ack timer "${timerName}" fired, but its message is not in flight`);
      invariant(wait.taken, `ack timer "${timerName}" fired, but its message was never taken`);
      remove(wait);
      return wait;
    },
    cancelAll(ctx) {
      const count = byId.size;
      for (const wait of [...byId.values()]) {
        if (keepTimers) remove(wait);
        else stop(wait, ctx);
      }
      invariant(byToken.size === 0 && byTimer.size === 0 && rows === 0, "ack waits left after all were cancelled");
      return count;
    },
  };
}
