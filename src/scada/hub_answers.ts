import type { Message } from "../core/message.ts";
import type { ActorContext } from "../proactor/actor.ts";
import type { HubParts, HubPeer } from "./hub_parts.ts";
import { snapshotPayload } from "./hub_reports.ts";
import type { ScadaFacts } from "./scada_facts.ts";

/** Builds `scada.control.capabilities`: what of this house can be commanded. */
function capabilities({ facts }: HubParts, ctx: ActorContext): unknown {
  return {
    FromGNodeAlias: facts.scadaAlias,
    MessageCreatedMs: ctx.wallMs,
    RelayNodes: nodesOf(facts, "Relay"),
    DacNodes: nodesOf(facts, "ZeroTenOutputer"),
    ControlChannels: facts.relays.map((relay) => ({ Name: relay.channel, AboutNodeName: relay.name })),
    I2cRelayComponent: facts.relayComponent,
    TypeName: "scada.control.capabilities",
    Version: "000",
  };
}

function nodesOf({ nodes }: ScadaFacts, actorClass: string): readonly unknown[] {
  return nodes.filter((node) => node.ActorClass === actorClass).map(({ Name, ActorClass, DisplayName }) => ({
    Name,
    ActorClass,
    DisplayName: DisplayName ?? null,
  }));
}

/** Answers what both LTN and admin may ask. @returns Whether the message was such a question. */
export function answerPeer(
  hub: HubParts,
  { message, peer }: { readonly message: Message; readonly peer: HubPeer },
  ctx: ActorContext,
): boolean {
  switch (message.type) {
    case "send.snap":
      ctx.send({ ...peer, type: "snapshot.spaceheat", payload: snapshotPayload(hub, ctx) });
      return true;
    case "send.control.capabilities":
      ctx.send({ ...peer, type: "scada.control.capabilities", payload: capabilities(hub, ctx) });
      return true;
    case "send.layout":
      if (hub.layoutLite !== undefined) ctx.send({ ...peer, type: "layout.lite", payload: hub.layoutLite(ctx) });
      return true;
    default:
      return false;
  }
}
