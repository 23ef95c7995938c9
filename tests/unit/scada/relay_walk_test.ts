import { strict as assert } from "node:assert";
import layout from "../../../layouts/simple_house.json" with { type: "json" };
import { type CommandTree, commandTree } from "../../../src/scada/command_tree.ts";
import { fsmEvent } from "../../../src/scada/machine_payloads.ts";
import { relayActor } from "../../../src/scada/relay.ts";
import { scadaFacts } from "../../../src/scada/scada_facts.ts";
import { actorHarness } from "../../../src/testing/actor_harness.ts";
import type { ActorInput } from "../../../src/proactor/actor.ts";
import { everyWalk } from "../../support/every_walk.ts";

const EVENTS = [
  "energize",
  "release",
  "stranger",
  "boss",
  "done",
  "misread",
  "refused",
  "stale",
  "silence",
  "falls",
  "rises",
] as const;
type WalkEvent = (typeof EVENTS)[number];

/** Length of each walk: eleven events, so 161,051 walks. */
const DEPTH = 5;
/** Longer than any result may take. */
const SILENCE_MS = 5_000;
const FACTS = scadaFacts(layout);
const RELAY = FACTS.relays.find(({ name }) => name === "relay1")!;
const BOSSES = ["auto.lc.n", "admin"] as const;

interface Target {
  readonly id: string;
  readonly value: number;
}

/** What the rules of a relay say, without its code: what it shows, and what it waits for. */
class Rules {
  value = 0;
  pending: Target | undefined;
  boss = 0;
  commanded = 0;
  moves = 0;
  reports = 0;

  /** @returns Whether the command must be passed on. */
  commands(value: number): boolean {
    return (this.pending?.value ?? this.value) !== value;
  }

  /** The output is at a value now, with or without a command. */
  reads(value: number, isCommanded: boolean): void {
    if (value === this.value) return;
    this.value = value;
    this.moves++;
    if (isCommanded) this.reports++;
  }
}

/** Which boss's handles a command has: in the address, as its sender, and who gives it. */
interface Command {
  readonly to: string;
  readonly from: string;
  readonly src: string;
}

function commandOf(boss: string): Command {
  return { to: boss, from: boss, src: boss };
}

