import type { ActorContext } from "../proactor/actor.ts";
import type { CommandTree } from "./command_tree.ts";
import { fsmEvent } from "./machine_payloads.ts";
import type { RelayFacts } from "./scada_facts.ts";

/** How a brain moves relays: it asks only for what is not so already. */
export interface RelayHands {
  /** A relay told its state. */
  heard(relay: string, state: string): void;
  /** Asks for a side, in the name of the relay's boss. */
  want(relay: string, energized: boolean, ctx: ActorContext): void;
}

/** Makes the hands of a brain over these relays; a relay that said nothing yet counts as de-energized. */
export function relayHands(all: readonly RelayFacts[], tree: CommandTree): RelayHands {
  const relays = new Map(all.map((relay) => [relay.name, relay]));
  const states = new Map<string, string>();
  return {
    heard: (relay, state) => void states.set(relay, state),
    want(name, energized, ctx) {
      const relay = relays.get(name);
      const boss = tree.bossOf(name);
      if (relay === undefined || boss === undefined) return;
      const state = energized ? relay.energizedState : relay.deEnergizedState;
      if ((states.get(name) ?? relay.deEnergizedState) === state) return;
      const payload = fsmEvent({
        fromHandle: boss,
        toHandle: tree.handleOf(name),
        eventType: relay.eventType,
        eventName: energized ? relay.energizingEvent : relay.deEnergizingEvent,
        triggerId: ctx.newId(),
        wallMs: ctx.wallMs,
      });
      ctx.send({ dst: name, type: payload.TypeName, payload });
    },
  };
}
