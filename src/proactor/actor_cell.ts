import type { Json } from "../core/context.ts";
import { errorText } from "../core/errors.ts";
import type { Actor, ActorInput } from "./actor.ts";
import { type ActorEffect, type ActorWorld, collectingContext } from "./step_effects.ts";

/** Most effects of one step of an actor; more is a bug of the actor. */
export const EFFECTS_PER_STEP_MAX = 1_000;

/** How a step of an actor ended. */
export type CellStep =
  | { readonly kind: "done"; readonly effects: readonly ActorEffect[] }
  /** The step threw, was tried once more on a fresh actor, and that worked. */
  | { readonly kind: "restarted"; readonly effects: readonly ActorEffect[]; readonly error: string }
  /** The fresh actor threw too: nothing of the step happened, but the actor is fresh. */
  | { readonly kind: "failed"; readonly effects: readonly ActorEffect[]; readonly error: string };

/** One actor with its restart: a step that throws has no effect, gets one fresh actor and one more try. */
export interface ActorCell {
  readonly name: string;
  readonly listensTo: readonly string[];
  readonly restarts: number;
  step(input: ActorInput, world: ActorWorld): CellStep;
  snapshot(): Json;
  /** What it kept, by key: given to the next fresh actor. */
  readonly kept: Map<string, Json>;
}

/** Makes the cell of one actor. @param make Makes a fresh actor, without effects. */
export function actorCell(make: () => Actor): ActorCell {
  let actor = make();
  let restarts = 0;
  const kept = new Map<string, Json>();

  function run(input: ActorInput, world: ActorWorld, effects: ActorEffect[]): void {
    actor.step(input, collectingContext(world, effects));
    if (effects.length > EFFECTS_PER_STEP_MAX) {
      throw new Error(
        `Cannot run a step of actor "${actor.name}" as it may have at most ${EFFECTS_PER_STEP_MAX} effects: it had ${effects.length}`,
      );
    }
  }

  function freshStart(world: ActorWorld, effects: ActorEffect[]): void {
    actor = make();
    restarts++;
    run({ kind: "start", kept: new Map(kept) }, world, effects);
  }

  function retry(input: ActorInput, world: ActorWorld, error: string): CellStep {
    const effects: ActorEffect[] = [];
    try {
      freshStart(world, effects);
    } catch (again) {
      actor = make();
      return { kind: "failed", effects: [], error: `${error}; and at its restart: ${errorText(again)}` };
    }
    if (input.kind === "start") return { kind: "restarted", effects, error };
    const started = [...effects];
    try {
      run(input, world, effects);
      return { kind: "restarted", effects, error };
    } catch (again) {
      actor = make();
      try {
        const restarted: ActorEffect[] = [];
        freshStart(world, restarted);
        return { kind: "failed", effects: restarted, error: errorText(again) };
      } catch {
        return { kind: "failed", effects: started, error: errorText(again) };
      }
    }
  }

  return {
    name: actor.name,
    listensTo: actor.listensTo,
    get restarts() {
      return restarts;
    },
    kept,
    step(input, world) {
      const effects: ActorEffect[] = [];
      try {
        run(input, world, effects);
        return { kind: "done", effects };
      } catch (error) {
        return retry(input, world, errorText(error));
      }
    },
    snapshot: () => actor.snapshot(),
  };
}
