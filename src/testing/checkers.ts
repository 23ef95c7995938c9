import { HOUSE_OUTPUTS } from "../house/mod.ts";
import type { LinkSnapshot } from "../links/port.ts";
import { accountExact, contentEqual, eventsKept } from "./event_checkers.ts";
import type { Checker, NodeFacts, WorldFacts } from "./world_facts.ts";

/** Rows beyond the window that urgent events may use, and a few pings. Source: links/reupload_window.ts. */
export const IN_FLIGHT_EXTRA = 40;
/** Most timers that one life may have running: acks of a full window, and its actors' own. */
export const TIMERS_BOUND = 400;
/** Most transactions that may wait for the disk. Source: proactor/pending_txns.ts. */
export const STORE_WAITING_BOUND = 4_608;

/** Longest silence of the peer (ms) with an active link: two polls, the answer's time-out, and a stalled socket. */
export const SILENCE_MS_MAX = 2 * 60_000 + 30_000;

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
