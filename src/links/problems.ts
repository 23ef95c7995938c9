import { commEvent, problemEvent } from "../protocol/mod.ts";
import type { LinksContext } from "./port.ts";
import { rateLimit } from "./rate_limit.ts";

/** A problem of one kind is recorded on first sight, then at most once in this time (ms). */
export const PROBLEM_PERIOD_MS = 3_600_000;
/** Kinds of problems that are remembered. */
export const PROBLEM_KINDS_MAX = 256;
/** Unknown types that are told apart, so that no peer can invent types to flood the store, or crowd other problems out. */
export const TYPE_KINDS_MAX = 32;
/** Kinds that name a type begin so. */
const TYPE_KIND = "type ";
/** Characters of foreign text that go into a problem. */
export const PROBLEM_TEXT_MAX = 1_000;

/** Events and log records about what went wrong, so rare that no peer and no broker can flood store or log with them. */
export interface LinkProblems {
  /** Records a problem event unless one of this kind was recorded within the hour. */
  problem(kind: string, text: { readonly summary: string; readonly details: string }, ctx: LinksContext): void;
  /** Records that a connection was not made, in the same way; `refusal` other than "network" with a clear text. */
  connectFailed(link: string, failure: { readonly refusal: string; readonly reason: string }, ctx: LinksContext): void;
}

/** Makes the problems of one proactor's links. */
export function linkProblems(): LinkProblems {
  const others = rateLimit(PROBLEM_PERIOD_MS, PROBLEM_KINDS_MAX);
  const types = rateLimit(PROBLEM_PERIOD_MS, TYPE_KINDS_MAX);
  function problem(kind: string, text: { summary: string; details: string }, ctx: LinksContext): void {
    const limit = kind.startsWith(TYPE_KIND) ? types : others;
    const heldBack = limit.heldBack(kind);
    if (!limit.allow(kind, ctx.nowMs)) return;
    const details = text.details.slice(0, PROBLEM_TEXT_MAX) + (heldBack > 0 ? `\n${heldBack} more since the last` : "");
    ctx.log({ level: "warn", event: "link.problem", fields: { summary: text.summary, details } });
    ctx.record(problemEvent({ problemType: "warning", summary: text.summary, details }), 2);
  }
  return {
    problem,
    connectFailed(link, { refusal, reason: told }, ctx) {
      const doubt = refusal === "tls" ? ctx.clockDoubt?.() ?? "" : "";
      const reason = doubt === "" ? told : `${told}; ${doubt}`;
      const kind = `connect_failed ${link} ${refusal}`;
      if (!others.allow(kind, ctx.nowMs)) return;
      const fields = { link, refusal, reason: reason.slice(0, PROBLEM_TEXT_MAX) };
      ctx.log({ level: "warn", event: "link.connect_failed", fields });
      ctx.record(commEvent("connect_failed", link), 2);
      if (refusal === "network") return;
      const summary = `Cannot connect link "${link}" as the broker must accept us: ${refusal}`;
      problem(`${kind} text`, { summary, details: reason }, ctx);
    },
  };
}
