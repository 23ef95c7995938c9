import type { SwitchRecord } from "../core/output_lease.ts";
import { HOUSE_OUTPUTS } from "../house/mod.ts";
import type { LinkSnapshot } from "../links/port.ts";
import { mapStamps, mayHaveStampMark, newestUntrustedMs, STAMP_MARK_KEY } from "../links/stamps.ts";
import { REFUSED_TEXT_MAX } from "../links/wire.ts";
import type { ProactorSnapshot } from "../proactor/mod.ts";
import type { Counters } from "../store/port.ts";
import { mapTail } from "./map_tail.ts";
import type { LedgerEvent } from "./store_ledger.ts";

/** Rows beyond the window that urgent events may use, and a few pings. Source: links/reupload_window.ts. */
export const IN_FLIGHT_EXTRA = 40;
/** Most timers that one life may have running: acks of a full window, and its actors' own. */
export const TIMERS_BOUND = 400;
/** Most transactions that may wait for the disk. Source: proactor/pending_txns.ts. */
export const STORE_WAITING_BOUND = 4_608;

/** Longest silence of the peer (ms) with an active link: two polls, the answer's time-out, and a stalled socket. */
export const SILENCE_MS_MAX = 2 * 60_000 + 30_000;

/** What is known of one store from the outside. */
export interface LedgerFacts {
  readonly events: ReadonlyMap<number, LedgerEvent>;
  readonly promised: ReadonlyMap<string, LedgerEvent>;
  readonly stored: ReadonlySet<number>;
  readonly tombstoned: ReadonlySet<number>;
  readonly deleted: number;
  readonly applied: ReadonlyMap<string, Uint8Array>;
  readonly faults: readonly string[];
  readonly onDisk: readonly number[];
  readonly counters: Counters;
}

/** What is known of one running life. */
export interface LifeFacts {
  readonly snapshot: ProactorSnapshot;
  readonly timers: readonly string[];
}

/** What is known of one node. */
export interface NodeFacts {
  readonly name: string;
  readonly ledger: LedgerFacts;
  /** Undefined while it is down. */
  readonly life: LifeFacts | undefined;
  readonly link: {
    readonly state: string;
    readonly mayBeActive: boolean;
    /** Virtual ms of the peer's newest message. */
    readonly heardMs: number;
    readonly faults: readonly string[];
  };
}

/** What a checker looks at: plain values of one instant. */
export interface WorldFacts {
  readonly nowMs: number;
  readonly agent: NodeFacts;
  readonly ltn: NodeFacts;
  /** Switches since the last look. */
  readonly switches: readonly SwitchRecord[];
  /** Outputs not at their safe value, while the bus is served. */
  readonly unsafe: readonly string[];
  /** Since when the agent is down; undefined while it is up or its bus is down too. */
  readonly agentDownSinceMs: number | undefined;
  readonly safeAfterMs: number;
  readonly zoneC: number;
  /** Newest snapshot that the agent sent; undefined before the first. */
  readonly sentView: { readonly timeMs: number; readonly readings: Readonly<Record<string, number>> } | undefined;
  /** What the LTN shows of it. */
  readonly shownView: { readonly timeMs: number; readonly readings: Readonly<Record<string, number>> } | undefined;
}

/** One property of a world. */
export interface Checker {
  readonly name: string;
  /** "safety" holds at every instant, "soon" some minutes after the last fault, "liveness" after the calm. */
  readonly kind: "safety" | "soon" | "liveness";
  /** @returns What is wrong, or undefined. */
  check(facts: WorldFacts): string | undefined;
}

function bothNodes({ agent, ltn }: WorldFacts): readonly NodeFacts[] {
  return [agent, ltn];
}

/** The first answer of a check over both nodes. */
function ofNodes(check: (node: NodeFacts) => string | undefined): (facts: WorldFacts) => string | undefined {
  return function checkBoth(facts) {
    for (const node of bothNodes(facts)) {
      const wrong = check(node);
      if (wrong !== undefined) return `${node.name}: ${wrong}`;
    }
    return undefined;
  };
}

