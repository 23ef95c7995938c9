import { subscriptionTopic } from "../protocol/mod.ts";
import { backOffMs } from "./back_off.ts";
import type { LinkShared } from "./link_shared.ts";
import type { LinkConfig, LinksContext } from "./port.ts";

/** How long a broker may take to answer a subscribe before it is asked again, in ms. */
export const SUBACK_MS = 30_000;

/** The subscription of one link: asked for until it is granted. */
export interface Subscription {
  ask(ctx: LinksContext): void;
  /** @returns Whether an answer with this id is the one that is waited for; it is waited for no longer. */
  answers(id: number): boolean;
  refused(topics: readonly string[], ctx: LinksContext): void;
  granted(ctx: LinksContext): void;
  end(ctx: LinksContext): void;
}

/** Makes the subscription of a link. @param timerName Fires when it is to be asked for again. */
export function subscription(config: LinkConfig, shared: LinkShared, timerName: string): Subscription {
  let askedId: number | undefined;
  let failures = 0;
  return {
    ask(ctx) {
      askedId = shared.nextNumber();
      const topics = [subscriptionTopic(config.peerLongName, config.ownShortName)];
      ctx.connection({ kind: "subscribe", connection: config.connection, id: askedId, topics });
      ctx.timer(timerName, SUBACK_MS);
    },
    answers(id) {
      if (id !== askedId) return false;
      askedId = undefined;
      return true;
    },
    refused(topics, ctx) {
      failures++;
      ctx.timer(timerName, backOffMs(failures, ctx.random(timerName)));
      const summary = `Cannot subscribe link "${config.name}" as the broker must grant its topics`;
      shared.problems.problem(`suback ${config.name}`, { summary, details: topics.join("\n") }, ctx);
    },
    granted(ctx) {
      failures = 0;
      ctx.cancel(timerName);
    },
    end(ctx) {
      ctx.cancel(timerName);
      askedId = undefined;
    },
  };
}