/** A relay in a command tree of its own, and what it did so far. */
class Bench {
  readonly tree: CommandTree = commandTree(FACTS.nodes, FACTS.relays.map(({ name }) => name));
  readonly #actor = relayActor({ relay: RELAY, tree: this.tree, scadaAlias: FACTS.scadaAlias, watchers: [] });
  readonly harness = actorHarness([this.#actor]);
  readonly commands: { readonly id: string; readonly value: number; readonly by: string }[] = [];
  moves = 0;
  reports = 0;
  glitches = 0;

  constructor() {
    this.tree.setBoss(BOSSES[0]);
  }

  command(value: number, { to, from, src }: Command): void {
    const eventName = value === 1 ? RELAY.energizingEvent : RELAY.deEnergizingEvent;
    const { eventType } = RELAY;
    const toHandle = `${to}.${RELAY.name}`;
    const payload = fsmEvent({ fromHandle: from, toHandle, eventType, eventName, triggerId: "t", wallMs: 0 });
    this.harness.message({ dst: RELAY.name, src: this.tree.actorOf(src), type: "fsm.event", payload });
    this.#look();
  }

  tell(input: ActorInput): void {
    this.harness.input(RELAY.name, input);
    this.#look();
  }

  wait(ms: number): void {
    this.harness.advance(ms);
    this.#look();
  }

  shown(): { readonly state: string; readonly pending: string | null } {
    return this.#actor.snapshot() as { readonly state: string; readonly pending: string | null };
  }

  #look(): void {
    const { commands, sent } = this.harness.take();
    this.commands.push(...commands);
    this.moves += sent.filter(({ type, dst }) => type === "single.machine.state" && dst === "s").length;
    this.reports += sent.filter(({ type }) => type === "fsm.full.report").length;
    this.glitches += sent.filter(({ type }) => type === "glitch").length;
  }
}

function result(id: string, value: number, readBack: number): ActorInput {
  return { kind: "result", id, output: RELAY.name, result: { kind: "written", value, readBack } };
}

function command(bench: Bench, rules: Rules, value: number): void {
  const expected = rules.commands(value);
  const before = bench.commands.length;
  bench.command(value, commandOf(BOSSES[rules.boss]!));
  assert.equal(bench.commands.length - before, expected ? 1 : 0);
  if (!expected) return;
  const { id, by } = bench.commands.at(-1)!;
  assert.deepEqual([bench.commands.at(-1)!.value, by], [value, BOSSES[rules.boss]]);
  rules.pending = { id, value };
  rules.commanded++;
}

function answer(bench: Bench, { pending }: Rules, readBackOf: (value: number) => number): void {
  const { id, value } = pending ?? { id: "none", value: 1 };
  bench.tell(result(id, value, readBackOf(value)));
}

function happen(event: WalkEvent, bench: Bench, rules: Rules): void {
  const { pending } = rules;
  switch (event) {
    case "energize":
      return command(bench, rules, 1);
    case "release":
      return command(bench, rules, 0);
    case "stranger": {
      const [boss, other] = [BOSSES[rules.boss]!, BOSSES[1 - rules.boss]!];
      bench.command(1, commandOf(other));
      for (const part of ["to", "from", "src"]) bench.command(1, { ...commandOf(boss), [part]: other });
      return;
    }
    case "boss":
      rules.boss = 1 - rules.boss;
      return bench.tree.setBoss(BOSSES[rules.boss]!);
    case "done":
      if (pending) rules.reads(pending.value, true);
      answer(bench, rules, (value) => value);
      break;
    case "misread":
      if (pending) rules.reads(1 - pending.value, true);
      answer(bench, rules, (value) => 1 - value);
      break;
    case "refused":
      if (pending) {
        const refusal = { kind: "forbidden", because: "minimum_off_time" } as const;
        bench.tell({ kind: "result", id: pending.id, output: RELAY.name, result: refusal });
      }
      break;
    case "stale": {
      const old = bench.commands.findLast(({ id }) => id !== pending?.id);
      if (old) bench.tell(result(old.id, old.value, old.value));
      return;
    }
    case "silence": {
      const before = bench.glitches;
      bench.wait(SILENCE_MS);
      if (!pending) assert.equal(bench.glitches, before, "a result was missed that nobody waits for");
      break;
    }
    case "falls":
    case "rises": {
      const value = event === "rises" ? 1 : 0;
      rules.reads(value, false);
      return bench.tell({ kind: "output", output: RELAY.name, value, because: "lapsed" });
    }
  }
  rules.pending = undefined;
}

function stateOf(value: number): string {
  return value === 1 ? RELAY.energizedState : RELAY.deEnergizedState;
}

function play(walk: readonly WalkEvent[]): void {
  const bench = new Bench();
  const rules = new Rules();
  const told = walk.join(" ");
  for (const event of walk) happen(event, bench, rules);
  const { state, pending } = bench.shown();
  assert.equal(state, stateOf(rules.value), told);
  assert.equal(pending, rules.pending ? stateOf(rules.pending.value) : null, told);
  assert.equal(bench.moves, rules.moves, `states told after ${told}`);
  assert.equal(bench.reports, rules.reports, `reports after ${told}`);
  const passed = bench.commands.length - rules.commanded;
  assert.equal(passed, 0, `${passed} commands of nobody's after ${told}`);
  if (walk.at(-1) === "stranger") assert(bench.glitches > 0, `a stranger goes unsaid after ${told}`);
}

Deno.test("relayActor() keeps its rules in every walk of five events", () => {
  const walks = everyWalk({ events: EVENTS, depth: DEPTH }, play);
  assert.equal(walks, EVENTS.length ** DEPTH);
});