/** Makes the check that no event is lost. It does not look again at what was applied or tombstoned. */
function eventsKept(): Checker["check"] {
  const open = { agent: new Map<string, number>(), ltn: new Map<string, number>() };
  const added = { agent: mapTail<string, LedgerEvent>(), ltn: mapTail<string, LedgerEvent>() };

  function lost(name: "agent" | "ltn", ledger: LedgerFacts, applied?: LedgerFacts["applied"]): string | undefined {
    for (const [id, { seq }] of added[name](ledger.promised)) open[name].set(id, seq);
    for (const [id, seq] of open[name]) {
      const durable = ledger.events.get(seq)?.messageId === id;
      if (applied?.has(id) || (durable && ledger.tombstoned.has(seq))) open[name].delete(id);
      else if (!durable || !ledger.stored.has(seq)) {
        return `event ${seq} is neither stored nor applied nor tombstoned: ${id}`;
      }
    }
    return undefined;
  }
  return function check({ agent, ltn }) {
    return lost("agent", agent.ledger, ltn.ledger.applied) ?? lost("ltn", ltn.ledger);
  };
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

/** The text of an event without its stamps: those of a clock that was not trusted are put right on the way. */
function withoutStamps(bytes: Uint8Array): string {
  const { [STAMP_MARK_KEY]: _, ...payload } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  return JSON.stringify(mapStamps(payload, () => 0));
}

/** Whether a problem event brought the text of a row in its place, as the peer did not ack the row itself. */
function isQuoted(made: Uint8Array, applied: Uint8Array): boolean {
  const text = new TextDecoder().decode(applied);
  if (!text.includes(`"TypeName":"${PROBLEM}"`)) return false;
  const { TypeName, Details } = JSON.parse(text) as Readonly<Record<string, unknown>>;
  if (TypeName !== PROBLEM || typeof Details !== "string") return false;
  const whole = new TextDecoder().decode(made);
  if (Details.endsWith(JSON.stringify(whole.slice(0, REFUSED_TEXT_MAX)))) return true;
  if (!mayHaveStampMark(made)) return false;
  const quoted = JSON.parse(Details.slice(Details.indexOf(': "') + 2)) as string;
  // A text that was cut short is no JSON any more.
  return quoted.length >= REFUSED_TEXT_MAX || withoutStamps(new TextEncoder().encode(quoted)) === withoutStamps(made);
}

const PROBLEM = "gridworks.event.problem";

/** Makes the check that what was applied is what was made. It compares each once. */
function contentEqual(): Checker["check"] {
  const newEvents = mapTail<number, LedgerEvent>();
  const newApplied = mapTail<string, Uint8Array>();
  const made = new Map<string, Uint8Array>();
  return function check({ agent, ltn }) {
    for (const [, { messageId, bytes }] of newEvents(agent.ledger.events)) made.set(messageId, bytes);
    for (const [id, bytes] of newApplied(ltn.ledger.applied)) {
      const before = made.get(id);
      made.delete(id);
      if (before === undefined) return `an event was applied that was never durable: ${id}`;
      if (mayHaveStampMark(before)) {
        const applied: unknown = JSON.parse(new TextDecoder().decode(bytes));
        if (newestUntrustedMs(applied) !== undefined) return `an event was applied with a stamp before 2020: ${id}`;
        if (withoutStamps(before) === withoutStamps(bytes)) continue;
      }
      if (!sameBytes(before, bytes) && !isQuoted(before, bytes)) return `an event was changed on its way: ${id}`;
    }
    return undefined;
  };
}

function accountExact({ ledger }: NodeFacts): string | undefined {
  const { counters, stored, tombstoned, deleted, onDisk } = ledger;
  const { generated, acked, pending } = counters;
  if (generated !== ledger.events.size) return `generated ${generated}, but ${ledger.events.size} events were made`;
  if (generated !== acked + pending + counters.tombstoned) {
    return `account does not add up: ${JSON.stringify(counters)}`;
  }
  if (pending !== stored.size || acked !== deleted || counters.tombstoned !== tombstoned.size) {
    const seen = { pending: stored.size, acked: deleted, tombstoned: tombstoned.size };
    return `account ${JSON.stringify(counters)}, but seen were ${JSON.stringify(seen)}`;
  }
  if (onDisk.length !== stored.size || onDisk.some((seq) => !stored.has(seq))) {
    return `the disk holds ${onDisk.length} rows that are not the ${stored.size} it should`;
  }
  return undefined;
}

function bounded({ life }: NodeFacts): string | undefined {
  if (life === undefined) return undefined;
  const { snapshot, timers } = life;
  for (const link of snapshot.links) {
    if (link.inFlight > link.window + IN_FLIGHT_EXTRA) return `${link.inFlight} in flight, window ${link.window}`;
    const prefix = `link.ack.${link.name}/`;
    const acks = timers.filter((timer) => timer.startsWith(prefix)).length;
    if (acks > link.inFlight) return `${acks} ack timers, but ${link.inFlight} in flight`;
  }
  if (timers.length > TIMERS_BOUND) return `${timers.length} timers are running`;
  if (snapshot.storeWaiting > STORE_WAITING_BOUND) return `${snapshot.storeWaiting} transactions wait for the disk`;
  const lost = JSON.stringify(snapshot.lost);
  return lost === "{}" ? undefined : `inputs were lost to full queues: ${lost}`;
}

function linkHolds({ link, life }: NodeFacts): string | undefined {
  if (link.faults.length > 0) return link.faults[0];
  const shown = life?.snapshot.links[0]?.state;
  if (shown === undefined) return undefined;
  if (shown !== link.state) return `link shows ${shown}, but its moves lead to ${link.state}`;
  return shown === "active" && !link.mayBeActive
    ? "link is active without connection, subscription or peer"
    : undefined;
}

function peerHeard({ agent, ltn, nowMs }: WorldFacts): string | undefined {
  for (const { name, link, life } of [agent, ltn]) {
    if (life?.snapshot.links[0]?.state !== "active" || nowMs - link.heardMs <= SILENCE_MS_MAX) continue;
    return `${name}: link is active, and the peer silent for ${nowMs - link.heardMs} ms`;
  }
  return undefined;
}

/** Makes the check of minimum holds: a commanded switch never follows another one faster. */
function holdsKept(): Checker["check"] {
  const holds = new Map(HOUSE_OUTPUTS.map((output) => [output.name, output.holdMsMin]));
  const last = new Map<string, { readonly value: number; readonly atMs: number }>();
  return function check({ switches }) {
    for (const { output, value, atMs, because, outcome } of switches) {
      if (outcome !== "written") continue;
      const before = last.get(output);
      if (before?.value === value) continue;
      last.set(output, { value, atMs });
      const holdMs = holds.get(output) ?? 0;
      if (because !== "command" || before === undefined || atMs - before.atMs >= holdMs) continue;
      return `${output} switched after ${atMs - before.atMs} ms, minimum ${holdMs} ms`;
    }
    return undefined;
  };
}

function oneCommander({ switches }: WorldFacts): string | undefined {
  for (const [index, { output, value, atMs, because }] of switches.entries()) {
    const other = switches.slice(0, index).find((one) =>
      one.output === output && one.atMs === atMs && one.because === "command" && one.value !== value
    );
    if (because === "command" && other) return `${output} was told ${other.value} and ${value} in one instant`;
  }
  return undefined;
}

function outputsSafe({ agentDownSinceMs, nowMs, safeAfterMs, unsafe }: WorldFacts): string | undefined {
  if (agentDownSinceMs === undefined || nowMs - agentDownSinceMs <= safeAfterMs || unsafe.length === 0) {
    return undefined;
  }
  return `${unsafe.join(", ")} not safe ${nowMs - agentDownSinceMs} ms after the agent's end`;
}

function upstream(node: NodeFacts): LinkSnapshot | undefined {
  return node.life?.snapshot.links[0];
}

function notActive(node: NodeFacts): string | undefined {
  const state = upstream(node)?.state;
  return state === "active" ? undefined : `link is ${state}`;
}

const linksActive = ofNodes(notActive);

/** A node may stay down for longer than the calm before this check; at the end it must be up. */
function linksSoonActive(facts: WorldFacts): string | undefined {
  const isDown = facts.agent.life === undefined || facts.ltn.life === undefined;
  return isDown ? undefined : linksActive(facts);
}

function drained({ agent, ltn }: WorldFacts): string | undefined {
  const window = upstream(agent)?.window ?? 0;
  const { pending } = agent.ledger.counters;
  if (pending > window) return `${pending} events pending, window ${window}`;
  const open = [...agent.ledger.promised].filter(([id, { seq }]) =>
    !ltn.ledger.applied.has(id) && !agent.ledger.tombstoned.has(seq)
  );
  return open.length > window ? `${open.length} events were never applied` : undefined;
}

function viewEqual({ sentView, shownView }: WorldFacts): string | undefined {
  if (sentView === undefined) return "the agent has sent no snapshot";
  const sent = JSON.stringify(sentView);
  const shown = JSON.stringify(shownView);
  return sent === shown ? undefined : `the LTN shows ${shown}, the agent sent ${sent}`;
}

/** Makes all checkers of one run: some remember what they have seen. */
export function makeCheckers(): readonly Checker[] {
  return [
    { name: "ledger", kind: "safety", check: ofNodes(({ ledger }) => ledger.faults[0]) },
    { name: "events_kept", kind: "safety", check: eventsKept() },
    { name: "content_equal", kind: "safety", check: contentEqual() },
    { name: "account", kind: "safety", check: ofNodes(accountExact) },
    { name: "bounded", kind: "safety", check: ofNodes(bounded) },
    { name: "link_table", kind: "safety", check: ofNodes(linkHolds) },
    { name: "peer_heard", kind: "safety", check: peerHeard },
    {
      name: "no_actor_threw",
      kind: "safety",
      check: ofNodes(({ life }) => life && life.snapshot.restarts > 0 ? "an actor threw" : undefined),
    },
    { name: "minimum_hold", kind: "safety", check: holdsKept() },
    { name: "one_commander", kind: "safety", check: oneCommander },
    { name: "outputs_safe", kind: "safety", check: outputsSafe },
    { name: "links_soon_active", kind: "soon", check: linksSoonActive },
    { name: "links_active", kind: "liveness", check: linksActive },
    { name: "drained", kind: "liveness", check: drained },
    { name: "view", kind: "liveness", check: viewEqual },
    {
      name: "house_warm",
      kind: "liveness",
      check: ({ zoneC }) => zoneC > 15 && zoneC < 26 ? undefined : `the zone has ${zoneC.toFixed(1)} °C`,
    },
  ];
}
