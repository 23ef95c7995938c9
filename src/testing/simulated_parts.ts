import { ltnHub, makeInbox } from "../ltn/mod.ts";
import { type Actor, noOutputs, type ProactorConfig } from "../proactor/mod.ts";
import { problemEvent } from "../protocol/mod.ts";
import { type ScadaFacts, scadaMakers } from "../scada/mod.ts";
import type { Lane } from "../store/port.ts";
import type { LinkConfig, LinksConfig } from "../links/port.ts";
import { inboxPlant, type PlantedName } from "./planted.ts";

const UPSTREAM = "gridworks_mqtt";
const DOWNSTREAM = "scada_mqtt";
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

/** Links of the simulated agent. */
export function agentLinks(facts: ScadaFacts): LinksConfig {
  const link: LinkConfig = {
    name: UPSTREAM,
    connection: "broker",
    role: "upstream",
    peerLongName: facts.ltnAlias,
    peerShortName: LTN,
    ownShortName: AGENT,
  };
  return { ...SIMULATED_BOUNDS, ownLongName: facts.scadaAlias, links: [link] };
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

/** Records an event every now and then, in any lane. @param meanMs Mean time between two. */
function loadActor(meanMs: number): Actor {
  let made = 0;
  return {
    name: "load",
    listensTo: [],
    step(input, ctx) {
      if (input.kind === "timer") {
        const lane = Math.floor(ctx.random("load") * 4) as Lane;
        ctx.record(problemEvent({ problemType: "warning", summary: `load ${++made}` }), lane);
      }
      if (input.kind === "start" || input.kind === "timer") ctx.timer("load", ctx.random("load") * 2 * meanMs);
    },
    snapshot: () => ({ made }),
  };
}

/** The house agent as the product composes it, and a workload beside it. */
export function agentOwn(facts: ScadaFacts, loadMs: number): NodeOwn {
  const options = { facts, upstream: { dst: LTN, link: UPSTREAM } };
  const house = scadaMakers(options);
  return {
    longName: facts.scadaAlias,
    ...house,
    actors: [...house.actors, () => loadActor(loadMs)],
    inbound: { "": AGENT },
    routes: { [LTN]: UPSTREAM, [facts.ltnAlias]: UPSTREAM },
    peers: { [UPSTREAM]: facts.ltnAlias },
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
