import { invariant } from "../core/invariant.ts";
import { backOffMs } from "./back_off.ts";
import type { LinksContext } from "./port.ts";

/** One connection as its links see it: it does not reconnect by itself, we do. */
export interface ConnectionKeeper {
  readonly name: string;
  readonly timerName: string;
  readonly up: boolean;
  start(ctx: LinksContext): void;
  stop(ctx: LinksContext): void;
  /** @returns Whether links may use it; false when nobody asked for it any more. */
  connected(ctx: LinksContext): boolean;
  /** Plans the next try. */
  lost(ctx: LinksContext): void;
  /** A link was subscribed over it: the next loss counts as the first. */
  proven(): void;
  retryDue(ctx: LinksContext): void;
  /** What made tries fail may be gone: the next one is made at once, or, after one under way, as after the first loss. */
  retryNow(ctx: LinksContext): void;
}

/** Makes the keeper of one connection. */
export function connectionKeeper(name: string): ConnectionKeeper {
  const timerName = `link.retry.${name}`;
  let state: "idle" | "connecting" | "up" | "waiting" | "stopped" = "idle";
  let failures = 0;

  function connect(ctx: LinksContext): void {
    state = "connecting";
    ctx.connection({ kind: "connect", connection: name });
  }
  return {
    name,
    timerName,
    get up() {
      return state === "up";
    },
    start(ctx) {
      invariant(state === "idle", `connection "${name}" started while ${state}`);
      connect(ctx);
    },
    stop(ctx) {
      if (state === "waiting") ctx.cancel(timerName);
      if (state === "connecting" || state === "up") ctx.connection({ kind: "disconnect", connection: name });
      state = "stopped";
    },
    connected(ctx) {
      if (state === "connecting") {
        state = "up";
        return true;
      }
      if (state === "stopped") ctx.connection({ kind: "disconnect", connection: name });
      return false;
    },
    lost(ctx) {
      if (state !== "connecting" && state !== "up") return;
      state = "waiting";
      failures++;
      ctx.timer(timerName, backOffMs(failures, ctx.random(timerName)));
    },
    proven() {
      failures = 0;
    },
    retryDue(ctx) {
      if (state === "waiting") connect(ctx);
    },
    retryNow(ctx) {
      failures = 0;
      if (state !== "waiting") return;
      ctx.cancel(timerName);
      connect(ctx);
    },
  };
}
