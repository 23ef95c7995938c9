import type { LoadReading } from "./load_types.ts";
import { makeSequences } from "./sequences.ts";
import type { AgentLook, LtnLook, SeenEvent } from "./store_look.ts";

/** What was seen at one moment from outside: wire before agent, agent before LTN, so that each may only lag behind the next. */
export interface Outside {
  /** Ids that came over the wire since the last look, before the files were read. */
  readonly sent: Iterable<string>;
  readonly acked: Iterable<string>;
  readonly agent: AgentLook;
  readonly ltn: LtnLook;
}

/** Most problems of one kind that are told with their ids. */
const SHOWN_MAX = 3;

/** Judges what is seen from outside, kill after kill. It remembers what was applied and what once was pending. */
export interface Audit {
  /** Number of the last inbox row taken; what to read after. */
  readonly lastN: number;
  /** Events applied so far. */
  readonly applied: number;
  /** Takes the LTN's part alone, while both live; its inbox forgets old rows. @returns What is wrong. */
  follow(ltn: LtnLook): readonly string[];
  /** @returns What is wrong, empty when nothing is; the agent or the LTN must be dead. */
  take(outside: Outside): readonly string[];
  /** What is wrong when nothing is under way any more. */
  takeLast(outside: Outside): readonly string[];
}

function some(what: string, ids: readonly string[]): string[] {
  return ids.length === 0 ? [] : [`${ids.length} ${what}: ${ids.slice(0, SHOWN_MAX).join(", ")}`];
}

function account({ generated, acked, tombstoned, pending }: AgentLook): string[] {
  const text = `generated ${generated}, acked ${acked}, pending ${pending.length}, tombstoned ${tombstoned}`;
  const problems: string[] = [];
  if (generated !== acked + pending.length + tombstoned) problems.push(`the account does not add up: ${text}`);
  if (tombstoned > 0) problems.push(`events were given up although there was room: ${text}`);
  return problems;
}

function loadNumbers(events: Iterable<SeenEvent>): LoadReading[] {
  return [...events].flatMap(({ load }) => load === undefined ? [] : [[load.Life, load.N] as const]);
}

function readings(events: Iterable<SeenEvent>): LoadReading[] {
  return [...events].flatMap(({ load }) => load?.Readings ?? []);
}

class KillAudit implements Audit {
  readonly #inbox = new Set<string>();
  readonly #sent = new Set<string>();
  readonly #events = makeSequences();
  readonly #readings = makeSequences();
  /** Ids that were pending once and have not been found applied yet. */
  readonly #owed = new Set<string>();
  #loadApplied = 0;
  #loadSum = 0;
  #generated = 0;
  #acked = 0;
  lastN = 0;

  get applied(): number {
    return this.#inbox.size;
  }

  follow({ rows, ledger }: LtnLook): readonly string[] {
    const problems: string[] = [];
    for (const { n, ...event } of rows) {
      if (n !== this.lastN + 1) problems.push(`inbox row ${n} follows row ${this.lastN}`);
      if (this.#inbox.has(event.id)) problems.push(`event ${event.id} was applied twice`);
      this.lastN = n;
      this.#inbox.add(event.id);
      this.#events.add(loadNumbers([event]));
      this.#readings.add(readings([event]));
      if (event.load === undefined) continue;
      this.#loadApplied++;
      this.#loadSum += event.load.N;
    }
    if (ledger.events !== this.#loadApplied || ledger.sum !== this.#loadSum) {
      const found = `${ledger.events} with sum ${ledger.sum}`;
      problems.push(`the effect of ${this.#loadApplied} events with sum ${this.#loadSum} was counted as ${found}`);
    }
    return problems;
  }

  take({ sent, acked, agent, ltn }: Outside): readonly string[] {
    const problems = [...account(agent), ...this.#neverBack(agent), ...this.follow(ltn)];
    const pending = new Map(agent.pending.map((event) => [event.id, event]));
    if (pending.size !== agent.pending.length) problems.push("the agent's file holds one id twice");
    const both = [...pending.keys()].filter((id) => this.#inbox.has(id)).length;
    if (this.#inbox.size !== agent.acked + both) {
      problems.push(`applied ${this.#inbox.size}, but acked ${agent.acked} and pending though applied ${both}`);
    }
    for (const id of pending.keys()) this.#owed.add(id);
    for (const id of this.#owed) if (this.#inbox.has(id)) this.#owed.delete(id);
    problems.push(
      ...some("events deleted at the agent, not applied", [...this.#owed].filter((id) => !pending.has(id))),
    );
    problems.push(...this.#wireProblems(sent, acked, pending));
    const rest = [...pending.values()].filter(({ id }) => !this.#inbox.has(id));
    problems.push(...this.#events.problems("events", loadNumbers(rest)));
    problems.push(...this.#readings.problems("readings", [...readings(rest), ...agent.journal]));
    return problems;
  }

  takeLast(outside: Outside): readonly string[] {
    const problems = [...this.take(outside)];
    const { agent, ltn } = outside;
    const loadPending = agent.pending.filter(({ load }) => load !== undefined).length;
    if (loadPending > 0) problems.push(`${loadPending} events of the load are still pending`);
    if (this.#loadApplied !== agent.loadGenerated) {
      problems.push(
        `the agent generated ${agent.loadGenerated} events of the load, the LTN applied ${this.#loadApplied}`,
      );
    }
    if (ltn.applied !== this.applied) problems.push(`the LTN's account says ${ltn.applied}, its inbox ${this.applied}`);
    return problems;
  }

  /** What was on the wire is somewhere now; what is pending is watched from then on. Acks of pings are on the wire, too. */
  #wireProblems(sent: Iterable<string>, acked: Iterable<string>, pending: ReadonlyMap<string, unknown>): string[] {
    const unbacked: string[] = [];
    for (const id of sent) {
      this.#sent.add(id);
      if (!this.#inbox.has(id) && !pending.has(id)) unbacked.push(id);
    }
    const unknown = [...acked].filter((id) => this.#sent.has(id) && !this.#inbox.has(id));
    return [
      ...some("events acked on the wire, not applied", unknown),
      ...some("events on the wire which no file holds", unbacked),
    ];
  }

  #neverBack({ generated, acked }: AgentLook): string[] {
    const problems: string[] = [];
    if (generated < this.#generated) problems.push(`generated went back from ${this.#generated} to ${generated}`);
    if (acked < this.#acked) problems.push(`acked went back from ${this.#acked} to ${acked}`);
    this.#generated = generated;
    this.#acked = acked;
    return problems;
  }
}

/** Makes an audit that has seen nothing. */
export function makeAudit(): Audit {
  return new KillAudit();
}
