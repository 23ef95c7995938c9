import { ltnHub, makeInbox } from "../ltn/mod.ts";
import { type Actor, type ActorContext, noOutputs, type ProactorConfig } from "../proactor/mod.ts";
import { type EventDraft, problemEvent } from "../protocol/mod.ts";
import { type ScadaFacts, scadaMakers } from "../scada/mod.ts";
import type { Lane } from "../store/port.ts";
import type { LinkConfig, LinksConfig } from "../links/port.ts";
import { inboxPlant, type PlantedName } from "./planted.ts";
import { SIMULATED_ADMIN } from "./simulated_admin.ts";

const UPSTREAM = "gridworks_mqtt";
const DOWNSTREAM = "scada_mqtt";
const ADMIN_LINK = "admin";
/** The agent's connection to the admin, beside the one to the LTN. */
export const ADMIN_CONNECTION = "admin_broker";
const AGENT = "s";
const LTN = "ltn";

/** What a life is made of, beside its boot, life and links. */
export type NodeOwn = Omit<ProactorConfig, "boot" | "life" | "links">;

/** Bounds of simulated links: the product's defaults; both ends are Hearth. */
export const SIMULATED_BOUNDS: Omit<LinksConfig, "ownLongName" | "links"> = {
  pollMs: 60_000,
  ackTimeoutMs: 5_000,
  windowInitial: 5,
  windowRowsMax: 256,
  windowBytesMax: 131_072,
  peerIsHearth: true,
};

/**
 * Links of the simulated agent.
 *
 * @param admin Whether there is one to the admin too.
 * @param sharesBroker Whether both go over one connection; otherwise each has its own.
 */
export function agentLinks(facts: ScadaFacts, admin = false, sharesBroker = false): LinksConfig {
  const link: LinkConfig = {
    name: UPSTREAM,
    connection: "broker",
    role: "upstream",
    peerLongName: facts.ltnAlias,
    peerShortName: LTN,
    ownShortName: AGENT,
  };
  const links = [
    link,
    ...(admin ? [{ ...adminLink(facts), ...(sharesBroker ? { connection: link.connection } : {}) }] : []),
  ];
  return { ...SIMULATED_BOUNDS, ownLongName: facts.scadaAlias, links };
}

function adminLink(facts: ScadaFacts): LinkConfig {
  return {
    name: ADMIN_LINK,
    connection: ADMIN_CONNECTION,
    role: "other",
    peerLongName: SIMULATED_ADMIN,
    peerShortName: SIMULATED_ADMIN,
    ownShortName: facts.scadaAlias,
  };
}

/** Links of the simulated LTN. */
export function ltnLinks(facts: ScadaFacts): LinksConfig {
  const link: LinkConfig = {
    name: DOWNSTREAM,
    connection: "broker",
    role: "downstream",
    peerLongName: facts.scadaAlias,
    peerShortName: AGENT,
    ownShortName: LTN,
  };
  return { ...SIMULATED_BOUNDS, ownLongName: facts.ltnAlias, links: [link] };
}

/** What the workload of a world is like. */
export interface Workload {
  /** Mean time between two events, in ms. */
  readonly loadMs: number;
  readonly admin?: boolean | undefined;
  readonly poison?: boolean | undefined;
}

/** Details of a large event: more than the re-upload window holds at first, less than a message may have. */
const LARGE_TEXT = "x".repeat(150_000);

/** Records an event every now and then, in any lane. */
function loadActor({ loadMs, poison }: Workload): Actor {
  let made = 0;
  function draft(ctx: ActorContext): EventDraft {
    const summary = `load ${++made}`;
    if (!poison || ctx.random("poison") > 0.05) return problemEvent({ problemType: "warning", summary });
    if (ctx.random("poison") < 0.2) return problemEvent({ problemType: "warning", summary, details: LARGE_TEXT });
    return { TypeName: "gridworks.event.no.peer.knows", Odd: "\u{1F525}\u0000\ud800", Count: 1e21, Version: "999" };
  }
  return {
    name: "load",
    listensTo: [],
    step(input, ctx) {
      if (input.kind === "timer") {
        const lane = Math.floor(ctx.random("load") * 4) as Lane;
        ctx.record(draft(ctx), lane);
      }
      if (input.kind === "start" || input.kind === "timer") ctx.timer("load", ctx.random("load") * 2 * loadMs);
    },
    snapshot: () => ({ made }),
  };
}

/** The house agent as the product composes it, and a workload beside it. */
export function agentOwn(facts: ScadaFacts, workload: Workload): NodeOwn {
  const { admin } = workload;
  const adminPeer = { dst: SIMULATED_ADMIN, link: ADMIN_LINK };
  const options = { facts, upstream: { dst: LTN, link: UPSTREAM }, ...(admin ? { admin: adminPeer } : {}) };
  const house = scadaMakers(options);
  return {
    longName: facts.scadaAlias,
    ...house,
    actors: [...house.actors, () => loadActor(workload)],
    inbound: { "": AGENT },
    routes: { [LTN]: UPSTREAM, [facts.ltnAlias]: UPSTREAM, ...(admin ? { [SIMULATED_ADMIN]: ADMIN_LINK } : {}) },
    peers: { [UPSTREAM]: facts.ltnAlias, ...(admin ? { [ADMIN_LINK]: SIMULATED_ADMIN } : {}) },
  };
}

/** The LTN as the product composes it. */
export function ltnOwn(facts: ScadaFacts, planted: PlantedName | undefined): NodeOwn {
  return {
    longName: facts.ltnAlias,
    actors: [() => ltnHub({ name: LTN })],
    guard: noOutputs(),
    inbox: makeInbox({}, inboxPlant(planted)),
    inbound: { "": LTN },
    routes: { [AGENT]: DOWNSTREAM, [facts.scadaAlias]: DOWNSTREAM },
    peers: { [DOWNSTREAM]: facts.scadaAlias },
  };
}
