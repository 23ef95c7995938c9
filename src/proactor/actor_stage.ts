import type { Json } from "../core/context.ts";
import { type BoundedQueue, boundedQueue } from "../core/bounded_queue.ts";
import { invariant } from "../core/invariant.ts";
import type { Actor, ActorInput } from "./actor.ts";
import { type ActorCell, actorCell } from "./actor_cell.ts";
import type { ActorEffect, ActorWorld } from "./step_effects.ts";

/** Most internal inputs waiting; more is a bug: actors that answer each other for ever. */
export const INTERNAL_QUEUE_CAPACITY = 8_192;

/** What the stage hands on when an actor has stepped. */
export interface StageWorld extends ActorWorld {
  /** Carries out one effect of an actor. */
  carryOut(actor: string, effect: ActorEffect): void;
  threw(actor: string, input: ActorInput, fault: StepFault): void;
}

/** A step threw. */
export interface StepFault {
  readonly error: string;
  /** The fresh actor threw too: nothing of the step happened. */
  readonly isLost: boolean;
}

/** All actors of a proactor, and the inputs that they and the proactor have queued for them. */
export interface ActorStage {
  readonly names: readonly string[];
  /** The actor that ran last, or the part that was noted here since: carried by the heartbeat. */
  doing: string;
  /** Inputs queued for actors. */
  readonly waiting: number;
  has(actor: string): boolean;
  tell(actor: string, input: ActorInput): void;
  tellAll(input: ActorInput): void;
  /** Runs one queued input. @returns Whether there was one. */
  runOne(world: StageWorld): boolean;
  run(actor: string, input: ActorInput, world: StageWorld): void;
  /** Runs an input on every actor that listens to the channel. */
  runReading(channel: string, value: number, world: StageWorld): void;
  kept(actor: string): Map<string, Json>;
  restarts(): number;
  snapshot(): Readonly<Record<string, Json>>;
}

/** Makes the stage. @param makers One maker an actor; names must differ. */
export function actorStage(makers: readonly (() => Actor)[]): ActorStage {
  const cells = new Map<string, ActorCell>();
  for (const make of makers) {
    const cell = actorCell(make);
    if (cells.has(cell.name)) {
      throw new TypeError(`Cannot add an actor as its name must be unique: "${cell.name}" is there already`);
    }
    cells.set(cell.name, cell);
  }
  const queue: BoundedQueue<{ readonly actor: string; readonly input: ActorInput }> = boundedQueue(
    INTERNAL_QUEUE_CAPACITY,
    "refuse",
  );
  let doing = "";

  function run(actor: string, input: ActorInput, world: StageWorld): void {
    const cell = cells.get(actor);
    invariant(cell !== undefined, `no actor "${actor}"`);
    doing = actor;
    const step = cell.step(input, world);
    if (step.kind !== "done") world.threw(actor, input, { error: step.error, isLost: step.kind === "failed" });
    for (const effect of step.effects) {
      if (effect.kind === "keep") cell.kept.set(effect.key, effect.value);
      world.carryOut(actor, effect);
    }
  }

  function tell(actor: string, input: ActorInput): void {
    invariant(queue.push({ actor, input }), `internal queue is full at an input for "${actor}"`);
  }

  return {
    names: [...cells.keys()],
    get doing() {
      return doing;
    },
    set doing(part) {
      doing = part;
    },
    get waiting() {
      return queue.size;
    },
    has: (actor) => cells.has(actor),
    tell,
    tellAll(input) {
      for (const name of cells.keys()) tell(name, input);
    },
    runOne(world) {
      const next = queue.shift();
      if (next) run(next.actor, next.input, world);
      return next !== undefined;
    },
    run,
    runReading(channel, value, world) {
      for (const cell of cells.values()) {
        if (cell.listensTo.includes("*") || cell.listensTo.includes(channel)) {
          run(cell.name, { kind: "reading", channel, value }, world);
        }
      }
    },
    kept: (actor) => cells.get(actor)!.kept,
    restarts: () => [...cells.values()].reduce((sum, cell) => sum + cell.restarts, 0),
    snapshot: () => Object.fromEntries([...cells].map(([name, cell]) => [name, cell.snapshot()])),
  };
}
