import { strict as assert } from "node:assert";
import type { Json } from "../core/context.ts";
import type { Actor, ActorContext, ActorInput } from "./actor.ts";
import { actorCell, EFFECTS_PER_STEP_MAX } from "./actor_cell.ts";
import type { ActorEffect, ActorWorld } from "./step_effects.ts";

const WORLD: ActorWorld = { nowMs: 1, wallMs: 2, newId: () => "id", random: () => 0.5 };
const TIMER: ActorInput = { kind: "timer", name: "t" };

/** An actor whose lives do, one after the other, what the plan says at a timer. */
function planned(lives: readonly ((ctx: ActorContext) => void)[], starts: ReadonlyMap<string, Json>[] = []) {
  let made = -1;
  return actorCell((): Actor => {
    const atTimer = lives[Math.min(++made, lives.length - 1)]!;
    return {
      name: "a",
      listensTo: [],
      step(input, ctx) {
        if (input.kind === "start") {
          starts.push(input.kept);
          ctx.timer("poll", 5);
        } else atTimer(ctx);
      },
      snapshot: () => made,
    };
  });
}

function logs(ctx: ActorContext): void {
  ctx.log({ level: "info", event: "a.ran", fields: {} });
}

function throws(ctx: ActorContext): void {
  logs(ctx);
  throw new Error("broken");
}

function kinds(effects: readonly ActorEffect[]): readonly string[] {
  return effects.map(({ kind }) => kind);
}

Deno.test("actorCell() hands on the effects of a step", () => {
  const step = planned([logs]).step(TIMER, WORLD);
  assert.deepEqual([step.kind, kinds(step.effects)], ["done", ["log"]]);
});

Deno.test("actorCell() gives a step that throws no effect, one fresh actor with its kept state, and one more try", () => {
  const starts: ReadonlyMap<string, Json>[] = [];
  const cell = planned([throws, logs], starts);
  cell.kept.set("k", 7);
  const step = cell.step(TIMER, WORLD);
  assert.deepEqual(step, {
    kind: "restarted",
    effects: [{ kind: "timer", name: "poll", delayMs: 5 }, {
      kind: "log",
      record: { level: "info", event: "a.ran", fields: {} },
    }],
    error: "broken",
  });
  assert.deepEqual([cell.restarts, starts, cell.snapshot()], [1, [new Map([["k", 7]])], 1]);
});

Deno.test("actorCell() fails the step when the fresh actor throws too, and goes on with another fresh one", () => {
  const cell = planned([throws, throws, logs]);
  const step = cell.step(TIMER, WORLD);
  assert.deepEqual([step.kind, kinds(step.effects)], ["failed", ["timer"]]);
  assert.deepEqual(kinds(cell.step(TIMER, WORLD).effects), ["log"]);
});

Deno.test("actorCell() treats too many effects of one step as a throw", () => {
  const step = planned([(ctx) => {
    for (let n = 0; n <= EFFECTS_PER_STEP_MAX; n++) logs(ctx);
  }, logs]).step(TIMER, WORLD);
  assert.equal(step.kind, "restarted");
  assert.equal(
    step.kind === "restarted" ? step.error : "",
    'Cannot run a step of actor "a" as it may have at most 1000 effects: it had 1001',
  );
});

/** An actor of which the first lives throw at their start; `log` has every input, life by life. */
function slowStarter(failing: number, log: string[]) {
  let made = -1;
  return actorCell((): Actor => {
    const life = ++made;
    return {
      name: "a",
      listensTo: [],
      step(input, ctx) {
        log.push(`${life} ${input.kind}`);
        if (input.kind === "start" ? life > 0 && life <= failing : life === 0) throw new Error(`life ${life}`);
        if (input.kind === "start") ctx.timer("poll", 5);
        else logs(ctx);
      },
      snapshot: () => life,
    };
  });
}

Deno.test("actorCell() starts a fresh actor before its next input when its start threw", () => {
  const log: string[] = [];
  const cell = slowStarter(2, log);
  assert.deepEqual(cell.step(TIMER, WORLD), {
    kind: "failed",
    effects: [],
    error: "life 0; and at its restart: life 1",
  });
  assert.deepEqual(cell.step(TIMER, WORLD), { kind: "failed", effects: [], error: "At its start: life 2" });
  const step = cell.step(TIMER, WORLD);
  assert.deepEqual([step.kind, kinds(step.effects)], ["done", ["timer", "log"]]);
  assert.deepEqual(kinds(cell.step(TIMER, WORLD).effects), ["log"]);
  assert.deepEqual(log, ["0 timer", "1 start", "2 start", "3 start", "3 timer", "3 timer"]);
});

Deno.test("actorCell() starts an actor once when the input is its start", () => {
  const log: string[] = [];
  const cell = slowStarter(1, log);
  cell.step(TIMER, WORLD);
  const step = cell.step({ kind: "start", kept: new Map() }, WORLD);
  assert.deepEqual([step.kind, kinds(step.effects)], ["done", ["timer"]]);
  assert.deepEqual(log, ["0 timer", "1 start", "2 start"]);
});

Deno.test("actorCell() leaves a fresh actor that is started when the third one throws at its start", () => {
  const log: string[] = [];
  let made = 0;
  const cell = actorCell((): Actor => {
    const life = made++;
    return {
      name: "a",
      listensTo: [],
      step(input) {
        log.push(`${life} ${input.kind}`);
        if (life === 2 || (life < 2 && input.kind === "timer")) throw new Error(`life ${life}`);
      },
      snapshot: () => life,
    };
  });
  assert.equal(cell.step(TIMER, WORLD).kind, "failed");
  assert.equal(cell.step(TIMER, WORLD).kind, "done");
  assert.deepEqual(log, ["0 timer", "1 start", "1 timer", "2 start", "3 start", "3 timer"]);
});
