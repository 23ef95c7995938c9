import type { Actor, ActorContext } from "../../src/proactor/mod.ts";
import type { Counters, Lane } from "../../src/store/port.ts";
import { COUNT_EVENT, COUNT_MS, LOAD_TEXT, LOAD_TYPE, type LoadProfile, URGENT_TYPE } from "./load_profile.ts";

/** Time between two looks at how many more may be recorded, in ms. */
const LOOK_MS = 1;
/** Most events of one step; a step has at most 1,000 effects. */
const STEP_EVENTS_MAX = 500;
/** Most events on their way to the disk: more would wait in the proactor's ring, and be dropped from it. */
const UNCOMMITTED_MAX = 1_024;
/** Longest time between two events of a paced load, in ms. */
const PACE_MS_MAX = 10;

const ACKED_ID = '"AckMessageID":"';
const ID_LENGTH = 36;
const decoder = new TextDecoder();

/** What is seen of acks and commits, from beside the proactor. */
export interface LoadWatch {
  /** An ack came: these are its bytes. */
  acked(bytes: Uint8Array): void;
  committed(counters: Counters): void;
  /** An urgent event was recorded. */
  urgent(messageId: string): void;
  readonly acks: number;
  readonly counters: Pick<Counters, "generated" | "acked" | "pending">;
  /** Times from record to ack of urgent events so far, ascending, in ms. */
  urgentMs(): readonly number[];
}

/** Makes a watch that has seen nothing. */
export function loadWatch(): LoadWatch {
  return new InputWatch();
}

class InputWatch implements LoadWatch {
  readonly #sentMs = new Map<string, number>();
  readonly #tookMs: number[] = [];
  acks = 0;
  counters: LoadWatch["counters"] = { generated: 0, acked: 0, pending: 0 };

  acked(bytes: Uint8Array): void {
    this.acks++;
    if (this.#sentMs.size === 0) return;
    const text = decoder.decode(bytes);
    const at = text.indexOf(ACKED_ID) + ACKED_ID.length;
    const messageId = text.slice(at, at + ID_LENGTH);
    const sentMs = this.#sentMs.get(messageId);
    if (sentMs === undefined) return;
    this.#sentMs.delete(messageId);
    this.#tookMs.push(performance.now() - sentMs);
  }

  committed(counters: Counters): void {
    this.counters = counters;
  }

  urgent(messageId: string): void {
    this.#sentMs.set(messageId, performance.now());
  }

  urgentMs(): readonly number[] {
    return this.#tookMs.toSorted((a, b) => a - b);
  }
}

function quantile(ascending: readonly number[], part: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * part))] ?? 0;
}

/** The house's hub as far as the proactor is concerned: it records what the profile says, and logs its counts. */
export function loadActor(name: string, profile: LoadProfile, watch: LoadWatch): Actor {
  let recorded = 0;
  let startedMs = 0;
  let isActive = false;

  function record(count: number, ctx: ActorContext): void {
    for (let i = 0; i < Math.min(count, STEP_EVENTS_MAX); i++) {
      ctx.record({ TypeName: LOAD_TYPE, N: ++recorded, Text: LOAD_TEXT });
    }
  }
  function recordUrgent(ctx: ActorContext, lane: Lane): void {
    const MessageId = ctx.newId();
    watch.urgent(MessageId);
    ctx.record({ TypeName: URGENT_TYPE, MessageId, Text: LOAD_TEXT }, lane);
  }
  function look(ctx: ActorContext): void {
    switch (profile.kind) {
      case "idle":
        return;
      case "closed":
        if (isActive) record(profile.outstanding - (recorded - watch.acks), ctx);
        return ctx.timer("look", LOOK_MS);
      case "total": {
        const uncommitted = recorded - watch.counters.generated;
        record(Math.min(profile.events - recorded, UNCOMMITTED_MAX - uncommitted), ctx);
        return recorded < profile.events ? ctx.timer("look", LOOK_MS) : ctx.timer("urgent", profile.urgentMs);
      }
      case "paced":
        record(Math.floor((ctx.nowMs - startedMs) / 1_000 * profile.perSecond) - recorded, ctx);
        return ctx.timer("look", Math.min(PACE_MS_MAX, 1_000 / profile.perSecond));
    }
  }
  function count(ctx: ActorContext): void {
    const { generated, acked } = watch.counters;
    const times = watch.urgentMs();
    const fields = {
      atMs: performance.now(),
      recorded,
      generated,
      acked,
      urgent: times.length,
      urgentP50Ms: quantile(times, 0.5),
      urgentP99Ms: quantile(times, 0.99),
    };
    ctx.log({ level: "info", event: COUNT_EVENT, fields });
    ctx.timer("count", COUNT_MS);
  }
  return {
    name,
    listensTo: [],
    step(input, ctx) {
      if (input.kind === "start") {
        startedMs = ctx.nowMs;
        count(ctx);
        look(ctx);
      } else if (input.kind === "link") isActive = input.to === "active";
      else if (input.kind === "timer") {
        if (input.name === "count") count(ctx);
        else if (input.name === "look") look(ctx);
        else if (profile.kind === "total") {
          if (isActive && watch.counters.pending > 0) recordUrgent(ctx, 0);
          ctx.timer("urgent", profile.urgentMs);
        }
      }
    },
    snapshot: () => ({ recorded }),
  };
}
