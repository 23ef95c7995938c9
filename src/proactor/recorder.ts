import { errorText } from "../core/errors.ts";
import { type WallClocks, withStampMark } from "../links/stamps.ts";
import type { Lane } from "../store/port.ts";
import { type EventDraft, fillEvent, problemEvent } from "../protocol/mod.ts";
import { problemLimit } from "./problems.ts";
import type { StoreSide } from "./store_side.ts";
import type { ProactorWorld } from "./world.ts";

/** Records events: each becomes a row of the step's transaction. */
export interface Recorder {
  /** @param wallMs Stamp of the event unless it has one: house time for actors, real time for the rest. */
  record(payload: EventDraft, lane: Lane, wallMs: number): void;
  /** Logs a problem and records it, one of a `kind` in a while. Before the store is open it is only logged. */
  problem(kind: string, summary: string, details: string): void;
  /** Logs and records what its caller says only once; the store is open. */
  notice(problemType: "error" | "warning", summary: string, details: string): void;
}

/** What a recorder needs. */
export interface RecorderParts {
  /** Source of its events. */
  readonly longName: string;
  readonly store: StoreSide;
  readonly clocks: WallClocks;
  readonly world: ProactorWorld;
}

/** Makes the recorder of one proactor. */
export function makeRecorder({ longName, store, clocks, world }: RecorderParts): Recorder {
  const limit = problemLimit();
  const encoder = new TextEncoder();

  function append(payload: EventDraft, lane: Lane, wallMs: number): void {
    const stamp = { messageId: world.newId(), timeCreatedMs: Math.trunc(wallMs), src: longName };
    const filled = fillEvent(payload, stamp);
    const text = JSON.stringify(filled);
    const marked = withStampMark(filled, clocks);
    const bytes = encoder.encode(marked === filled ? text : JSON.stringify(marked));
    store.append({ seq: store.nextSeq(), lane, class: payload.TypeName, messageId: filled.MessageId, bytes });
  }

  function problem(kind: string, summary: string, details: string): void {
    world.effect({ kind: "log", record: { level: "error", event: "proactor.problem", fields: { kind, summary } } });
    const heldBack = limit.admit(kind, world.realMs());
    if (heldBack === undefined || !store.opened) return;
    const more = heldBack > 0 ? ` (${heldBack} more since the last report)` : "";
    append(problemEvent({ problemType: "error", summary, details: details + more }), 1, world.realWallMs());
  }

  return {
    record(payload, lane, wallMs) {
      try {
        append(payload, lane, wallMs);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        const summary = `Cannot record an event of type "${payload.TypeName}" as it must be plain data`;
        problem(`record/${payload.TypeName}`, summary, errorText(error));
      }
    },
    problem,
    notice(problemType, summary, details) {
      const level = problemType === "error" ? "error" : "warn";
      world.effect({ kind: "log", record: { level, event: "proactor.problem", fields: { summary, details } } });
      append(problemEvent({ problemType, summary, details }), 1, world.realWallMs());
    },
  };
}
