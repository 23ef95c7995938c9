import type { StageWorld } from "./actor_stage.ts";
import type { Recorder } from "./recorder.ts";
import type { StoreSide } from "./store_side.ts";

/** Most messages kept in quarantine; the oldest is overwritten. */
export const QUARANTINE_MAX = 100;

/** Makes what reports a step that threw, and keeps a message that no fresh actor could take. */
export function makeQuarantine(store: StoreSide, recorder: Recorder): StageWorld["threw"] {
  let quarantined = 0;
  return function threw(actor, input, { error, isLost }) {
    const what = input.kind === "message" ? `message ${input.message.type}` : input.kind;
    recorder.problem(`actor/${actor}`, `Actor "${actor}" threw and was restarted`, `Input: ${what}. ${error}`);
    if (!isLost || input.kind !== "message") return;
    const slot = quarantined++ % QUARANTINE_MAX;
    const value = JSON.stringify({ actor, error, message: input.message });
    store.keep({ key: `quarantine/${slot}`, version: 1, value, expiresWallMs: 0 });
  };
}
