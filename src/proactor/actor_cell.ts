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

/**
 * One actor with its restart: a step that throws has no effect, gets one fresh actor and one more try. "start" is the
 * first input of every actor: when it throws, a fresh one gets it before its next input.
 */
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
  return new RestartingCell(make);
}

class RestartingCell implements ActorCell {
  readonly #make: () => Actor;
  #actor: Actor;
  /** The start of this fresh actor has not worked yet. */
  #owesStart = false;
  readonly name: string;
  readonly listensTo: readonly string[];
  readonly kept = new Map<string, Json>();
  restarts = 0;

  constructor(make: () => Actor) {
    this.#make = make;
    this.#actor = make();
    this.name = this.#actor.name;
    this.listensTo = this.#actor.listensTo;
  }

  step(input: ActorInput, world: ActorWorld): CellStep {
    let started: readonly ActorEffect[] = [];
    if (this.#owesStart) {
      try {
        started = this.#start(world);
      } catch (error) {
        this.#replace();
        return { kind: "failed", effects: [], error: `At its start: ${errorText(error)}` };
      }
      if (input.kind === "start") return { kind: "done", effects: started };
    }
    try {
      return { kind: "done", effects: [...started, ...this.#run(input, world)] };
    } catch (error) {
      return this.#retry(input, world, errorText(error));
    }
  }

  snapshot(): Json {
    return this.#actor.snapshot();
  }

  #run(input: ActorInput, world: ActorWorld): readonly ActorEffect[] {
    const effects: ActorEffect[] = [];
    this.#actor.step(input, collectingContext(world, effects));
    if (effects.length <= EFFECTS_PER_STEP_MAX) return effects;
    throw new Error(
      `Cannot run a step of actor "${this.name}" as it may have at most ${EFFECTS_PER_STEP_MAX} effects: it had ${effects.length}`,
    );
  }

  #replace(): void {
    this.#actor = this.#make();
    this.#owesStart = true;
    this.restarts++;
  }

  #start(world: ActorWorld): readonly ActorEffect[] {
    const effects = this.#run({ kind: "start", kept: new Map(this.kept) }, world);
    this.#owesStart = false;
    return effects;
  }

  #retry(input: ActorInput, world: ActorWorld, error: string): CellStep {
    this.#replace();
    let started: readonly ActorEffect[];
    try {
      started = this.#start(world);
    } catch (again) {
      this.#replace();
      return { kind: "failed", effects: [], error: `${error}; and at its restart: ${errorText(again)}` };
    }
    if (input.kind === "start") return { kind: "restarted", effects: started, error };
    try {
      return { kind: "restarted", effects: [...started, ...this.#run(input, world)], error };
    } catch (again) {
      return { kind: "failed", effects: this.#afresh(world), error: errorText(again) };
    }
  }

  /** Another fresh actor in place of one that threw twice. @returns What its start did. */
  #afresh(world: ActorWorld): readonly ActorEffect[] {
    this.#replace();
    try {
      return this.#start(world);
    } catch {
      this.#replace();
      return [];
    }
  }
}
